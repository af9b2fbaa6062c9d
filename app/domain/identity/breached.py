"""Passwords that guessing programs try first, also in the disguises that they try next.

The list is a file of this package: nothing is asked of anybody, so that no password leaves the machine.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Final

_TAIL: Final = re.compile(r"[\d!?.,;:_@#$%&*+=~-]{1,8}$")
_SHORTEST_STEM: Final = 5
# What the digits and signs in a word are read as; `1` and `!` are two letters' looks.
_READ_AS: Final = tuple(str.maketrans("@4031!5$7", f"aaoe{i}{i}sst") for i in "il")


def is_guessed_first(password: str) -> bool:
    """Tell whether a password, in NFKC, is in the list or one of it in disguise.

    Undone are capitals, up to eight digits and signs at the end, and look-alikes (`P@ssw0rd2031!`).
    """
    passwords, stems = _lists()
    whole = password.lower()
    stem = _TAIL.sub("", whole)
    return any(each in passwords or each in stems for text in (whole, stem) for each in (text, *_read(text)))


def _read(text: str) -> list[str]:
    return [text.translate(table) for table in _READ_AS]


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    text = files("app.domain.identity").joinpath("data", "guessed_passwords.txt").read_text(encoding="utf-8")
    passwords = frozenset(line for line in text.splitlines() if line and not line.startswith("# "))
    stems = (_TAIL.sub("", each) for each in passwords)
    return passwords, frozenset(stem for stem in stems if len(stem) >= _SHORTEST_STEM)
