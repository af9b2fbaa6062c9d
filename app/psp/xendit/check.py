"""What a Xendit account lacks: a key of the right kind, mode and permissions, and the callback token."""

from typing import Final

from app.domain.payments.facts import Finding, FindingCode
from app.domain.payments.problems import Problem
from app.psp.wire import Failure, Reply
from app.psp.xendit.api import INVOICES, REQUESTS, XenditApi
from app.psp.xendit.failures import failure_of

_TRIED: Final = ((REQUESTS, "payment requests"), (INVOICES, "invoices"))
_HTTP_OK, _FORBIDDEN = 200, 403
_TEST, _LIVE = "xnd_development_", "xnd_production_"
_Found = tuple[Finding, ...]


def findings(api: XenditApi, secret_key: str, *, live: bool, has_webhook_secret: bool) -> _Found:
    """Try the key on what is needed; empty if nothing is missing."""
    found = _of_key(secret_key, live=live)
    if not found:
        for path, what in _TRIED:
            found = (*found, *_of_reply(api.get(path, {"limit": 1}), what))
            if any(one.code is not FindingCode.PERMISSION_MISSING for one in found):
                break
    if not has_webhook_secret:
        detail = "Without the callback token no webhook can be told from a forged one; set it as the webhook secret."
        found = (*found, Finding(FindingCode.WEBHOOK_SECRET_MISSING, detail))
    return found


def _of_key(secret_key: str, *, live: bool) -> _Found:
    if not secret_key:
        detail = f"The account has no secret_key; it looks like {_LIVE}… or {_TEST}…."
        return (Finding(FindingCode.KEY_MISSING, detail),)
    if not secret_key.startswith((_TEST, _LIVE)):
        detail = f"That is no secret key; one looks like {_LIVE}… or {_TEST}…."
        return (Finding(FindingCode.KEY_INVALID, detail),)
    if secret_key.startswith(_LIVE) is not live:
        kind, place = ("test", "live") if live else ("live", "test")
        return (Finding(FindingCode.MODE_MISMATCH, f"This is a {kind} key in a {place} organization."),)
    return ()


def _of_reply(reply: Reply | Failure, what: str) -> _Found:
    if isinstance(reply, Reply) and reply.status == _HTTP_OK:
        return ()
    if isinstance(reply, Reply) and reply.status == _FORBIDDEN:
        return (Finding(FindingCode.PERMISSION_MISSING, f"The key may not read {what}; give it that permission."),)
    failure = failure_of(reply)
    if failure.problem is Problem.CREDENTIALS_INVALID:
        return (Finding(FindingCode.KEY_INVALID, "Xendit does not accept the secret_key."),)
    return (Finding(FindingCode.UNREACHABLE, f"Xendit does not answer ({failure.problem}); try again."),)
