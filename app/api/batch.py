"""A body with many failure events: read leniently item by item, recorded in transactions of a bounded size."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

import orjson
from pydantic import ValidationError

from app.api.bodies import BATCH_PATH, refuse_text
from app.api.errors import problem_of
from app.api.idempotency import check_key, fingerprint
from app.api.schemas.events import FailureEventIn
from app.bootstrap import Container
from app.domain.errors import FieldError, InvalidError, TinkoError, TooLargeError
from app.services.ingest import Incoming, Outcome, Recorded, record_group

MOST_ITEMS: Final = 10_000
_PER_TRANSACTION: Final = 1_000
_KEY: Final = "idempotency_key"


class MalformedBatchError(InvalidError):
    """The body is not an array, or not one JSON object a line."""

    default_code = "malformed_batch"


def record_batch(container: Container, *, organization_id: str, body: bytes, lines: bool) -> dict[str, Any]:
    """Record every item that can be; return how each fared, in the body's order.

    Raises `MalformedBatchError` for a body that is no batch, `TooLargeError` for more than 10,000 items.
    """
    raw_items = list(_lines(body) if lines else _elements(body))
    if len(raw_items) > MOST_ITEMS:
        raise TooLargeError(f"A batch holds at most {MOST_ITEMS} events.", code="batch_too_large")
    read = [_read(organization_id, item) for item in raw_items]
    accepted = [item for item in read if isinstance(item, Incoming)]
    outcomes = iter(_record(container, accepted))
    results = [_result(i, next(outcomes) if isinstance(item, Incoming) else item) for i, item in enumerate(read)]
    counts = {status: sum(r["status"] == status for r in results) for status in ("accepted", "replayed", "rejected")}
    return {**counts, "results": results}


def _record(container: Container, items: Sequence[Incoming]) -> Iterator[Outcome]:
    retention = timedelta(hours=container.settings.idempotency_retention_hours)
    for start in range(0, len(items), _PER_TRANSACTION):
        group = items[start : start + _PER_TRANSACTION]
        yield from record_group(
            container.database.begin,
            items=group,
            clock=container.clock,
            retention=retention,
            at_once=container.at_once,
        )


def _elements(body: bytes) -> Iterator[Any]:
    try:
        items = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedBatchError("The body is not valid JSON.") from None
    if not isinstance(items, list):
        raise MalformedBatchError("The body is not an array of events.")
    return iter(items)


def _lines(body: bytes) -> Iterator[Any]:
    for line in body.splitlines():
        if line.strip():
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError:
                yield None


def _read(organization_id: str, item: Any) -> Incoming | TinkoError:
    if not isinstance(item, dict):
        return InvalidError("This item is not a JSON object.", code="malformed_json")
    try:
        plain = orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
        if refuse_text(plain):
            return InvalidError("A text in this item is not storable.")
        key = item.pop(_KEY, None)
        if key is not None:
            key = check_key(str(key))
        event = FailureEventIn.model_validate(item)
    except ValidationError as invalid:
        fields = tuple(FieldError(_pointer(each["loc"]), each["msg"]) for each in invalid.errors())
        return InvalidError("Some fields are not valid.", errors=fields)
    except TinkoError as refusal:
        return refusal
    except (TypeError, orjson.JSONEncodeError):
        return InvalidError("This item is not storable.")
    return Incoming(organization_id, event.as_report(), key, fingerprint("POST", BATCH_PATH, plain) if key else b"")


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join(f"/{part}" for part in location)


def _result(index: int, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Recorded):
        status = "replayed" if outcome.replayed else "accepted"
        return {"index": index, "status": status, "id": orjson.loads(outcome.body)["id"]}
    problem = orjson.loads(bytes(problem_of(outcome, request_id=None).body))
    return {"index": index, "status": "rejected", "problem": problem}
