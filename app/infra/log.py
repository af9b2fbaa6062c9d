"""Logs: one JSON object per line, with the context of the request or task, and without secrets."""

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, Final

import orjson
import sentry_sdk
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.infra.settings import Settings

MASK: Final = "***"
_SECRET_KEYS: Final = re.compile(
    r"authorization|cookie|api[-_]?key|secret|token|password|credential|signature|private[-_]?key|dsn|card[-_]?number|cvc|cvv",
    re.IGNORECASE,
)
_CONTACT_KEYS: Final = re.compile(r"^(.*_)?(email|phone|mobile|msisdn|contact|full_name|address)$", re.IGNORECASE)
# Secrets that slipped into a sentence: our keys, providers' keys, bearer headers, JWTs, passwords in URLs.
_SECRET_TEXT: Final = re.compile(
    r"\b(?:tk_(?:live|test)|tk[irs]|sk_(?:live|test)|rk_(?:live|test)|whsec|sbx|rzp_(?:live|test))_[A-Za-z0-9_=+/-]{6,}"
    r"|(?i:\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
)
_DEEPEST: Final = 6
# Keys whose names look secret, and whose values are not.
_HARMLESS: Final = frozenset({"api_key_id", "tokens", "key_id"})


def mask(value: Any, *, depth: int = 0) -> Any:
    """Return the value with secrets and contacts replaced, by name of key and by shape of text."""
    if isinstance(value, str):
        return _SECRET_TEXT.sub(MASK, value)
    if depth >= _DEEPEST:
        return MASK if isinstance(value, dict | list | tuple) else value
    if isinstance(value, dict):
        return {str(key): _masked_entry(str(key), item, depth) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask(item, depth=depth + 1) for item in value]
    return value


def _masked_entry(key: str, item: Any, depth: int) -> Any:
    if item is None or isinstance(item, bool) or key in _HARMLESS:
        return item
    if _SECRET_KEYS.search(key):
        return MASK
    if _CONTACT_KEYS.match(key):
        return _masked_contact(item)
    return mask(item, depth=depth + 1)


def _masked_contact(item: Any) -> str:
    text = str(item)
    return f"{text[:1]}{MASK}@{text.rpartition('@')[2]}" if "@" in text else MASK


def mask_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask a whole log entry: the structlog processor."""
    return {key: _masked_entry(key, item, 0) for key, item in event.items()}


def _to_json(event: Any, **options: Callable[[Any], Any]) -> str:
    return orjson.dumps(event, default=options.get("default", str)).decode()


def configure_logging(settings: Settings) -> None:
    """Send structlog and the standard library's logs to stderr, in one format; call once per process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_to_json)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def bind(**facts: str | None) -> None:
    """Add facts (organization, recovery, attempt...) to every later log line of this request or task."""
    structlog.contextvars.bind_contextvars(**{key: value for key, value in facts.items() if value is not None})


def _scrub(event: MutableMapping[str, Any], _hint: dict[str, Any]) -> MutableMapping[str, Any]:
    event.pop("request", None)
    event.pop("user", None)
    for group in ("extra", "contexts", "breadcrumbs", "exception"):
        if group in event:
            event[group] = mask(event[group], depth=-_DEEPEST)
    return event


def report_error(error: BaseException) -> None:
    """Send an unexpected error to Sentry, if it was started."""
    sentry_sdk.capture_exception(error)


def start_sentry(settings: Settings) -> bool:
    """Report unexpected errors to Sentry when SENTRY_DSN is set: no personal data, bodies or local variables."""
    dsn = settings.sentry_dsn.get_secret_value()
    if not dsn:
        return False
    sentry_sdk.init(
        dsn=dsn,
        environment=settings.env,
        max_request_body_size="never",
        include_local_variables=False,
        before_send=_scrub,  # type: ignore[arg-type]  # the SDK's Event is a TypedDict that we only thin out
    )
    return True
