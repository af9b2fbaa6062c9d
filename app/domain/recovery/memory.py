"""The newest failure of a recovery, as it is remembered: enough to classify it again."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from app.domain.classification import Classification, FailureSignals, classify
from app.domain.own_rules import Applied, judge, rule_from_settings
from app.domain.payments.port import Decline

_SIGNALS: Final = tuple(each.name for each in fields(FailureSignals))


@dataclass(frozen=True, slots=True)
class LastFailure:
    """What failed last, when, and under which payment id the provider knows it.

    `own_rule` is the organization's own rule that decided then, as plain values; None if none did.
    """

    signals: FailureSignals
    psp_payment_id: str | None
    failed_at: datetime
    own_rule: Mapping[str, Any] | None = None

    def verdict(self) -> Classification:
        """Return why it failed: by today's tables, and by the own rule of that time."""
        base = classify(self.signals)
        if self.own_rule is None:
            return base
        return judge(rule_from_settings(self.own_rule), base, version=self.own_rule["version"]).verdict


def remembered(
    signals: FailureSignals, *, psp_payment_id: str | None, failed_at: datetime, applied: Applied | None = None
) -> dict[str, Any]:
    """Return the failure as plain JSON values, for the recovery's row."""
    said = {name: getattr(signals, name) for name in _SIGNALS}
    memory = {"signals": said, "psp_payment_id": psp_payment_id, "failed_at": failed_at.isoformat()}
    return memory if applied is None else memory | {"own_rule": applied.recorded()}


def recalled(memory: Mapping[str, Any]) -> LastFailure:
    """Read a remembered failure."""
    return LastFailure(
        FailureSignals(**memory["signals"]),
        memory["psp_payment_id"],
        datetime.fromisoformat(memory["failed_at"]),
        memory.get("own_rule"),
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
