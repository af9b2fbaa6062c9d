"""What the pages say: one heading and a few sentences for each situation, and why a payment failed, kindly.

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
    Situation.AMOUNT_CHANGED: "The amount has changed",
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
    Situation.AMOUNT_CHANGED: (
        "A payment page that asks for %(asked)s is still open. Please do not pay there.",
        "It closes by itself at %(time)s at the latest. After that you can pay %(amount)s here.",
    ),
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

CHANGED: Final = "The amount has changed: it was %(told)s when this link was made, and is %(amount)s now."
CHANGED_NOW: Final = "The amount has changed since you opened this page. Nothing was charged; please look at it again."
PAID_OTHER: Final = "%(amount)s was paid. This link had said %(told)s."
ASKS_FIRST: Final = (
    "Your first payment may still come through. We ask your bank before you pay again, so that you do not pay twice."
)
CHECKING: Final = (
    "We are checking with your bank",
    "Your first payment may still come through. Please do not pay a second time; look again in a few minutes.",
)
INVALID: Final = (
    "This link does not work",
    "Please check that you have opened the whole link, or ask the merchant for a fresh one.",
)
DOWN: Final = "The payment page cannot be opened at the moment. Nothing was charged. Please try again in a minute."
TOO_FAST: Final = "That was very often. Please wait a minute before you try again."
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

VERIFY: Final = ("Is this message real?", "Type the code that came with the message.")
REAL: Final = "This message is real"
SENT_BY: Final = "%(merchant)s sent it on %(day)s by %(channel)s."
REAL_ADDRESS: Final = "Its link opens a page whose address begins with %(address)s. Pay nowhere else."
NOT_REAL: Final = (
    "We sent no message with this code",
    "Please check that you typed all eight characters. If you did, do not open the link in the message or pay.",
)
TOO_MANY_CODES: Final = "Too many codes were tried. Please wait a minute."
CHANNELS: Final = {"email": "email", "sms": "SMS", "whatsapp": "WhatsApp"}
STOP: Final = (
    "Stop these messages?",
    "%(merchant)s will not write to this address about failed payments any more, by email, SMS or WhatsApp.",
)
STOPPED: Final = (
    "You will get no more messages",
    "%(merchant)s will not write to this address about failed payments any more.",
)
NO_STOP: Final = (
    "This link is not complete",
    "Please open the whole link from the message. No messages were stopped.",
)
