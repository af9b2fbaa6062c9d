"""A new SECRET_KEY: everything that an older one sealed is sealed again, in bounded batches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.db.queries.sealed import SEALED, Sealed, find_sealed, write_sealed
from app.db.session import Begin
from app.infra.crypto import Crypto, SealBrokenError

BATCH: Final = 500


@dataclass(slots=True)
class Rotated:
    """What became of one kind of sealed values: sealed again, or not to be opened by any key that is configured."""

    resealed: int = 0
    unopenable: int = 0


def rotate(
    begin: Begin, *, crypto: Crypto, batch: int = BATCH, told: Callable[[str, Rotated], None] | None = None
) -> dict[str, Rotated]:
    """Seal with the newest key whatever an older one sealed; one transaction for each batch.

    What is done is done: whoever is interrupted calls it again, and it goes on. Values that no configured
    key opens are counted and left as they are. `told` hears of each batch.
    """
    counts: dict[str, Rotated] = {}
    for name, kind in SEALED.items():
        counts[name] = Rotated()
        after: str | None = ""
        while after is not None:
            after = _batch(begin, crypto, kind, counts[name], after=after, batch=batch)
            if told is not None:
                told(name, counts[name])
    return counts


def _batch(begin: Begin, crypto: Crypto, kind: Sealed, count: Rotated, *, after: str, batch: int) -> str | None:
    """Seal one batch again; return the last row, None at the end."""
    with begin() as session:
        found = find_sealed(session, kind=kind, key_id=crypto.key_id, after=after, batch=batch)
        values = []
        unopenable = 0
        for row, about, sealed in found:
            try:
                values.append((row, crypto.seal(crypto.open(sealed, about=about), about=about)))
            except SealBrokenError:
                unopenable += 1
        write_sealed(session, kind=kind, values=values)
    count.resealed += len(values)
    count.unopenable += unopenable
    return found[-1][0] if len(found) == batch else None
