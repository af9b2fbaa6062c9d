"""Shapes that are PayPal's own: links by relation, counts that may be absent."""

from collections.abc import Mapping
from typing import Any

from app.psp.lenient import dict_of, int_of, list_of, text_of


def count_of(value: object) -> int:
    """Return a number of times; 0 if there is none."""
    return int_of(value) or 0


def link_of(raw: Mapping[str, Any], *relations: str) -> str | None:
    """Return the address of the first link of any of these relations."""
    for relation in relations:
        for link in map(dict_of, list_of(raw.get("links"))):
            if link.get("rel") == relation:
                return text_of(link.get("href"))
    return None
