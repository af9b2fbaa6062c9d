"""Chance that can be reckoned again: numbers that look random and depend on a seed alone."""

import hashlib


def share(seed: str) -> float:
    """Return a number from 0 to below 1, always the same one for the same seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) / 2**32
