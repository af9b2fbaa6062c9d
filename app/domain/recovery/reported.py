"""A recovery's facts right after a report of a failure: the same for ingest and for a look ahead."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.domain.classification import Classification
from app.domain.ingest.report import is_chargeable
from app.domain.network_rules import Past
from app.domain.recovery.charge import charge_facts
from app.domain.recovery.plan import Facts
from app.domain.recovery.policy import Policy


class Payment(NamedTuple):
    """The payment that failed, as far as plans ask; `amount` is in minor units."""

    transaction_id: str
    gateway: str
    amount: int
    currency: str
    method: Mapping[str, Any]
    psp_payment_id: str | None


def facts_after_report(
    payment: Payment,
    *,
    verdict: Classification,
    policy: Policy,
    failed_at: datetime,
    window_ends_at: datetime,
    seed: str,
    charges_made: int = 0,
    link_planned: bool = False,
) -> Facts:
    """Return what the next step is decided from; `policy` is the recovery's, before what differs by category."""
    charge = charge_facts(
        transaction_id=payment.transaction_id,
        gateway=payment.gateway,
        amount=payment.amount,
        currency=payment.currency,
        method=payment.method,
    )
    return Facts(
        classification=verdict,
        policy=policy.for_category(verdict.category),
        charges_made=charges_made,
        can_charge=is_chargeable(payment.method),
        can_read_status=payment.psp_payment_id is not None,
        link_planned=link_planned,
        failed_at=failed_at,
        window_ends_at=window_ends_at,
        seed=seed,
        charge=charge,
        # Only this failure: what else was tried on the instrument is counted when the charge is claimed.
        history=(Past(failed_at, charge.transaction_id, charge.amount, charge.currency),),
    )
