"""Reads a failure's text when no code told why: ordered patterns over the words of the message.

`messages.csv` holds the patterns in three tiers: what must stop a retry, plain reasons, and phrases
that say little. The first tier that matches decides, within it the earliest words of the text. Each
pattern leads to a row of the tables. Texts are cut at 400 characters, and every repetition in a
pattern is bounded, so that no text takes long.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from app.domain.classification.tables import ROWS, Row, read

_LONGEST_TEXT: Final = 400
_PUNCTUATION: Final = dict.fromkeys(map(ord, "\t\r\n\u00a0-_.,;:'\"`!?#()[]{}/\\|*=<>"), " ")


def _row(line: dict[str, str]) -> Row:
    return replace(ROWS[line["provider"], line["code"]], rule=f"message:{line['label']}")


def _tier(lines: list[dict[str, str]]) -> tuple[re.Pattern[str], tuple[Row, ...]]:
    branches = "|".join(f"({line['pattern'].replace('(', '(?:')})" for line in lines)
    return re.compile(rf"\b(?:{branches})\b"), tuple(map(_row, lines))


_LINES: Final = list(read("messages"))
_TIERS: Final = [_tier([line for line in _LINES if line["tier"] == tier]) for tier in ("1", "2", "3")]


def message_row(text: str) -> Row | None:
    """Return the row that the text speaks of, with the pattern's label as its rule; None if none."""
    return _search(text[:_LONGEST_TEXT])


@lru_cache(maxsize=4096)
def _search(text: str) -> Row | None:
    folded = text.casefold().replace("n't", " not").replace("n\u2019t", " not")
    words = " ".join(folded.translate(_PUNCTUATION).split())
    for pattern, rows in _TIERS:
        if (found := pattern.search(words)) and found.lastindex:
            return rows[found.lastindex - 1]
    return None
