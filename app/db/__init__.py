"""Floor 2: persistence. Models, and the only place with SQL."""
