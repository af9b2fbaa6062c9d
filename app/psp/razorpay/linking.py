"""Opening payment links, one per key: their reference is unique at Razorpay."""

from app.domain.payments.port import Checkout, CheckoutRequest, Outcome
from app.domain.payments.problems import Problem
from app.psp.razorpay.api import Api, Told
from app.psp.razorpay.failures import description_of, is_good
from app.psp.razorpay.links import LONGEST_REFERENCE, checkout_of, link_body, links_of, no_page
from app.psp.razorpay.mapping import can_be_asked
from app.psp.verdicts import MALFORMED
from app.psp.wire import Failure


def open_link(api: Api, request: CheckoutRequest) -> Checkout:
    """Return the link of this key, or open it; raises `CheckoutFailedError`."""
    if not can_be_asked(request.money) or len(request.idempotency_key) > LONGEST_REFERENCE:
        raise no_page(Failure(Outcome.ERROR, Problem.REQUEST_INVALID))
    known = _known(api, request)
    if isinstance(known, Checkout):
        return known
    if known.at is None:
        raise no_page(MALFORMED)
    body = link_body(request, now=known.at)
    made = api.call(lambda sdk: sdk.payment_link.create(body))
    if is_good(made) and isinstance(made, Told):
        return checkout_of(made.body, request)
    if isinstance(made, Told) and _is_taken(description_of(made)):
        known = _known(api, request)
        if isinstance(known, Checkout):
            return known
    raise no_page(made)


def _is_taken(said: str) -> bool:
    return "reference" in said and "already" in said


def _known(api: Api, request: CheckoutRequest) -> Checkout | Told:
    """Return the link of this key, else the reply that lists none; raises `CheckoutFailedError`."""
    key = request.idempotency_key
    reply = api.call(lambda sdk: sdk.payment_link.all({"reference_id": key}))
    if isinstance(reply, Failure) or not is_good(reply):
        raise no_page(reply)
    links = links_of(reply, key)
    if links is None:
        raise no_page(MALFORMED)
    return checkout_of(links[0], request) if links else reply
