"""The certificates that PayPal signs webhooks with: fetched from PayPal alone, their chain checked, kept."""

import re
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from app.domain.payments.errors import SignatureInvalidError

LIVE_NAME: Final = "messageverificationcerts.paypal.com"
TEST_NAME: Final = "messageverificationcerts.sandbox.paypal.com"
_HOST: Final = ".paypal.com"
_TEST_HOST: Final = ".sandbox.paypal.com"
_OWN: Final = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,5}paypal\.com")
_PATH: Final = re.compile(r"/v1/notifications/certs/[A-Za-z0-9_.-]{1,100}")
_MOST_KEPT: Final = 64
_MOST_BYTES: Final = 64_000
_FORGET_FAILURE: Final = timedelta(seconds=30)
_MOST_CERTIFICATES: Final = 8

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Source:
    """Where certificates may come from: PayPal, or for a test account the operator's own stand-in for it."""

    live: bool
    api_base: str = ""

    @property
    def is_stand_in(self) -> bool:
        """Tell whether a simulator speaks: where the operator set another host than PayPal's, never for money."""
        return bool(self.api_base) and not self.live and not _host_of(self.api_base).endswith(_HOST)

    def address(self, url: str) -> str:
        """Return where the certificate that a webhook names is read; raises `SignatureInvalidError` if nowhere.

        A stand-in names PayPal's addresses, and serves them itself.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        of_paypal = (
            parts.scheme == "https"
            and port in {None, 443}
            and _OWN.fullmatch(host)
            and not (self.live and host.endswith(_TEST_HOST))
            and parts.netloc.lower() in {host, f"{host}:443"}
        )
        if not of_paypal or not _PATH.fullmatch(parts.path) or parts.query or parts.fragment:
            raise SignatureInvalidError("The webhook's certificate is not at an address of PayPal.")
        return f"{self.api_base.rstrip('/') if self.is_stand_in else f'https://{host}'}{parts.path}"


class CertificateBook:
    """Fetches certificates once and keeps a bounded number; a failure is remembered for half a minute.

    Every use checks the chain anew, at the time of the use.
    """

    def __init__(
        self,
        client: httpx.Client,
        *,
        roots: Callable[[], Sequence[x509.Certificate]] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._roots = roots or system_roots
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._kept: OrderedDict[str, tuple[x509.Certificate, ...]] = OrderedDict()
        self._failed: OrderedDict[str, float] = OrderedDict()

    def key(self, url: str, *, source: Source, now: datetime) -> RSAPublicKey:
        """Return the key of the certificate at that address, valid at `now`; raises `SignatureInvalidError`."""
        leaf, *others = self._chain(source.address(url))
        # A stand-in's own root comes last: who may serve it, on the operator's word, may vouch for it.
        store = Store(others[-1:] or [leaf]) if source.is_stand_in else self._trusted()
        names = (LIVE_NAME,) if source.live else (TEST_NAME, LIVE_NAME)
        if not any(_is_valid(leaf, others, store=store, name=name, now=now) for name in names):
            raise SignatureInvalidError("The webhook's certificate is not PayPal's, or not valid now.")
        key = leaf.public_key()
        if not isinstance(key, RSAPublicKey):
            raise SignatureInvalidError("The webhook's certificate has no RSA key.")
        return key

    def _chain(self, url: str) -> tuple[x509.Certificate, ...]:
        with self._lock:
            kept = self._kept.get(url)
            if kept is None and self._failed.get(url, 0.0) > self._monotonic():
                raise SignatureInvalidError("The webhook's certificate could not be read a moment ago.")
        if kept is not None:
            return kept
        chain = _parsed(self._fetch(url))
        with self._lock:
            if chain:
                _keep(self._kept, url, chain)
            else:
                _keep(self._failed, url, self._monotonic() + _FORGET_FAILURE.total_seconds())
        if not chain:
            raise SignatureInvalidError("The webhook's certificate cannot be read.")
        return chain

    def _fetch(self, url: str) -> bytes:
        body = b""
        try:
            with self._client.stream("GET", url) as response:
                if response.status_code != httpx.codes.OK:
                    return b""
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        return b""
        except (httpx.HTTPError, httpx.InvalidURL):
            return b""
        return body

    def _trusted(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = Store(list(self._roots()))
            return self._store


def system_roots() -> list[x509.Certificate]:
    """Return the roots that every HTTPS call here trusts."""
    roots = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # an old root without a proper serial number
        for raw in httpx.create_ssl_context(trust_env=False).get_ca_certs(binary_form=True):
            try:
                roots.append(x509.load_der_x509_certificate(raw))
            except ValueError:
                continue
    return roots


def _keep(book: OrderedDict[str, _T], url: str, value: _T) -> None:
    book[url] = value
    while len(book) > _MOST_KEPT:
        book.popitem(last=False)


def _parsed(pem: bytes) -> tuple[x509.Certificate, ...]:
    try:
        chain = x509.load_pem_x509_certificates(pem) if pem else []
    except ValueError:
        return ()
    return tuple(chain[:_MOST_CERTIFICATES])


def _is_valid(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], *, store: Store, name: str, now: datetime
) -> bool:
    """Check the chain up to a trusted root, the validity of each part at `now`, and whom the leaf is issued to."""
    verifier = PolicyBuilder().store(store).time(now).build_server_verifier(x509.DNSName(name))
    try:
        verifier.verify(leaf, list(others))
    except (VerificationError, ValueError):
        return False
    return True


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
