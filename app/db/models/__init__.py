"""Tables, one module per capability. Importing this package registers all of them."""

from app.db.models.failures import FailureEvent, Transaction, UnknownCode
from app.db.models.identity import ApiKey, AuditEntry, IdempotencyKey, Membership, Organization, User, UserSession
from app.db.models.ledger import LedgerEntry, LedgerLine
from app.db.models.links import Checkout, Link
from app.db.models.network_rules import RuleAttempt
from app.db.models.notify import DeadAddress, Message, MessageTemplate, MessageTemplateVersion, OptOut
from app.db.models.outbox import OutboxMessage
from app.db.models.psp import PaymentReversal, PspAccount, PspEvent, PspPayment, PspReading
from app.db.models.recovery import Attempt, Charge, Policy, PolicyVersion, Recovery, TimelineEntry

__all__ = [
    "ApiKey",
    "Attempt",
    "AuditEntry",
    "Charge",
    "Checkout",
    "DeadAddress",
    "FailureEvent",
    "IdempotencyKey",
    "LedgerEntry",
    "LedgerLine",
    "Link",
    "Membership",
    "Message",
    "MessageTemplate",
    "MessageTemplateVersion",
    "OptOut",
    "Organization",
    "OutboxMessage",
    "PaymentReversal",
    "Policy",
    "PolicyVersion",
    "PspAccount",
    "PspEvent",
    "PspPayment",
    "PspReading",
    "Recovery",
    "RuleAttempt",
    "TimelineEntry",
    "Transaction",
    "UnknownCode",
    "User",
    "UserSession",
]
