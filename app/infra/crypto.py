"""Secrets at rest: hashing of high-entropy tokens, sealing with AES-256-GCM, and keys derived for other uses.

A sealed value is `version (1) · key id (4) · nonce (12) · ciphertext and tag`. The key id says which
secret sealed it, so that SECRET_KEY can be changed while the previous one still opens old values.
"""

import hashlib
import hmac
import os
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = b"\x01"
_KEY_ID_END: Final = 5
_NONCE_END: Final = 17


class SealBrokenError(Exception):
    """A sealed value was changed, belongs elsewhere, or was sealed with a key that is not configured."""


def hash_secret(secret: str) -> bytes:
    """Return the SHA-256 of a token of at least 128 random bits (never of a password)."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def same(left: bytes, right: bytes) -> bool:
    """Compare in a time that does not tell where they differ."""
    return hmac.compare_digest(left, right)


def derive_key(secret: str, purpose: str) -> bytes:
    """Return 32 bytes that are good for one purpose only (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"tinko/{purpose}".encode()).derive(secret.encode())


class Crypto:
    """Seals and opens small values with keys derived from the process's secret."""

    def __init__(self, secret_key: str, *, previous: tuple[str, ...] = ()) -> None:
        self._secrets = (secret_key, *previous)
        self._ciphers: dict[bytes, AESGCM] = {}
        for secret in self._secrets:
            key = derive_key(secret, "seal")
            self._ciphers[hashlib.sha256(key).digest()[:4]] = AESGCM(key)
        self._current = next(iter(self._ciphers))

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that name the newest key in whatever it seals."""
        return self._current

    def keys_for(self, purpose: str) -> tuple[bytes, ...]:
        """Return the derived keys for that purpose, the current one first."""
        return tuple(derive_key(secret, purpose) for secret in self._secrets)

    def seal(self, plain: bytes, *, about: str) -> bytes:
        """Encrypt; `about` names the place of the value (such as its row), and must be the same at `open`."""
        nonce = os.urandom(12)
        return _VERSION + self._current + nonce + self._ciphers[self._current].encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, *, about: str) -> bytes:
        """Decrypt; raises SealBrokenError."""
        cipher = self._ciphers.get(sealed[1:_KEY_ID_END]) if sealed[:1] == _VERSION else None
        if cipher is None:
            raise SealBrokenError("sealed with a key that is not configured")
        try:
            return cipher.decrypt(sealed[_KEY_ID_END:_NONCE_END], sealed[_NONCE_END:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError("changed, cut short, or moved from elsewhere") from error

    def seal_json(self, value: Any, *, about: str) -> bytes:
        """Seal a JSON value."""
        return self.seal(orjson.dumps(value), about=about)

    def open_json(self, sealed: bytes, *, about: str) -> Any:
        """Open what `seal_json` sealed; raises SealBrokenError."""
        return orjson.loads(self.open(sealed, about=about))
