"""Documents say what is: links lead somewhere, and the commands, settings, metrics and rules they name exist."""

import re
from pathlib import Path

import pytest

from app.cli.parser import COMMANDS
from app.db.queries.ops import Gauges
from app.infra.settings import Settings
from app.psp.registry import PROVIDERS
from app.services.outbox import Topic
from app.simulators.sandbox.tokens import SCRIPTS

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
SETTINGS = {str(field.validation_alias) for field in Settings.model_fields.values()}
# Named in capitals, and not settings of Tinko: a code, compose's, the kernel's and make's words.
OTHER_NAMES = {"LANGUAGE_NAMES", "MAC_03", "POSTGRES_PASSWORD", "PR_SET_PDEATHSIG", "PYTEST_ARGS", "TINKO_API"}
EVERY_DOC = pytest.mark.parametrize("path", DOCS, ids=[str(path.relative_to(ROOT)) for path in DOCS])


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code_in(path: Path) -> str:
    """Return what stands in code spans and blocks."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text_of(path), re.DOTALL))


def test_the_readme_names_the_two_commands():
    commands = re.findall(r"^(make [a-z]+) ", text_of(ROOT / "README.md"), re.MULTILINE)
    assert commands == ["make run", "make test"]


@EVERY_DOC
def test_every_relative_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text_of(path))
    for link in (first or second for first, second in links):
        if link.startswith(("http://", "https://")):
            continue
        target, _, anchor = link.partition("#")
        place = (path.parent / target).resolve() if target else path
        assert place.exists(), link
        assert not anchor or anchor in anchors(place), link


@EVERY_DOC
def test_every_setting_that_is_named_exists(path):
    named = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", code_in(path)))
    assert named - SETTINGS - OTHER_NAMES == set()


@EVERY_DOC
def test_every_make_target_that_is_named_exists(path):
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", code_in(path))) <= targets


@EVERY_DOC
def test_every_command_that_is_named_exists(path):
    assert set(re.findall(r"\btinko ([a-z]+)", code_in(path))) <= COMMANDS.keys()


@EVERY_DOC
def test_every_metric_that_is_named_exists(path):
    source = "\n".join(text_of(each) for each in (ROOT / "app").rglob("*.py"))
    words = set(re.findall(r"\btinko_([a-z_]+)", code_in(path)))
    counted = {word for word in words if f'"tinko_{word.removesuffix("_total")}"' in source}
    assert words - counted - set(Gauges._fields) == set()


@EVERY_DOC
def test_every_file_that_is_named_exists(path):
    roots = "app|alembic|docs|tests|domain|infra|db|psp|services|api|tasks|cli|simulators"
    named = set(re.findall(rf"`((?:{roots})/[\w./]+)`", text_of(path)))
    missing = {name for name in named if not (ROOT / name).exists() and not (ROOT / "app" / name).exists()}
    assert missing == set()


@EVERY_DOC
def test_no_document_knows_the_machine_it_was_written_on(path):
    assert re.search(r"(?<![\w.])/(work|root|home|tmp)/", text_of(path)) is None


def test_every_rule_of_the_plan_is_explained():
    source = text_of(ROOT / "app" / "domain" / "recovery" / "plan.py")
    rules = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', source))
    explained = text_of(ROOT / "docs" / "recovery.md")
    assert {rule for rule in rules if f"`{rule}`" not in explained} == set()


def test_every_network_rule_that_is_held_is_named():
    lines = text_of(ROOT / "app" / "domain" / "network_rules" / "data" / "network_rules.csv").splitlines()[1:]
    families = {re.sub(r"[\d-]+$", "", line.split(",")[0]) for line in lines}
    explained = text_of(ROOT / "docs" / "network-rules.md")
    assert {family for family in families if f"`{family}" not in explained} == set()


def test_every_token_of_the_sandbox_is_in_the_readme():
    readme = text_of(ROOT / "README.md")
    assert {token for token in (*SCRIPTS, "pm_sandbox_recovers_on_<n>") if f"`{token}`" not in readme} == set()


def test_every_topic_of_the_outbox_has_advice_for_its_dead_rows():
    runbook = text_of(ROOT / "docs" / "operations.md")
    assert {str(topic) for topic in Topic if f"`{topic}`" not in runbook} == set()


def test_the_readme_admits_which_providers_are_missing():
    none_is_real = set(PROVIDERS) == {"sandbox"}
    assert ("adapters for real payment providers" in text_of(ROOT / "README.md")) is none_is_real


def test_every_decision_is_in_the_index_and_has_the_same_parts():
    index = text_of(ROOT / "docs" / "adr" / "README.md")
    assert [path.name for path in ADRS] == re.findall(r"\((\d{4}[^)]+\.md)\)", index)
    for path in ADRS:
        parts = re.findall(r"^## (.+)$", text_of(path), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives"], path.name
        assert text_of(path).startswith(f"# {path.name[:4]} "), path.name


def test_decisions_fit_on_a_page():
    assert {path.name: len(text_of(path).split()) for path in ADRS if len(text_of(path).split()) > 600} == {}
