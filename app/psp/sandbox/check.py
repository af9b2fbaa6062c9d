"""What a sandbox account lacks."""

from typing import Final

from app.domain.payments.facts import Finding, FindingCode
from app.psp.wire import Failure, Reply

_HTTP_OK: Final = 200
_REFUSED: Final = frozenset({401, 403})


def findings(reply: Reply | Failure, *, live: bool, has_webhook_secret: bool) -> tuple[Finding, ...]:
    """Read the answer of `/v1/account` together with what the account has."""
    found = [*_of_reply(reply)]
    if live:
        found.append(
            Finding(FindingCode.MODE_MISMATCH, "The sandbox moves no money; connect it in a test organization.")
        )
    if not has_webhook_secret:
        found.append(
            Finding(FindingCode.WEBHOOK_SECRET_MISSING, "Without a webhook secret no webhook can be trusted; set one.")
        )
    return tuple(found)


def _of_reply(reply: Reply | Failure) -> tuple[Finding, ...]:
    if isinstance(reply, Reply) and reply.status == _HTTP_OK:
        return ()
    refused = reply.status in _REFUSED if isinstance(reply, Reply) else reply.problem == "credentials_invalid"
    if refused:
        return (Finding(FindingCode.KEY_INVALID, "The sandbox does not accept the api_key; it looks like sbx_…."),)
    reason = f"HTTP {reply.status}" if isinstance(reply, Reply) else reply.problem.value
    return (Finding(FindingCode.UNREACHABLE, f"The sandbox does not answer ({reason}); try again."),)
