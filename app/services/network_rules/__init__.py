"""Network rules held against what happened: history, the guard at the moment of a charge, and what is left."""
