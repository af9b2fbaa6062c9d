"""What PayMongo's refusals mean: `errors[].{code, sub_code, detail, source}`, else the HTTP status.

Source: developers.paymongo.com, "Errors", "Rate limiting" and "Idempotent requests".
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.domain.classification import FailureSignals, classify
from app.domain.payments.port import Decline, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp import verdicts
from app.psp.lenient import dict_of, list_of, text_of
from app.psp.verdicts import MALFORMED, failure_of_status, without_verdict
from app.psp.wire import Failure, Reply

PROCESSING: Final = "resource_processing_state"
SUCCEEDED: Final = "resource_succeeded_state"
FAILED: Final = "resource_failed_state"
_NOT_FOUND: Final = "resource_not_found"
_ABOUT_THE_REQUEST: Final = ("parameter_", "resource_", "authentication_invalid")
_PSP: Final = "paymongo"
_BAD_REQUEST, _HTTP_NOT_FOUND = 400, 404

_CONFLICT: Final = Failure(Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)


def error_of(reply: Reply) -> Mapping[str, Any]:
    """Return the first error of a reply, an empty one if it has none."""
    errors = list_of(dict_of(reply.body).get("errors"))
    return dict_of(errors[0]) if errors else dict_of(None)


def failure_of(reply: Reply | Failure) -> Failure:
    """Say what a reply without a verdict means: by its code, then its status, then its class."""
    if isinstance(reply, Failure):
        return reply
    error = error_of(reply)
    code = text_of(error.get("code")) or ""
    refused = "idempot" in code and reply.status < 500  # noqa: PLR2004  (HTTP's classes)
    failure = _CONFLICT if refused else failure_of_status(reply.status)
    detail = text_of(error.get("detail")) or f"HTTP {reply.status}"
    return replace(failure, detail=detail[:300], retry_after=reply.retry_after)


def failed_read(reply: Reply | Failure, psp_payment_id: str | None = None) -> PaymentResult:
    """Say of a read that brought nothing: refused for good is an `error`, all else `unknown`."""
    return verdicts.failed_read(failure_of(reply), psp_payment_id)


def refusal_of(reply: Reply, psp_payment_id: str) -> PaymentResult:
    """Read why PayMongo would not charge: declined with its codes, wanting the payer, or without a verdict."""
    error = error_of(reply)
    code, sub_code = text_of(error.get("code")) or "", text_of(error.get("sub_code"))
    word = sub_code or code
    if reply.status not in {_BAD_REQUEST, _HTTP_NOT_FOUND} or not word or "idempot" in code:
        return without_verdict(failure_of(reply), psp_payment_id)
    if code == PROCESSING:
        return without_verdict(replace(MALFORMED, problem=Problem.PENDING, detail=word), psp_payment_id)
    if _wants_the_payer(error, code):
        return PaymentResult(
            Outcome.REQUIRES_ACTION, psp_payment_id=psp_payment_id, status=PaymentStatus.REQUIRES_ACTION
        )
    if money_may_have_moved(word):
        timeout = Failure(Outcome.UNKNOWN, Problem.TIMEOUT, detail=word)
        return without_verdict(timeout, psp_payment_id)
    if sub_code is None and code.startswith(_ABOUT_THE_REQUEST) and code not in {FAILED, _NOT_FOUND}:
        return without_verdict(failure_of(reply), psp_payment_id)
    return PaymentResult(
        Outcome.DECLINED,
        psp_payment_id=psp_payment_id,
        status=PaymentStatus.DECLINED,
        decline=Decline(code=word, message=text_of(error.get("detail"))),
    )


def money_may_have_moved(code: str) -> bool:
    """Tell whether the tables say of a code that the outcome is open, as of `processor_timeout`."""
    return classify(FailureSignals(gateway=_PSP, code=code)).money_may_have_moved


def _wants_the_payer(error: Mapping[str, Any], code: str) -> bool:
    """Tell whether PayMongo asks for what only the payer has: the card's CVC, or a browser to send back."""
    source = dict_of(error.get("source"))
    attribute = text_of(source.get("attribute")) or text_of(source.get("pointer")) or ""
    return code.startswith("parameter_") and attribute.rpartition(".")[2] in {"cvc", "return_url"}
