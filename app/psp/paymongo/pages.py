"""PayMongo's hosted pages: what an account may offer there, and the page that came about."""

from datetime import UTC, datetime, timedelta
from typing import Final

from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.port import Checkout, CheckoutRequest, Outcome
from app.domain.payments.problems import Problem
from app.psp import hosted
from app.psp.lenient import dict_of, list_of, text_of, unix_time
from app.psp.paymongo.bodies import PAGE_METHODS
from app.psp.paymongo.facts import attributes_of
from app.psp.paymongo.failures import failure_of
from app.psp.verdicts import MALFORMED
from app.psp.wire import Failure, Reply

CAPABILITIES: Final = "/v1/merchants/capabilities/payment_methods"
_OFFERED: Final = (*PAGE_METHODS, "shopee_pay", "billease", "dob", "qrph")
_HTTP_OK: Final = 200
_NOT_HERE: Final = Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail="PayMongo takes PHP only")


def methods_of(reply: Reply | Failure) -> tuple[str, ...]:
    """Return what a page may offer: PayMongo refuses a page that names a method which the account has not."""
    names = list_of(reply.body) if isinstance(reply, Reply) and reply.status == _HTTP_OK else ()
    allowed = {name for name in names if text_of(name)}
    return tuple(method for method in _OFFERED if method in allowed) or PAGE_METHODS


def page_of(reply: Reply | Failure, request: CheckoutRequest) -> Checkout:
    """Read the answer to a page; raises `CheckoutFailedError` if none was opened.

    PayMongo's pages stay open until they are closed by hand: `expires_at` is what Tinko counts on.
    """
    if isinstance(reply, Failure) or reply.status != _HTTP_OK:
        raise no_page(failure_of(reply))
    resource = dict_of(dict_of(reply.body).get("data"))
    attributes = attributes_of(resource)
    made_at = unix_time(attributes.get("created_at"))
    ends_at = _later(made_at, request.expires_in) if made_at is not None else None
    page = hosted.checkout_of(text_of(resource.get("id")), text_of(attributes.get("checkout_url")), ends_at)
    if page is None:
        raise no_page(MALFORMED)
    return page


def no_page(failure: Failure = _NOT_HERE) -> CheckoutFailedError:
    """Say why there is no page."""
    return hosted.no_checkout("PayMongo did not open a payment page.", failure)


def _later(moment: datetime, wait: timedelta) -> datetime:
    latest = datetime.max.replace(tzinfo=UTC)
    return moment + wait if wait <= latest - moment else latest
