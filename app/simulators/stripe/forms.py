"""Stripe's form encoding: `a[b][c]=1&d[]=2&e[0][f]=3` is `{"a": {"b": {"c": "1"}}, "d": ["2"], "e": [{"f": "3"}]}`."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl

from app.simulators.books.errors import invalid

_KEY: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART: Final = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST: Final = 6


def decode(body: str) -> dict[str, Any]:
    """Read a form or a query string; raises a refusal for what is none."""
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(body, keep_blank_values=True):
        match = _KEY.fullmatch(key)
        parts = [match[1], *_PART.findall(match[2])] if match else []
        if not parts or len(parts) > _DEEPEST:
            raise invalid(f"Received unknown parameter: {key}", param=key)
        _put(tree, parts, value)
    return {name: _listed(value) for name, value in tree.items()}


def _put(tree: dict[str, Any], parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        below = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(below, dict):
            raise invalid(f"Invalid parameter: {part}", param=part)
        tree = below
    tree[parts[-1] or str(len(tree))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    below = {name: _listed(one) for name, one in value.items()}
    return list(below.values()) if below and all(name.isdigit() for name in below) else below


def fields(form: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a nested object of a form; empty if it is not there."""
    value = form.get(name)
    return value if isinstance(value, dict) else {}


def metadata(form: dict[str, Any]) -> dict[str, str]:
    """Return the metadata of a form."""
    return {name: value for name, value in fields(form, "metadata").items() if isinstance(value, str)}


def integer(form: dict[str, Any], name: str) -> int:
    """Return a whole number of a form; raises a refusal if there is none."""
    value = form.get(name)
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,18}", value):
        raise invalid(f"Invalid integer: {value}", param=name)
    return int(value)


def expands(form: dict[str, Any], name: str) -> bool:
    """Tell whether a form asks for something to be expanded, itself or on the way to something deeper."""
    wanted = form.get("expand")
    paths = [str(one) for one in wanted] if isinstance(wanted, list) else []
    return any(path == name or path.startswith(f"{name}.") for path in paths)
