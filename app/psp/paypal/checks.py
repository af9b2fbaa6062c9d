"""What a PayPal account lacks: keys, the right environment, the search, the webhook and its events."""

from collections.abc import Iterator
from typing import Final

from app.domain.payments.facts import Finding, FindingCode
from app.psp.lenient import dict_of, list_of, text_of
from app.psp.paypal.client import LIVE_BASE, TEST_BASE, Account
from app.psp.paypal.failures import as_failure, is_good, is_not_found
from app.psp.paypal.webhook import NEEDED_EVENTS
from app.psp.wire import Failure, Reply

SEARCH_SCOPE: Final = "https://uri.paypal.com/services/reporting/search/read"
_REFUSED: Final = frozenset({400, 401, 403})
_ALL_EVENTS: Final = "*"


def findings(account: Account, *, webhook_ids: tuple[str, ...]) -> tuple[Finding, ...]:
    """Try an account's credentials; moves nothing."""
    if not account.has_keys():
        detail = "The account lacks its client_id or client_secret; both are shown on the REST app at PayPal."
        return (Finding(FindingCode.KEY_MISSING, detail), *_without_webhook(webhook_ids))
    granted = account.grant()
    if not is_good(granted):
        return (_of_refusal(account, granted), *_without_webhook(webhook_ids))
    return (*_of_scope(granted), *_without_webhook(webhook_ids), *_of_webhooks(account, webhook_ids))


def _of_refusal(account: Account, reply: Reply | Failure) -> Finding:
    if isinstance(reply, Failure) or reply.status not in _REFUSED:
        failure = as_failure(reply)
        return Finding(FindingCode.UNREACHABLE, f"PayPal does not answer ({failure.problem}); try again.")
    other = {LIVE_BASE: TEST_BASE, TEST_BASE: LIVE_BASE}.get(account.base)
    if other is not None and is_good(account.grant(base=other)):
        mine = "live" if account.base == LIVE_BASE else "sandbox"
        return Finding(FindingCode.MODE_MISMATCH, f"These are not {mine} credentials; PayPal's other side takes them.")
    return Finding(FindingCode.KEY_INVALID, "PayPal does not accept the client_id and client_secret.")


def _of_scope(granted: Reply) -> Iterator[Finding]:
    if SEARCH_SCOPE not in (text_of(granted.body.get("scope")) or "").split():
        yield Finding(
            FindingCode.PERMISSION_MISSING,
            "Switch on Transaction search for the REST app (it takes up to nine hours): without it no payments"
            " can be listed, and some lost charges cannot be found by themselves.",
        )


def _without_webhook(webhook_ids: tuple[str, ...]) -> Iterator[Finding]:
    if not webhook_ids:
        detail = "Without the webhook_id no webhook can be trusted; PayPal shows it beside the webhook."
        yield Finding(FindingCode.WEBHOOK_SECRET_MISSING, detail)


def _of_webhooks(account: Account, webhook_ids: tuple[str, ...]) -> Iterator[Finding]:
    if not webhook_ids:
        return
    reply = account.get("/v1/notifications/webhooks")
    if is_not_found(reply) or not is_good(reply):
        failure = as_failure(reply)
        yield Finding(FindingCode.PERMISSION_MISSING, f"The webhooks cannot be read ({failure.problem}).")
        return
    listed = {text_of(dict_of(one).get("id")): dict_of(one) for one in list_of(reply.body.get("webhooks"))}
    known = [listed[one] for one in webhook_ids if one in listed]
    if not known:
        yield Finding(FindingCode.WEBHOOK_MISSING, "The REST app has no webhook of this webhook_id.")
        return
    told = {text_of(dict_of(one).get("name")) for hook in known for one in list_of(hook.get("event_types"))}
    missing = sorted(NEEDED_EVENTS - {name for name in told if name})
    if missing and _ALL_EVENTS not in told:
        yield Finding(FindingCode.WEBHOOK_MISSING, f"The webhook does not tell of {', '.join(missing)}.")
