"""Tries an account's key without moving money, and says what is missing."""

from typing import Final
from urllib.parse import urlsplit

from app.domain.payments.facts import Finding, FindingCode
from app.psp.lenient import dict_of, text_of
from app.psp.stripe.calls import KEY, Calls
from app.psp.stripe.failures import failure_of
from app.psp.wire import Failure, Reply

_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403
_NEEDED: Final = (
    ("/v1/payment_intents", "PaymentIntents (write)"),
    ("/v1/charges", "Charges and Refunds (write)"),
    ("/v1/checkout/sessions", "Checkout Sessions (write)"),
    ("/v1/invoices", "Invoices (read)"),
)
WANTED: Final = frozenset({"payment_intent.succeeded", "payment_intent.payment_failed", "invoice.payment_failed"})
"""The events without which Tinko is blind; docs/psp/stripe.md lists all that help."""


def findings(
    calls: Calls, *, secret_key: str, live: bool, account_id: str, has_webhook_secret: bool
) -> tuple[Finding, ...]:
    """Return what is wrong with an account, the gravest first; empty if nothing is."""
    secret = () if has_webhook_secret else (_NO_SECRET,)
    if not KEY.fullmatch(secret_key):
        code = FindingCode.KEY_INVALID if secret_key else FindingCode.KEY_MISSING
        return (Finding(code, "Enter a secret key or a restricted key of Stripe: sk_… or rk_…."), *secret)
    if (secret_key[3:8] == "live_") is not live:
        wanted = "sk_live_… or rk_live_…" if live else "sk_test_… or rk_test_…"
        return (
            Finding(FindingCode.MODE_MISMATCH, f"This organization takes keys of the other mode: {wanted}."),
            *secret,
        )
    refused = _refusals(calls)
    if refused and refused[0].code is not FindingCode.PERMISSION_MISSING:
        return (*refused, *secret)
    return (*refused, *secret, *_webhooks(calls, account_id))


_NO_SECRET: Final = Finding(
    FindingCode.WEBHOOK_SECRET_MISSING, "Enter the signing secret (whsec_…) of the webhook endpoint at Stripe."
)


def _refusals(calls: Calls) -> tuple[Finding, ...]:
    missing: list[Finding] = []
    for path, permission in _NEEDED:
        reply = calls.get(path, {"limit": 1})
        if isinstance(reply, Reply) and reply.status == _OK:
            continue
        if isinstance(reply, Reply) and reply.status == _UNAUTHORIZED:
            return (Finding(FindingCode.KEY_INVALID, "Stripe does not know this key, or it was revoked."),)
        if isinstance(reply, Reply) and reply.status == _FORBIDDEN:
            missing.append(Finding(FindingCode.PERMISSION_MISSING, f"The key lacks a permission: {permission}."))
            continue
        problem = failure_of(reply).problem
        return (Finding(FindingCode.UNREACHABLE, f"Stripe does not answer as it should ({problem})."),)
    return tuple(missing)


def _webhooks(calls: Calls, account_id: str) -> tuple[Finding, ...]:
    """Look for an endpoint at Stripe that leads to this account; a key that may not see them is not blamed."""
    reply = calls.get("/v1/webhook_endpoints", {"limit": 100})
    items = dict_of(reply.body).get("data") if isinstance(reply, Reply) and reply.status == _OK else None
    if isinstance(reply, Failure) or not isinstance(items, list):
        return ()
    own = [one for one in map(dict_of, items) if _leads_here(text_of(one.get("url")), account_id)]
    alive = [one for one in own if one.get("status") == "enabled"]
    if not alive:
        return (Finding(FindingCode.WEBHOOK_MISSING, f"No enabled webhook endpoint at Stripe leads to {account_id}."),)
    lacking = min((_lacking(one.get("enabled_events")) for one in alive), key=len)
    if lacking:
        detail = f"The webhook endpoint at Stripe lacks events: {', '.join(lacking)}."
        return (Finding(FindingCode.WEBHOOK_MISSING, detail),)
    return ()


def _leads_here(url: str | None, account_id: str) -> bool:
    return bool(url) and urlsplit(url or "").path.rstrip("/").endswith(f"/webhooks/stripe/{account_id}")


def _lacking(enabled: object) -> list[str]:
    events = {event for event in enabled if isinstance(event, str)} if isinstance(enabled, list) else set()
    return [] if "*" in events else sorted(WANTED - events)
