"""Routes, one module per resource; each makes one service call."""
