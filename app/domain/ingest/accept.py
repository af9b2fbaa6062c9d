"""Which reports are believed, where money is concerned."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import FieldError, InvalidError
from app.domain.ingest.report import FailureReport


class ReportRefusedError(InvalidError):
    """A report whose money contradicts what is known of its transaction."""

    default_code = "report_refused"


@dataclass(frozen=True, slots=True)
class KnownTransaction:
    """What is known of a transaction before a report of it arrives."""

    amount: int
    currency: str
    recovered_at: datetime | None


def check_money(report: FailureReport, known: KnownTransaction | None) -> tuple[int, str]:
    """Return the amount and currency that hold after this report; raises `ReportRefusedError`.

    The first report of a transaction must say both. The currency never changes; the amount may
    change until the money came back.
    """
    if known is None:
        missing = [name for name in ("amount", "currency") if getattr(report, name) is None]
        if missing:
            _refuse(f"The first report of {report.transaction_ref!r} must say amount and currency.", *missing)
        assert report.amount is not None  # noqa: S101  (checked above; for the type checker)
        assert report.currency is not None  # noqa: S101
        return report.amount, report.currency
    if report.currency not in {None, known.currency}:
        _refuse(
            f"{report.transaction_ref!r} is known in {known.currency}; a transaction keeps its currency.", "currency"
        )
    if known.recovered_at is not None and report.amount not in {None, known.amount}:
        _refuse(
            f"{report.transaction_ref!r} was recovered with an amount of {known.amount}; it cannot change any more.",
            "amount",
        )
    return known.amount if report.amount is None else report.amount, known.currency


def _refuse(detail: str, *names: str) -> None:
    raise ReportRefusedError(detail, errors=tuple(FieldError(f"/{name}", detail) for name in names))
