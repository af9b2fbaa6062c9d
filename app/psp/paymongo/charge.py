"""An off-session charge: make the intent, look at it, attach the method."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.domain.payments.port import ChargeRequest, Outcome, PaymentResult
from app.domain.payments.problems import Problem
from app.psp.lenient import minor_money, text_of
from app.psp.paymongo import bodies, payments
from app.psp.paymongo.api import PaymongoApi, path_of
from app.psp.paymongo.facts import attributes_of, references_of
from app.psp.paymongo.failures import SUCCEEDED, error_of, failed_read, failure_of, refusal_of
from app.psp.verdicts import MALFORMED, without_verdict
from app.psp.wire import Failure, Reply

_HTTP_OK, _HTTP_UNAVAILABLE = 200, 503
_OTHER: Final = Failure(
    Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT, detail="The attempt's intent asks for something else."
)
_SOURCE: Final = "src_"
_TOKEN: Final = re.compile(r"[0-9A-Za-z_]{1,100}")


def charge(api: PaymongoApi, request: ChargeRequest) -> PaymentResult:
    """Charge a saved method, or a source that its payer authorized."""
    token = request.method.token or ""
    if token.startswith(_SOURCE):
        return _charge_source(api, request, token)
    if not _TOKEN.fullmatch(token):
        return PaymentResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="not a saved method's id")
    return _charge_saved(api, request, token)


def _charge_saved(api: PaymongoApi, request: ChargeRequest, token: str) -> PaymentResult:
    intent_id = _make(api, request)
    if isinstance(intent_id, PaymentResult):
        return intent_id
    # A repeated key brings the intent as it was when it was made: only a read tells what became of it.
    intent = _read(api, intent_id)
    if isinstance(intent, PaymentResult):
        return intent
    if not _is_as_asked(intent, request):
        return without_verdict(_OTHER, intent_id)
    if not payments.is_untried(intent):
        return payments.of_intent(intent)
    path = f"{path_of(intent_id)}/attach"
    return _attached(api, intent_id, api.post(path, bodies.attach_body(token), key=f"{request.attempt_id}-attach"))


def _make(api: PaymongoApi, request: ChargeRequest) -> str | PaymentResult:
    """Make the attempt's intent, or come to it again; whatever goes wrong here, nobody was charged."""
    reply = api.post("/v1/payment_intents", bodies.intent_body(request), key=request.attempt_id)
    if isinstance(reply, Reply) and reply.status == _HTTP_OK:
        intent_id = text_of(payments.resource_of(reply.body).get("id"))
        if intent_id is not None and path_of(intent_id) is not None:
            return intent_id
        return without_verdict(replace(MALFORMED, outcome=Outcome.ERROR, transient=True))
    failure = failure_of(reply)
    if isinstance(reply, Reply) and reply.status == _HTTP_UNAVAILABLE:
        failure = replace(failure, problem=Problem.PROVIDER_UNAVAILABLE)
    if failure.outcome is Outcome.ERROR or failure.problem in {Problem.IDEMPOTENCY_CONFLICT, Problem.IN_PROGRESS}:
        return without_verdict(failure)
    return without_verdict(replace(failure, outcome=Outcome.ERROR, transient=True))


def _read(api: PaymongoApi, intent_id: str) -> Mapping[str, Any] | PaymentResult:
    reply = api.get(f"{path_of(intent_id)}")
    if isinstance(reply, Reply) and reply.status == _HTTP_OK:
        return payments.resource_of(reply.body)
    # An earlier call of this attempt may have attached: a refusal to read says nothing of that.
    return replace(failed_read(reply, intent_id), outcome=Outcome.UNKNOWN)


def _attached(api: PaymongoApi, intent_id: str, reply: Reply | Failure) -> PaymentResult:
    if isinstance(reply, Failure):
        return without_verdict(reply, intent_id)
    if reply.status == _HTTP_OK:
        return payments.of_intent(payments.resource_of(reply.body))
    if error_of(reply).get("code") != SUCCEEDED:
        return refusal_of(reply, intent_id)
    intent = _read(api, intent_id)
    return intent if isinstance(intent, PaymentResult) else payments.of_intent(intent)


def _charge_source(api: PaymongoApi, request: ChargeRequest, source_id: str) -> PaymentResult:
    """Charge a source, which PayMongo lets be charged once."""
    if path_of(source_id) is None:
        return PaymentResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="not a source's id")
    reply = api.post("/v1/payments", bodies.source_body(request, source_id), key=request.attempt_id)
    if isinstance(reply, Failure):
        return without_verdict(reply, source_id)
    if reply.status == _HTTP_OK:
        return payments.of_payment(payments.resource_of(reply.body))
    return refusal_of(reply, source_id)


def _is_as_asked(intent: Mapping[str, Any], request: ChargeRequest) -> bool:
    attributes = attributes_of(intent)
    money = minor_money(attributes.get("amount"), attributes.get("currency"))
    return money == request.money and references_of(attributes)[1] in {request.attempt_id, None}
