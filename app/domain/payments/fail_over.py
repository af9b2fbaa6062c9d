"""Whether a declined charge is tried at another account next, where the payer's method is saved as well.

A provider's token means nothing elsewhere, so a method travels only if its report says where else it is
saved: `payment_method.tokens`, by the account's id or a provider's name.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.domain.classification import AUTOMATIC, Classification, Hardness, method_of
from app.domain.network_rules.instrument import is_mandate
from app.domain.payments.port import PaymentMethod
from app.domain.payments.routing import SANDBOX, AccountFacts

DIFFERS: Final = frozenset(
    {"connection_error", "do_not_honor", "gateway_error", "generic_decline", "issuer_unavailable", "network_error"}
)
"""Reasons that depend on who asks the bank. Money that is not there is there for nobody, and a hard no stays one."""
_LONGEST: Final = 320


@dataclass(frozen=True, slots=True)
class FailOver:
    """The next charge goes through this account, and why."""

    account_id: str
    why: str


def fail_over(
    accounts: Sequence[AccountFacts],
    *,
    declined_at: str,
    code: str | None,
    verdict: Classification,
    method: Mapping[str, Any],
    live: bool,
    tried: Collection[str] = (),
) -> FailOver | None:
    """Choose another account for the charge after a definite decline at the account `declined_at`; None for none.

    `verdict` is the decline's, and `tried` are accounts that declined this recovery before. A charge under a
    mandate never travels: what was announced to the payer was announced for one provider.
    """
    here = next((account for account in accounts if account.id == declined_at), None)
    if here is None or not may_differ(verdict) or is_mandate(method, kind=method_of(method.get("type"))):
        return None
    usable = [a for a in accounts if a.enabled and a.live is live and not (live and a.psp == SANDBOX)]
    usable.sort(key=lambda account: (account.priority, account.id))
    for account in usable:
        if account.id == declined_at or account.id in tried or method_at(method, account) is None:
            continue
        if account.id not in _tokens(method) and not _stands_for_its_provider(account, usable, here):
            continue
        why = f"declined at {_name(here)} with code {code or verdict.reason}; the method is also saved at"
        return FailOver(account.id, f"{why} {_name(account)}")
    return None


def may_differ(verdict: Classification) -> bool:
    """Tell whether another acquirer may get another answer than this decline, and is free to ask."""
    free = not (verdict.money_may_have_moved or verdict.stop_recovery or verdict.network_rule)
    soft = verdict.hardness is Hardness.SOFT and verdict.retry in AUTOMATIC
    return verdict.known and free and soft and verdict.reason in DIFFERS


def method_at(method: Mapping[str, Any], account: AccountFacts) -> PaymentMethod | None:
    """Return the payer's method as it is saved at that account, by its id or its provider's name; None if it is not."""
    tokens = _tokens(method)
    saved = tokens.get(account.id) or tokens.get(account.psp)
    if saved is None:
        return None
    return PaymentMethod(
        token=saved["token"],
        psp_customer_id=_text(saved.get("psp_customer_id")),
        type=method.get("type"),
    )


def _tokens(method: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Read `tokens` leniently: what is neither a token nor an object with one is not understood."""
    said = method.get("tokens")
    found: dict[str, Mapping[str, Any]] = {}
    for name, value in said.items() if isinstance(said, Mapping) else ():
        saved = value if isinstance(value, Mapping) else {"token": value}
        token = _text(saved.get("token"))
        if token is not None:
            found[str(name).strip()] = {**saved, "token": token}
    return found


def _stands_for_its_provider(account: AccountFacts, usable: Sequence[AccountFacts], here: AccountFacts) -> bool:
    """Tell whether a provider's name means this account: its first, and never a sister of the one that declined."""
    return account.psp != here.psp and account is next(each for each in usable if each.psp == account.psp)


def _text(value: Any) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    return text if 0 < len(text) <= _LONGEST else None


def _name(account: AccountFacts) -> str:
    return f"{account.psp} ({account.id})"
