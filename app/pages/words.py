"""What a page says: one heading and a few sentences for each situation, and why a payment failed, kindly.

The reasons name what the payer can do, and nothing that tells a card tester more than the category.
"""

from typing import Final

from app.domain.links.states import Situation

REASONS: Final = {
    "funds": "Your bank said that there was not enough money available at that moment.",
    "issuer_decline": "Your bank did not approve the payment this time. Another way to pay usually works.",
    "network": "Something between the banks did not work. It was nothing that you did.",
    "auth_timeout": "The payment was not confirmed in time.",
    "upi_pending": "The payment in your UPI app was not completed.",
    "unknown": "The payment did not go through.",
}

HEADINGS: Final = {
    Situation.READY: "Your payment did not go through",
    Situation.CHECKOUT_OPEN: "Your payment page is open",
    Situation.BEING_RETRIED: "Your payment is being tried right now",
    Situation.PAID: "This is already paid",
    Situation.USED: "Thank you, this is paid",
    Situation.CANCELLED: "Nothing to pay",
    Situation.ENDED: "The time for this payment is over",
    Situation.EXPIRED: "This link has expired",
    Situation.REVOKED: "This link is no longer valid",
    Situation.SUPERSEDED: "There is a newer link",
}

SENTENCES: Final = {
    Situation.READY: (),
    Situation.CHECKOUT_OPEN: ("You can go on where you left off. Nothing is charged twice.",),
    Situation.BEING_RETRIED: (
        "Please do not pay a second time. Look again in a few minutes: this page will say what came of it.",
    ),
    Situation.PAID: ("The payment has arrived. You do not need to do anything.",),
    Situation.USED: ("The payment has arrived. You do not need to do anything.",),
    Situation.CANCELLED: ("The merchant no longer asks for this payment. You do not need to do anything.",),
    Situation.ENDED: ("Nothing will be charged. If you still want to pay, please ask the merchant.",),
    Situation.EXPIRED: (
        "Links work for a short time only, to keep you safe.",
        "We can send a fresh one to the address that the merchant has of you.",
    ),
    Situation.REVOKED: ("The merchant has withdrawn it. If you think that is a mistake, please ask the merchant.",),
    Situation.SUPERSEDED: (
        "A fresh link was sent to the address that the merchant has of you. Please use that one, or ask for another.",
    ),
}

INVALID: Final = (
    "This link does not work",
    "Please check that you have opened the whole link, or ask the merchant for a fresh one.",
)
DOWN: Final = "The payment page cannot be opened at the moment. Nothing was charged. Please try again in a minute."
TOO_MANY: Final = "Too many tries were made with this link. Please ask the merchant for another way to pay."
RETRIED: Final = "The payment is being tried right now, so nothing else was started. Please look again in a minute."
SENT: Final = (
    "A fresh link is on its way",
    "It goes to the address that the merchant has of you. You can close this page.",
)
NOT_SENT: Final = "We have no address that a fresh link could be sent to. Please ask the merchant."
TOO_SOON: Final = "A fresh link was sent already. Please wait a little before you ask for another."
BAD_DAY: Final = "Please choose one of the days that are offered."
NOT_MOVED: Final = "The day cannot be changed at the moment. You can still pay now."
CHOSEN_CHARGE: Final = "We will try the payment again on %(day)s. Until then nobody will write to you about it."
CHOSEN_REMINDER: Final = "We will write to you on %(day)s, and not before. Nothing is charged by itself."
DAY_HEADING: Final = "Your day is noted"
WAITING: Final = (
    "We are waiting for your bank",
    "The payment is not confirmed yet. Please do not pay a second time; look again in a few minutes.",
)
NOT_PAID: Final = (
    "Nothing was paid",
    "You left the payment page before the payment was made. You can go on.",
)
