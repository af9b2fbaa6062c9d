"""Tables of providers' error codes: `code,outcome,effect,meaning`."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.notify.port import Effect, SendOutcome


@dataclass(frozen=True, slots=True)
class Code:
    """What one code means for the message and for its address."""

    outcome: SendOutcome
    effect: Effect
    meaning: str


def load_codes(path: Path) -> Mapping[str, Code]:
    """Read a table; raises ValueError for a word that the port does not know."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Code(SendOutcome(row["outcome"]), Effect(row["effect"]), row["meaning"])
            for row in csv.DictReader(file)
        }
