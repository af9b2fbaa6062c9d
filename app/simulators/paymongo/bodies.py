"""Reads what callers send: `{"data": {"attributes": {...}}}`."""

from collections.abc import Mapping
from typing import Any

from app.simulators.books.errors import invalid


def attributes_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request's attributes; raises `INVALID`."""
    data = body.get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(attributes, dict):
        raise invalid("data.attributes is required.", param="data.attributes")
    return attributes


def amount_of(attributes: Mapping[str, Any], name: str = "amount") -> int:
    """Return an amount in centavos; raises `INVALID`."""
    amount = attributes.get(name)
    if type(amount) is not int or amount <= 0:
        raise invalid(f"{name} should be a positive integer.", param=name)
    return amount


def currency_of(attributes: Mapping[str, Any]) -> str:
    """Return the currency, which is pesos; raises `INVALID`."""
    if attributes.get("currency") != "PHP":
        raise invalid("currency should be PHP.", param="currency")
    return "PHP"


def text_of(attributes: Mapping[str, Any], name: str) -> str:
    """Return a text that must be there; raises `INVALID`."""
    value = attributes.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(f"{name} is required.", param=name)
    return value


def metadata_of(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return the metadata, which holds texts only; raises `INVALID`."""
    metadata = attributes.get("metadata") or {}
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise invalid("metadata values should be strings.", param="metadata")
    return metadata
