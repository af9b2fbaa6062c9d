"""The newest failure of a recovery, as it is remembered: enough to classify it again."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from app.domain.classification import FailureSignals
from app.domain.payments.port import Decline

_SIGNALS: Final = tuple(each.name for each in fields(FailureSignals))


@dataclass(frozen=True, slots=True)
class LastFailure:
    """What failed last, when, and under which payment id the provider knows it."""

    signals: FailureSignals
    psp_payment_id: str | None
    failed_at: datetime


def remembered(signals: FailureSignals, *, psp_payment_id: str | None, failed_at: datetime) -> dict[str, Any]:
    """Return the failure as plain JSON values, for the recovery's row."""
    said = {name: getattr(signals, name) for name in _SIGNALS}
    return {"signals": said, "psp_payment_id": psp_payment_id, "failed_at": failed_at.isoformat()}


def recalled(memory: Mapping[str, Any]) -> LastFailure:
    """Read a remembered failure."""
    return LastFailure(
        FailureSignals(**memory["signals"]), memory["psp_payment_id"], datetime.fromisoformat(memory["failed_at"])
    )


def signals_of(decline: Decline, *, psp: str, method: Mapping[str, Any]) -> FailureSignals:
    """Return what the classifier reads of a provider's decline."""
    return FailureSignals(
        gateway=psp,
        reason=decline.code,
        code=decline.code,
        message=decline.message,
        network_decline_code=decline.network_decline_code,
        network_advice_code=decline.network_advice_code,
        method=method.get("type"),
        brand=method.get("brand"),
    )
