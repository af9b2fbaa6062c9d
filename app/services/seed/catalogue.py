"""What fails, where and how often: gateways, their currencies and codes.

`recovers` are shares of failures that come back in the end. They follow published figures for subscription
merchants: about half of all, insufficient funds most often, lost and stolen cards seldom, technical failures well.
"""

from dataclasses import dataclass
from typing import Final

from app.services.seed.dice import Bag


@dataclass(frozen=True, slots=True)
class Failure:
    """One way to fail, as the provider words it. `recovers` is the share that comes back."""

    code: str
    message: str
    recovers: float


@dataclass(frozen=True, slots=True)
class Rail:
    """One kind of payment method at one gateway: what it fails of, what its ids and saved methods begin with."""

    gateway: str
    method: str
    brands: tuple[str, ...]
    payment: str
    token: str
    currencies: Bag[str]
    failures: Bag[Failure]
    chargeable: float = 0.85
    """The share of payers whose method is saved."""


MIDDLE_AMOUNTS: Final = {"INR": 89_900, "PHP": 95_000, "IDR": 24_900_000, "USD": 3_900, "EUR": 3_400, "JPY": 4_800}
"""What a payment is around, in minor units."""
STEPS: Final = {"INR": 100, "PHP": 100, "IDR": 100_000, "USD": 50, "EUR": 50, "JPY": 10}
"""Prices are multiples of these."""

_NO_FUNDS, _HONOR = "The account has insufficient funds.", "The bank declined the payment without a reason."
_EXPIRED, _LOST = "The card has expired.", "The card was reported lost."
_TECHNICAL, _AUTH = "The bank's system could not be reached.", "The payer did not complete authentication."

_STRIPE: Final = Rail(
    "stripe", "card", ("visa", "mastercard", "amex"), "pi_", "pm_", Bag((5, "USD"), (4, "EUR"), (1, "JPY")),
    Bag(
        (34, Failure("insufficient_funds", _NO_FUNDS, 0.62)),
        (15, Failure("expired_card", _EXPIRED, 0.55)),
        (13, Failure("do_not_honor", _HONOR, 0.36)),
        (11, Failure("generic_decline", _HONOR, 0.42)),
        (8, Failure("processing_error", _TECHNICAL, 0.78)),
        (8, Failure("authentication_required", _AUTH, 0.6)),
        (4, Failure("issuer_not_available", _TECHNICAL, 0.8)),
        (4, Failure("lost_card", _LOST, 0.24)),
        (3, Failure("card_velocity_exceeded", "The card's limit was reached.", 0.6)),
    ),
)  # fmt: skip
_RAZORPAY_UPI: Final = Rail(
    "razorpay", "upi", (), "pay_", "token_", Bag((1, "INR")),
    Bag(
        (30, Failure("upi:insufficient_funds", _NO_FUNDS, 0.6)),
        (24, Failure("payment_pending", "The payment is still being processed.", 0.74)),
        (16, Failure("upi:payment_timed_out", "The payment was not confirmed in time.", 0.7)),
        (14, Failure("payment_collect_request_expired", "The collect request expired.", 0.58)),
        (9, Failure("upi:bank_technical_error", _TECHNICAL, 0.76)),
        (6, Failure("upi:mandate_cancelled", "The payer cancelled the mandate.", 0.2)),
        (1, Failure("order_already_paid", "The order was paid already.", 0.3)),
    ),
    0.5,
)  # fmt: skip
_RAZORPAY_CARD: Final = Rail(
    "razorpay", "card", ("visa", "mastercard", "rupay"), "pay_", "token_", Bag((1, "INR")),
    Bag(
        (30, Failure("insufficient_funds", _NO_FUNDS, 0.58)),
        (18, Failure("payment_timed_out", _AUTH, 0.6)),
        (14, Failure("incorrect_otp", _AUTH, 0.62)),
        (14, Failure("card_declined", _HONOR, 0.38)),
        (12, Failure("gateway_technical_error", _TECHNICAL, 0.78)),
        (12, Failure("card_expired", _EXPIRED, 0.52)),
    ),
    0.75,
)  # fmt: skip
_PAYPAL: Final = Rail(
    "paypal", "wallet", (), "", "vault-", Bag((3, "EUR"), (3, "USD")),
    Bag(
        (30, Failure("5120", _NO_FUNDS, 0.6)),
        (28, Failure("INSTRUMENT_DECLINED", _HONOR, 0.44)),
        (16, Failure("PAYER_ACTION_REQUIRED", _AUTH, 0.6)),
        (14, Failure("0500", _HONOR, 0.35)),
        (12, Failure("5400", _EXPIRED, 0.5)),
    ),
)  # fmt: skip
_PAYMONGO: Final = Rail(
    "paymongo", "card", ("visa", "mastercard"), "pay_", "pm_", Bag((1, "PHP")),
    Bag(
        (34, Failure("insufficient_funds", _NO_FUNDS, 0.57)),
        (20, Failure("generic_decline", _HONOR, 0.38)),
        (14, Failure("processor_timeout", _TECHNICAL, 0.72)),
        (12, Failure("authentication_failed", _AUTH, 0.56)),
        (12, Failure("expired_card", _EXPIRED, 0.5)),
        (8, Failure("lost_card", _LOST, 0.22)),
    ),
    0.7,
)  # fmt: skip
_XENDIT: Final = Rail(
    "xendit", "card", ("visa", "mastercard", "jcb"), "py-", "pm-", Bag((3, "IDR"), (2, "PHP")),
    Bag(
        (32, Failure("INSUFFICIENT_BALANCE", _NO_FUNDS, 0.55)),
        (20, Failure("DECLINED_BY_ISSUER", _HONOR, 0.37)),
        (14, Failure("ISSUER_UNAVAILABLE", _TECHNICAL, 0.76)),
        (14, Failure("USER_DID_NOT_AUTHORIZE", _AUTH, 0.55)),
        (12, Failure("EXPIRED_CARD", _EXPIRED, 0.48)),
        (8, Failure("STOLEN_CARD", "The card was reported stolen.", 0.2)),
    ),
    0.7,
)  # fmt: skip

RAILS: Final = Bag(
    (26, _RAZORPAY_UPI), (18, _RAZORPAY_CARD), (24, _STRIPE), (9, _PAYPAL), (13, _PAYMONGO), (10, _XENDIT)
)
GATEWAYS: Final = ("stripe", "razorpay", "paypal", "paymongo", "xendit")

NEW_CODES: Final = Bag(
    (3, Failure("acct_frozen_by_core", "Declined by core banking rule 7.", 0.35)),
    (2, Failure("zz9_unmapped", "ZZ9", 0.3)),
    (1, Failure("wallet_tier_exceeded", "Upgrade the wallet to pay this.", 0.4)),
)
"""Codes that no table has."""
UNKNOWN_SHARE: Final = 0.02
