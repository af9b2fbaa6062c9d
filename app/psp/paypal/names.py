"""What Tinko writes on an order so that webhooks, look-ups and lists can be matched to an attempt.

`custom_id` is `<attempt id>|<transaction_ref>`; it comes back on captures and in reports, and holds
127 characters, so a longer reference stands in the purchase unit's `reference_id` alone (256).
`invoice_id` is the attempt's id: PayPal captures an invoice once, whatever else was forgotten. An order
that was refused for that gets a mark of its own, so that no look-up takes it for a charge that never arrived.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.ids import ATTEMPT
from app.psp.lenient import dict_of, list_of, text_of

_LONGEST_CUSTOM_ID: Final = 127
_LONGEST_REFERENCE: Final = 256
_DEFAULT_REFERENCE: Final = "default"
_PREFIX: Final = f"{ATTEMPT}_"
_SHELL: Final = "look-up|"
_PAID_ELSEWHERE: Final = "paid-elsewhere|"


@dataclass(frozen=True, slots=True)
class Names:
    """Whose a payment is. `ours` says that Tinko made it.

    `blank`: a look-up made it, and nobody charges it. `paid_elsewhere`: the attempt was paid by an earlier order.
    """

    attempt_id: str | None = None
    transaction_ref: str | None = None
    ours: bool = False
    blank: bool = False
    paid_elsewhere: bool = False


def names_on(attempt_id: str, transaction_ref: str) -> dict[str, str]:
    """Write an attempt's names onto a purchase unit."""
    custom_id = f"{attempt_id}|{transaction_ref}"
    return {
        "reference_id": transaction_ref[:_LONGEST_REFERENCE],
        "custom_id": custom_id if len(custom_id) <= _LONGEST_CUSTOM_ID else f"{attempt_id}|",
        "invoice_id": attempt_id,
    }


def names_on_shell(attempt_id: str) -> dict[str, str]:
    """Write a look-up's own mark onto a purchase unit: never an attempt's."""
    return {"custom_id": f"{_SHELL}{attempt_id}"}


def paid_elsewhere(attempt_id: str) -> str:
    """Write the mark of an order that cannot be captured because an earlier one of its attempt was."""
    return f"{_PAID_ELSEWHERE}{attempt_id}"


def names_of(raw: Mapping[str, Any]) -> Names:
    """Read the names on a purchase unit, a capture, a refund or a search result.

    What Tinko did not make is named by the merchant's `custom_id`, else by the invoice.
    """
    custom_id = text_of(raw.get("custom_id")) or text_of(raw.get("custom_field")) or text_of(raw.get("custom"))
    invoice_id = text_of(raw.get("invoice_id")) or text_of(raw.get("invoice_number"))
    if custom_id and custom_id.startswith(_SHELL):
        return Names(blank=True)
    if custom_id and custom_id.startswith(_PAID_ELSEWHERE):
        return Names(custom_id.removeprefix(_PAID_ELSEWHERE), ours=True, paid_elsewhere=True)
    attempt_id, bar, transaction_ref = (custom_id or "").partition("|")
    if bar and attempt_id.startswith(_PREFIX):
        reference = text_of(raw.get("reference_id"))
        whole = transaction_ref or (reference if reference != _DEFAULT_REFERENCE else None)
        return Names(attempt_id, whole, ours=True)
    return Names(transaction_ref=custom_id or invoice_id)


def unit_of(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an order's first purchase unit; Tinko makes one, and reads no others."""
    return dict_of(next(iter(list_of(order.get("purchase_units"))), None))
