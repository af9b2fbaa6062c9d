"""Which secrets an account at each provider has, and what each looks like in live and in test mode."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.errors import FieldError, InvalidError
from app.domain.payments.errors import PspUnsupportedError
from app.domain.payments.routing import SANDBOX

_VALUE: Final = re.compile(r"[\x21-\x7e]{4,500}")
_SHOWN: Final = 4
_LONG_ENOUGH: Final = 12


class CredentialsInvalidError(InvalidError):
    """Credentials that an account of this provider, or of this mode, cannot have."""

    default_code = "credentials_invalid"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a credential's value begins with, one of the prefixes of its mode, and whether an account needs it."""

    live: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    required: bool = True


_SECRET_KEY: Final = Credential(live=("sk_live_", "rk_live_"), test=("sk_test_", "rk_test_"))

CREDENTIALS: Final[Mapping[str, Mapping[str, Credential]]] = {
    "stripe": {"secret_key": _SECRET_KEY},
    "razorpay": {"key_id": Credential(live=("rzp_live_",), test=("rzp_test_",)), "key_secret": Credential()},
    # The webhook's id exists only once PayPal knows the account's address here.
    "paypal": {"client_id": Credential(), "client_secret": Credential(), "webhook_id": Credential(required=False)},
    "paymongo": {"secret_key": Credential(live=("sk_live_",), test=("sk_test_",))},
    "xendit": {"secret_key": Credential(live=("xnd_production_",), test=("xnd_development_",))},
    SANDBOX: {"api_key": Credential(test=("sbx_",))},
}
"""The providers that can be connected, with the names of their credentials."""


def check_credentials(psp: str, given: Mapping[str, str], *, live: bool) -> None:
    """Raise `CredentialsInvalidError`, with a pointer per field, unless these are credentials for that mode.

    Raises `PspUnsupportedError` for a provider that cannot be connected; the sandbox cannot in live mode.
    """
    known = CREDENTIALS.get(psp)
    if known is None:
        detail = f"must be one of {', '.join(sorted(CREDENTIALS))}"
        raise PspUnsupportedError(f"psp {detail}.", errors=(FieldError("/psp", detail),))
    if live and psp == SANDBOX:
        detail = "the sandbox moves no money: connect it in a test organization"
        raise CredentialsInvalidError(f"{detail.capitalize()}.", errors=(FieldError("/psp", detail),))
    errors = (*_by_name(known, given), *_by_value(known, given, live=live))
    if errors:
        raise CredentialsInvalidError("Some credentials are not valid for this account.", errors=errors)


def hint(secret: str) -> str:
    """Return what may be shown of a secret: its last four characters, if it is long."""
    return f"…{secret[-_SHOWN:]}" if len(secret) >= _LONG_ENOUGH else "…"


def _by_name(known: Mapping[str, Credential], given: Mapping[str, str]) -> Iterator[FieldError]:
    for name in given.keys() - known.keys():
        pointer = name[:64].replace("~", "~0").replace("/", "~1")
        yield FieldError(f"/credentials/{pointer}", f"this provider's credentials are {', '.join(known)}")
    for name, credential in known.items():
        if credential.required and name not in given:
            yield FieldError(f"/credentials/{name}", "is required")


def _by_value(known: Mapping[str, Credential], given: Mapping[str, str], *, live: bool) -> Iterator[FieldError]:
    for name, value in given.items():
        credential = known.get(name)
        if credential is None:
            continue
        right, wrong = (credential.live, credential.test) if live else (credential.test, credential.live)
        here, there = ("live", "test") if live else ("test", "live")
        if wrong and value.startswith(wrong):
            detail = f"is a {there} key, and this is the {here} organization: connect it in the {there} one"
            yield FieldError(f"/credentials/{name}", detail)
        elif not _VALUE.fullmatch(value):
            yield FieldError(f"/credentials/{name}", "must be 4 to 500 visible ASCII characters")
        elif right and not value.startswith(right):
            yield FieldError(f"/credentials/{name}", f"a {here} key begins with {' or '.join(right)}")
