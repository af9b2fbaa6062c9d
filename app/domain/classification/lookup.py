"""Finds the row for a code, however it is spelled: dictionaries joined once at import.

A merchant's word is looked up in one dictionary per gateway (`Shelf`), layered so that the first of
these that knows the word wins:

1. a fixed point of API.md, if the gateway's own row contradicts it in category or hardness,
2. the gateway's own table, first under the context of the payment's method (`contexts.csv`),
3. its rows that stand only under a context, if they agree on the category,
4. merchants' common words (`aliases.csv`),
5. the `generic` table,
6. the other providers' tables, if they agree on the category.

`names.csv` holds other spellings of gateways, brands and methods, and names the gateways that number
Mastercard's advice codes in a way of their own, so that theirs are not read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.classification.tables import ROWS, Row, read

Book = dict[str, Row]
_Keyed = Iterable[tuple[str, Row]]

_DROPPED: Final = dict.fromkeys(map(ord, " \t\r\n\v\f\u00a0-_.,;'\"`!?#()[]{}"))
_LONGEST_CODE: Final = 96
_NETWORKS: Final = frozenset({"iso8583", "visa", "mastercard", "npci_upi"})


def squeeze(text: str) -> str:
    """Reduce a code to what its spellings share: no case, spaces, hyphens, underscores or punctuation."""
    return text[:_LONGEST_CODE].casefold().translate(_DROPPED)


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that is known at one gateway. `advice_is_true` says that it passes networks' own advice codes on."""

    provider: str
    book: Book
    contexts: Mapping[str | None, tuple[str, ...]]
    advice_is_true: bool = True

    def word(self, word: str, method: str | None) -> Row | None:
        """Return the row for a reason or code in any spelling, under the method's contexts first."""
        book = self.book
        contexts = self.contexts.get(method)
        if contexts is None:
            return book.get(word) or book.get(squeeze(word))
        squeezed = squeeze(word)
        for context in contexts:
            row = book.get(context + word) or book.get(context + squeezed)
            if row is not None:
                return row
        return book.get(word) or book.get(squeezed)

    def advice(self, advice: str, brand: str | None) -> Row | None:
        """Return the gateway's own row for a squeezed advice code, which may differ by card brand."""
        book = self.book
        return book.get(f"advice:{brand}:{advice}") or book.get(f"advice:{advice}") or book.get(advice)


def _caution(row: Row) -> tuple[bool, int]:
    return row.money_may_have_moved, row.strength


def _most_cautious(rows: _Keyed) -> Book:
    """Join rows by key; where several meet, the one that permits least stays (of equals the first)."""
    book: Book = {}
    for key, row in rows:
        if key not in book or _caution(row) > _caution(book[key]):
            book[key] = row
    return book


def _agreed(rows: _Keyed) -> Book:
    """Join rows like `_most_cautious`, without the keys that lie in more than one category."""
    met = list(rows)
    categories: dict[str, set[str]] = defaultdict(set)
    for key, row in met:
        categories[key].add(row.category)
    return _most_cautious((key, row) for key, row in met if len(categories[key]) == 1)


def _table(provider: str) -> list[Row]:
    return [row for row in ROWS.values() if row.table == provider]


def _contexts() -> dict[str, list[tuple[str, str]]]:
    contexts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in read("contexts"):
        contexts[line["provider"]].append((line["method"], line["prefix"]))
    return contexts


def _own_book(provider: str) -> Book:
    rows, prefixes = _table(provider), tuple(prefix for _, prefix in _CONTEXTS.get(provider, ()))
    bare = ((row.code.removeprefix(prefix), row) for row in rows for prefix in prefixes if row.code.startswith(prefix))
    return _agreed((squeeze(code), row) for code, row in bare) | _most_cautious((squeeze(r.code), r) for r in rows)


def _contradicts(row: Row, fixed: Row) -> bool:
    return (row.category, row.hardness) != (fixed.category, fixed.hardness)


def _shelf(provider: str) -> Shelf:
    own = _OWN_BOOKS.get(provider, {})
    book = _ELSEWHERE | _OWN_BOOKS["generic"] | _ALIASES | own
    book |= {word: row for word, row in _FIXED.items() if _contradicts(book[word], row)}
    spelled = {row.code: book[squeeze(row.code)] for row in ROWS.values() if squeeze(row.code) in book}
    exact = {row.code: row for row in _table(provider) if squeeze(row.code) not in _FIXED}
    contexts: dict[str | None, tuple[str, ...]] = {}
    for method, prefix in [*_CONTEXTS.get(provider, ()), *_CONTEXTS["generic"]]:
        contexts[method] = (*contexts.get(method, ()), squeeze(prefix))
    return Shelf(provider, book | spelled | exact, contexts, advice_is_true=provider not in _RENUMBERED)


def _names(kind: str) -> dict[str, str]:
    lines = [line for line in read("names") if line["kind"] == kind]
    return {line["name"]: line["means"] for line in lines} | {squeeze(line["name"]): line["means"] for line in lines}


_CONTEXTS: Final = _contexts()
_RENUMBERED: Final = frozenset(_names("renumbered_advice"))
_PROVIDERS: Final = tuple(dict.fromkeys(row.table for row in ROWS.values()))
_OWN_BOOKS: Final = {provider: _own_book(provider) for provider in _PROVIDERS}
_ALIASES: Final = {squeeze(line["word"]): ROWS[line["provider"], line["code"]] for line in read("aliases")}
_FIXED: Final = {squeeze(line["word"]): _ALIASES[squeeze(line["word"])] for line in read("aliases") if line["fixed"]}
_ELSEWHERE: Final = _agreed(
    (key, row)
    for provider, book in _OWN_BOOKS.items()
    for key, row in book.items()
    if provider not in _NETWORKS and not key.startswith("advice:")
)
_ANYWHERE: Final = _shelf("")


def _shelves() -> dict[str, Shelf]:
    shelves = {provider: _shelf(provider) for provider in (*_PROVIDERS, *_RENUMBERED)}
    shelves |= {name: shelves[provider] for name, provider in _names("gateway").items()}
    return shelves | {squeeze(name): shelf for name, shelf in shelves.items()}


_SHELVES: Final = _shelves()
_METHODS: Final = _names("method")
_BRANDS: Final = _names("brand")
_SCHEMES: Final = _names("scheme")

UPI: Final = "upi"
VISA: Final = "visa"
MASTERCARD: Final = "mastercard"
OTHER_BRAND: Final = "other"


def shelf_of(gateway: str | None) -> Shelf:
    """Return what is known at a gateway; one without a table of its own shares the common words."""
    if not gateway:
        return _ANYWHERE
    return _SHELVES.get(gateway) or _SHELVES.get(squeeze(gateway), _ANYWHERE)


def method_of(method: str | None) -> str | None:
    """Return the kind of method in the classifier's words; None if it is not one of them."""
    return (_METHODS.get(method) or _METHODS.get(squeeze(method))) if method else None


def brand_of(brand: str | None) -> str | None:
    """Return `visa`, `mastercard` or `other`; None if nobody said."""
    if not brand:
        return None
    known = _BRANDS.get(brand)
    return (_BRANDS.get(squeeze(brand), OTHER_BRAND) if known is None else known) or None


def scheme_of(brand: str | None) -> str | None:
    """Return the card scheme whose rules a brand's cards follow, `other` for one without; None if nobody said."""
    coarse = brand_of(brand)
    return _SCHEMES.get(squeeze(brand or ""), OTHER_BRAND) if coarse == OTHER_BRAND else coarse
