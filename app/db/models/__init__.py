"""Tables, one module per capability. Importing this package registers all of them."""

from app.db.models.analytics import rollup_deltas, rollups
from app.db.models.failures import FailureEvent, Transaction, UnknownCode
from app.db.models.identity import (
    ApiKey,
    AuditEntry,
    IdempotencyKey,
    Invitation,
    Membership,
    Organization,
    RecoveryCode,
    SignInTries,
    User,
    UserSession,
)
from app.db.models.ledger import LedgerEntry, LedgerLine
from app.db.models.links import Checkout, Link
from app.db.models.network_rules import RuleAttempt
from app.db.models.notify import DeadAddress, Message, MessageTemplate, MessageTemplateVersion, OptOut
from app.db.models.outbox import OutboxMessage
from app.db.models.psp import PaymentReversal, PspAccount, PspEvent, PspPayment, PspReading
from app.db.models.recovery import Attempt, Charge, Policy, PolicyVersion, Recovery, TimelineEntry
from app.db.models.request_log import RequestLogEntry
from app.db.models.rules import PolicyDraft, RuleSet
from app.db.models.views import Onboarding, SavedView

__all__ = [
    "ApiKey",
    "Attempt",
    "AuditEntry",
    "Charge",
    "Checkout",
    "DeadAddress",
    "FailureEvent",
    "IdempotencyKey",
    "Invitation",
    "LedgerEntry",
    "LedgerLine",
    "Link",
    "Membership",
    "Message",
    "MessageTemplate",
    "MessageTemplateVersion",
    "Onboarding",
    "OptOut",
    "Organization",
    "OutboxMessage",
    "PaymentReversal",
    "Policy",
    "PolicyDraft",
    "PolicyVersion",
    "PspAccount",
    "PspEvent",
    "PspPayment",
    "PspReading",
    "Recovery",
    "RecoveryCode",
    "RequestLogEntry",
    "RuleAttempt",
    "RuleSet",
    "SavedView",
    "SignInTries",
    "TimelineEntry",
    "Transaction",
    "UnknownCode",
    "User",
    "UserSession",
    "rollup_deltas",
    "rollups",
]
