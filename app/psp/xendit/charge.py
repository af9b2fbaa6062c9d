"""An off-session charge: look for the attempt, read the saved method, ask for the payment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.domain.payments.port import ChargeRequest, Outcome, PaymentResult
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, text_of
from app.psp.verdicts import without_verdict
from app.psp.wire import Failure, Reply
from app.psp.xendit import bodies, payments
from app.psp.xendit.amounts import money_of
from app.psp.xendit.api import REQUESTS, XenditApi, token_id_of
from app.psp.xendit.failures import CONFLICT, DUPLICATE, code_of, declined, nothing_sent, refusal_of
from app.psp.xendit.read import Reader

_MADE: Final = frozenset({200, 201})
_HTTP_OK, _HTTP_NOT_FOUND = 200, 404
_ACTIVE: Final = frozenset({"ACTIVE", None})
_GONE: Final = "INVALID_TOKEN"
_NO_TOKEN: Final = PaymentResult(
    Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="not a payment token of Xendit's"
)
_STILL: Final = Failure(Outcome.UNKNOWN, Problem.IN_PROGRESS, detail="Xendit has this reference already.")


def charge(api: XenditApi, reader: Reader, request: ChargeRequest) -> PaymentResult:
    """Charge a saved method, unless the attempt was charged already."""
    token_id = token_id_of(request.method.token)
    if token_id is None:
        return _NO_TOKEN
    made = reader.request_of(request.attempt_id)
    if made is not None:
        return _moved_nothing(made) if isinstance(made, PaymentResult) else _earlier(reader, made, request)
    token = _token(api, token_id)
    if isinstance(token, PaymentResult):
        return token
    reply = api.post(REQUESTS, bodies.charge_body(request, token, token_id), key=request.attempt_id)
    if isinstance(reply, Reply) and reply.status in _MADE:
        return _charged(reader, dict_of(reply.body))
    if isinstance(reply, Reply) and (reply.status == DUPLICATE or code_of(reply) == "IDEMPOTENCY_ERROR"):
        return _found_again(reader, request)
    return refusal_of(reply)


def _charged(reader: Reader, raw: Mapping[str, Any]) -> PaymentResult:
    result = payments.of_request(raw)
    if result.outcome is Outcome.DECLINED:
        return payments.of_request(raw, payment=reader.details_of(raw))
    return result


def _earlier(reader: Reader, raw: Mapping[str, Any], request: ChargeRequest) -> PaymentResult:
    """Answer with what became of the attempt's payment, if it is the one that is asked for."""
    if money_of(raw.get("request_amount", raw.get("amount")), raw.get("currency")) != request.money:
        return without_verdict(CONFLICT, payments.request_id_of(raw))
    return reader.settled_request(raw)


def _found_again(reader: Reader, request: ChargeRequest) -> PaymentResult:
    made = reader.request_of(request.attempt_id)
    if made is None:
        return without_verdict(_STILL)
    if isinstance(made, PaymentResult):
        return replace(made, outcome=Outcome.UNKNOWN, transient=False)
    return _earlier(reader, made, request)


def _token(api: XenditApi, token_id: str) -> Mapping[str, Any] | PaymentResult:
    """Read where and how a method was saved; or why it cannot be charged."""
    reply = api.get(f"/v3/payment_tokens/{token_id}")
    if isinstance(reply, Reply) and reply.status == _HTTP_NOT_FOUND:
        return declined(_GONE, "Xendit does not know the payment token.")
    if isinstance(reply, Failure) or reply.status != _HTTP_OK:
        return nothing_sent(reply)
    token = dict_of(reply.body)
    status = text_of(token.get("status"))
    return token if status in _ACTIVE else declined(_GONE, f"The payment token is {status}.")


def _moved_nothing(result: PaymentResult) -> PaymentResult:
    """Read a look-up that failed before a charge: this call moved no money, and the same may work later."""
    unsure = result.outcome is Outcome.UNKNOWN
    return replace(result, outcome=Outcome.ERROR, transient=True) if unsure else result
