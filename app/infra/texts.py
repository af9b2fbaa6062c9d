"""Texts that merchants write: a small part of Jinja2 with a closed list of names, so that nothing else can be said.

Only output, `if` and one level of `for … in items` are allowed: no calls, no arithmetic, no other
attributes. A text is checked when it is saved, by its syntax tree and by rendering it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST: Final = 10_000
FILTERS: Final = frozenset({"length", "lower", "title", "trim", "upper"})
_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.For,
    nodes.Getattr,
    nodes.Filter,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
)


class TextInvalidError(Exception):
    """The text cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a text may name: plain values, and what an entry of `items` has."""

    values: frozenset[str]
    item: frozenset[str] = frozenset()


def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(autoescape=html, undefined=StrictUndefined, keep_trailing_newline=False)
    environment.globals.clear()
    return environment


_PLAIN: Final = _environment(html=False)
_HTML: Final = _environment(html=True)


def check_text(source: str, names: Names) -> frozenset[str]:
    """Return which names a text uses; raises TextInvalidError."""
    if len(source) > LONGEST:
        raise TextInvalidError(f"The text is longer than {LONGEST} characters.")
    try:
        tree = _PLAIN.parse(source)
    except TemplateSyntaxError as error:
        raise TextInvalidError(f"Line {error.lineno}: {error.message}") from None
    except RecursionError:
        raise TextInvalidError("The text nests too deep.") from None
    used: set[str] = set()
    for node in tree.find_all(nodes.Node):
        _check(node, names, _loop_names(tree), used)
    return frozenset(used)


def render_text(source: str, values: Mapping[str, Any], *, html: bool = False) -> str:
    """Fill a text in; raises TextInvalidError. With `html`, values are escaped."""
    try:
        return str(_compiled(source, html).render(**values))
    except (TemplateError, TypeError) as error:
        raise TextInvalidError(f"The text cannot be filled in: {error}") from None


@lru_cache(maxsize=512)
def _compiled(source: str, html: bool) -> Any:  # noqa: FBT001  (a cache's key)
    return (_HTML if html else _PLAIN).from_string(source)


def _loop_names(tree: nodes.Template) -> frozenset[str]:
    return frozenset(loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name))


def _check(node: nodes.Node, names: Names, loops: frozenset[str], used: set[str]) -> None:
    if not isinstance(node, _ALLOWED):
        raise TextInvalidError(f"Line {node.lineno}: {type(node).__name__.lower()} is not allowed in texts.")
    for problem in _problems(node, names, loops):
        raise TextInvalidError(f"Line {node.lineno}: {problem}")
    if isinstance(node, nodes.Name) and node.name in names.values:
        used.add(node.name)


def _problems(node: nodes.Node, names: Names, loops: frozenset[str]) -> Iterator[str]:
    if isinstance(node, nodes.Name):
        if node.name in names.values and node.ctx == "store":
            yield f"{node.name} cannot be set."
        if node.name not in names.values | loops:
            yield f"{node.name} is not known; there are {', '.join(sorted(names.values))}."
    if isinstance(node, nodes.Filter) and (node.name not in FILTERS or node.args or node.kwargs):
        yield f"the filter {node.name} is not known; there are {', '.join(sorted(FILTERS))}."
    if isinstance(node, nodes.Getattr) and not (
        isinstance(node.node, nodes.Name) and node.node.name in loops and node.attr in names.item
    ):
        yield f".{node.attr} is not known; entries of items have {', '.join(sorted(names.item))}."
    if isinstance(node, nodes.For):
        yield from _loop_problems(node)


def _loop_problems(loop: nodes.For) -> Iterator[str]:
    if not (isinstance(loop.iter, nodes.Name) and loop.iter.name == "items"):
        yield "only `for … in items` is allowed."
    if not isinstance(loop.target, nodes.Name) or loop.recursive or loop.test is not None:
        yield "only a plain `for name in items` is allowed."
    if any(True for _ in loop.find_all(nodes.For)):
        yield "loops cannot be nested."
