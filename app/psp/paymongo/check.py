"""What a PayMongo account lacks: a key of the right kind and mode, and a webhook that tells of failures."""

from typing import Final

from app.domain.payments.facts import Finding, FindingCode
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, list_of, text_of
from app.psp.paymongo.api import PaymongoApi
from app.psp.paymongo.facts import attributes_of
from app.psp.paymongo.failures import failure_of
from app.psp.paymongo.pages import CAPABILITIES
from app.psp.wire import Failure, Reply

EVENTS: Final = ("payment.paid", "payment.failed")
_HTTP_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403
_Found = tuple[Finding, ...]


def findings(api: PaymongoApi, secret_key: str, *, live: bool, has_webhook_secret: bool) -> _Found:
    """Try the key, and look for a webhook; empty if nothing is missing."""
    found = _of_key(secret_key, live=live)
    if not found:
        reply = api.get(CAPABILITIES)
        found = _of_reply(reply)
        if not found:
            found = _of_webhooks(api.get("/v1/webhooks"))
    if not has_webhook_secret:
        detail = "Without the webhook's secret (whsk_…) no webhook can be trusted; set it."
        found = (*found, Finding(FindingCode.WEBHOOK_SECRET_MISSING, detail))
    return found


def _of_key(secret_key: str, *, live: bool) -> _Found:
    if not secret_key:
        return (
            Finding(FindingCode.KEY_MISSING, "The account has no secret_key; it looks like sk_live_… or sk_test_…."),
        )
    if not secret_key.startswith(("sk_live_", "sk_test_")):
        return (Finding(FindingCode.KEY_INVALID, "That is no secret key; one looks like sk_live_… or sk_test_…."),)
    if secret_key.startswith("sk_live_") is not live:
        kind, place = ("test", "live") if live else ("live", "test")
        return (Finding(FindingCode.MODE_MISMATCH, f"This is a {kind} key in a {place} organization."),)
    return ()


def _of_reply(reply: Reply | Failure) -> _Found:
    if isinstance(reply, Reply) and reply.status == _HTTP_OK:
        return ()
    failure = failure_of(reply)
    if isinstance(reply, Reply) and reply.status == _FORBIDDEN:
        return (Finding(FindingCode.PERMISSION_MISSING, f"PayMongo forbids this to the key: {failure.detail}"),)
    if failure.problem is Problem.CREDENTIALS_INVALID:
        return (Finding(FindingCode.KEY_INVALID, "PayMongo does not accept the secret_key."),)
    return (Finding(FindingCode.UNREACHABLE, f"PayMongo does not answer ({failure.problem}); try again."),)


def _of_webhooks(reply: Reply | Failure) -> _Found:
    if isinstance(reply, Failure) or reply.status != _HTTP_OK:
        return _of_reply(reply)
    hooks = [attributes_of(hook) for hook in list_of(dict_of(reply.body).get("data"))]
    told = {
        event
        for hook in hooks
        if hook.get("status") == "enabled"
        for event in list_of(hook.get("events"))
        if text_of(event)
    }
    missing = [event for event in EVENTS if event not in told]
    if not missing:
        return ()
    detail = f"No enabled webhook of the account tells of {' and '.join(missing)}; create one that leads here."
    return (Finding(FindingCode.WEBHOOK_MISSING, detail),)
