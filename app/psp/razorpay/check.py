"""What a Razorpay account lacks."""

from collections.abc import Iterable
from typing import Final

from app.domain.payments.facts import Finding, FindingCode
from app.domain.payments.problems import Problem
from app.psp.razorpay.api import Api, Told
from app.psp.razorpay.failures import failure_of, is_good
from app.psp.wire import Failure

_LIVE: Final = "rzp_live_"
_TEST: Final = "rzp_test_"
_FORBIDDEN: Final = 403
_READS: Final = {
    "payments": lambda sdk: sdk.payment.all({"count": 1}),
    "orders": lambda sdk: sdk.order.all({"count": 1}),
    "payment links": lambda sdk: sdk.payment_link.all({"reference_id": "tinko-check"}),
}


def findings(api: Api, *, key_id: str, key_secret: str, live: bool, has_webhook_secret: bool) -> tuple[Finding, ...]:
    """Try an account's key without moving money."""
    return (
        *_of_key(api, key_id=key_id, key_secret=key_secret),
        *_of_mode(key_id, live=live),
        *(() if has_webhook_secret else (_NO_SECRET,)),
    )


def _of_key(api: Api, *, key_id: str, key_secret: str) -> Iterable[Finding]:
    missing = [name for name, value in (("key_id", key_id), ("key_secret", key_secret)) if not value]
    if missing:
        return (Finding(FindingCode.KEY_MISSING, f"The account has no {' and no '.join(missing)}."),)
    for what, read in _READS.items():
        found = _of_reply(api.call(read), what)
        if found is not None:
            return (found,)
    return ()


def _of_reply(reply: Told | Failure, what: str) -> Finding | None:
    if is_good(reply):
        return None
    failure = failure_of(reply) if isinstance(reply, Told) else reply
    if isinstance(reply, Told) and reply.status == _FORBIDDEN:
        return Finding(FindingCode.PERMISSION_MISSING, f"The key may not read {what}; give it read and write access.")
    if failure.problem is Problem.CREDENTIALS_INVALID:
        return Finding(
            FindingCode.KEY_INVALID, "Razorpay does not accept this key_id and key_secret; generate a key and set both."
        )
    if failure.problem is Problem.REQUEST_INVALID:
        return Finding(FindingCode.PERMISSION_MISSING, f"Razorpay does not let the key read {what}: {failure.detail}")
    return Finding(FindingCode.UNREACHABLE, f"Razorpay does not answer ({failure.problem.value}); try again.")


def _of_mode(key_id: str, *, live: bool) -> Iterable[Finding]:
    if live and key_id.startswith(_TEST):
        return (Finding(FindingCode.MODE_MISMATCH, "This is a test key; a live organization needs one of live mode."),)
    if not live and key_id.startswith(_LIVE):
        return (Finding(FindingCode.MODE_MISMATCH, "This is a live key; connect it in a live organization."),)
    return ()


_NO_SECRET: Final = Finding(
    FindingCode.WEBHOOK_SECRET_MISSING, "Without a webhook secret Razorpay signs nothing, and nothing is accepted."
)
