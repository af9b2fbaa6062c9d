"""The key that a command seals with: the operator's, else the one that this home keeps."""

from app.cli.home import Home
from app.infra.crypto import Crypto
from app.infra.settings import Settings


def secret_of(settings: Settings) -> str:
    """Return the SECRET_KEY that the running processes have."""
    secret = settings.secret_key.get_secret_value()
    if "secret_key" in settings.model_fields_set:
        return secret
    return Home(settings.home).kept().get("secret_key", secret)


def open_keyring(settings: Settings) -> Crypto:
    """Return the crypto that the running processes have, with the previous keys."""
    previous = tuple(filter(None, settings.secret_keys_previous.get_secret_value().split(",")))
    return Crypto(secret_of(settings), previous=previous)
