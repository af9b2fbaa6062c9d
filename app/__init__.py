"""Tinko recovers failed payments."""
