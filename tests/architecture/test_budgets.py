"""Budgets: small files, short functions, exceptions with a name, fakes instead of patches, no notes to self."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_FILE = {"app": 400, "scripts": 400, "tests": 600}
LONGEST_FUNCTION = 60
MOST_PUBLIC_FUNCTIONS = 20
Function = ast.FunctionDef | ast.AsyncFunctionDef

# What may be set in a test: the environment, where settings are read from it.
MAY_BE_SET = {"setenv", "delenv", "chdir"}
PATCHES = re.compile(r"\bunittest\.mock\b|\bmock\.patch\b|\bmocker\b|\bMagicMock\b")
LEFT_FOR_LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME)\b")
BARE = re.compile(r"type:\s*ignore(?!\[)|noqa(?!: *[A-Z]+[0-9]+)")
# `noqa` in the middle of prose is prose: an exception stands right after the hash.
EXCEPTION = re.compile(r"#\s*(type:\s*ignore|noqa)")


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_no_file_is_longer_than_its_budget():
    long = {
        name(path): lines
        for folder, most in LONGEST_FILE.items()
        for path in sources(folder)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > most
    }
    assert long == {}


def test_no_function_is_longer_than_sixty_lines():
    long = {
        f"{name(path)}:{node.name}": length
        for path in sources("app", "scripts", "tests")
        for node in functions(path)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_service_module_has_more_than_twenty_public_functions():
    broad = {
        name(path): count
        for path in sources("app/services")
        if (
            count := sum(
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
                for node in tree(path).body
            )
        )
        > MOST_PUBLIC_FUNCTIONS
    }
    assert broad == {}


def test_every_exception_to_a_rule_names_the_rule():
    bare = [
        f"{name(path)}:{line}"
        for path in sources("app", "alembic", "scripts", "tests")
        for line, comment in comments(path)
        if EXCEPTION.search(comment) and BARE.search(comment)
    ]
    assert bare == []


def test_nothing_is_patched_in_tests():
    patched = [
        f"{name(path)}:{number}"
        for path in sources("tests")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if PATCHES.search(line)
    ]
    assert patched == []


def test_monkeypatch_sets_nothing_but_the_environment():
    misused = [
        f"{name(path)}:{node.lineno}"
        for path in sources("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "monkeypatch"
        and node.attr not in MAY_BE_SET
    ]
    assert misused == []


def test_nobody_leaves_a_note_for_later():
    suffixes = {".py", ".md", ".mako", ".yml", ".toml"}
    paths = [path for folder in ("app", "alembic", "docs", "scripts", "tests") for path in (ROOT / folder).rglob("*")]
    notes = [
        f"{name(path)}:{number}"
        for path in [*paths, *ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]
        if path.suffix in suffixes or path.name == "Makefile"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if LEFT_FOR_LATER.search(line)
    ]
    assert notes == []


def test_test_folders_are_no_packages():
    """With `--import-mode=importlib` an `__init__.py` would let two tests of one name shadow each other."""
    assert [name(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_the_migrations_folder_does_not_shadow_the_library():
    assert not (ROOT / "alembic" / "__init__.py").exists()
