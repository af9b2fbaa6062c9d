"""The retry engine: what is due is taken up, executed and settled; people may step in."""
