"""Statements, one module per capability: the only place with select()."""
