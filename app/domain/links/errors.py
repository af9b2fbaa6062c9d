"""What can be wrong with a link, or with paying through it.

TinkoError
├── LinkGoneError               it was good once: `link_used`, `link_expired`, `link_revoked`, `link_superseded`
├── NotFoundError
│   └── LinkInvalidError        unknown, tampered with, foreign: nobody can tell which
└── ConflictError
    ├── LinkStillValidError     a fresh link was asked for, and this one works
    ├── NoContactError          nobody to send a fresh link to
    ├── BeingRetriedError       another charge of the transaction is under way
    ├── StillCheckingError      nobody knows yet whether the failed payment came through after all
    ├── AmountChangedError      the amount is no longer what the payer was shown
    └── TooManyCheckoutsError   the cap per link or per recovery is reached
"""

from app.domain.errors import ConflictError, NotFoundError, TinkoError


class LinkInvalidError(NotFoundError):
    """Not a link of ours, as far as anybody can tell."""

    default_code = "link_invalid"


class LinkGoneError(TinkoError):
    """The link was good once, and its code says why it no longer is."""

    default_code = "link_expired"


class LinkStillValidError(ConflictError):
    """The link works, so no fresh one is sent."""

    default_code = "link_still_valid"


class NoContactError(ConflictError):
    """The payer has no address that a link could be sent to."""

    default_code = "no_contact"


class BeingRetriedError(ConflictError):
    """A charge of the transaction is under way; a second one could charge the payer twice."""

    default_code = "being_retried"


class StillCheckingError(ConflictError):
    """The failed payment may still come through, and its provider cannot say: paying now could be paying twice."""

    default_code = "still_checking"


class AmountChangedError(ConflictError):
    """The amount is no longer what the payer was shown, or what the open payment page asks for."""

    default_code = "amount_changed"


class TooManyCheckoutsError(ConflictError):
    """Payment pages were opened as often as one link, or one recovery, allows."""

    default_code = "too_many_checkouts"
