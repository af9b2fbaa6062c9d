"""What makes a simulator of one provider: its paths, its words, its signatures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from fastapi import APIRouter

from app.simulators.books.database import Conn, Row
from app.simulators.books.errors import BooksError


class Kind(StrEnum):
    """What a change is of, and what an id is made for."""

    PAYMENT = "payment"
    CHECKOUT = "checkout"
    REFUND = "refund"
    DISPUTE = "dispute"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that webhooks may tell of: a row as it is now, and the payment that it belongs to.

    `PAYMENT`: its status changed. `CHECKOUT`: it was paid (`payment` set) or expired (None). `REFUND`: money
    went back. `DISPUTE`: opened, won or lost.
    """

    kind: Kind
    row: Row
    payment: Row | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One webhook; `body` as the provider writes it. `headers` go with it besides the signature."""

    id: str
    type: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One sending of a webhook, to be signed: `body` is what goes over the wire."""

    event_id: str
    type: str
    body: str
    headers: Mapping[str, str]
    secret: str
    at: datetime
    account: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skin:
    """A provider's wire format on the shared books.

    `account_of` finds the account's name in a request's headers (lower-case names), or raises
    `BooksError(UNAUTHORIZED)`; every well-formed name is an account. `events` may read the books. `sign`
    gives the signature's headers. `refuse` says a refusal. `new_id` makes the provider's ids.
    `one_payment_per_checkout`: a declined page is tried again with the same payment.
    """

    name: str
    router: APIRouter
    account_of: Callable[[Mapping[str, str]], str]
    new_id: Callable[[Kind], str]
    events: Callable[[Conn, Change], Sequence[Event]]
    sign: Callable[[Delivery], Mapping[str, str]]
    refuse: Callable[[BooksError], Answer]
    one_payment_per_checkout: bool = False
