"""Migrations go up, down and up again, and end where the models are."""

import re
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from alembic import command
from app.db.base import Base
from app.domain.notify.states import MESSAGE_TRANSITIONS
from app.domain.recovery.states import ATTEMPT_TRANSITIONS, RECOVERY_TRANSITIONS
from tests.conftest import ROOT, connect

CONSTRAINTS = """
    SELECT r.relname, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
    JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
    WHERE n.nspname = 'public' AND c.contype <> 't' AND r.relname <> 'alembic_version'
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
LEFT_OVER = """
    SELECT 'relation ' || relname FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
    WHERE n.nspname = 'public' AND relname NOT IN ('alembic_version', 'alembic_version_pkc')
    UNION ALL
    SELECT 'function ' || proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public'
"""
TRIGGERS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
FUNCTION = "SELECT prosrc FROM pg_proc WHERE proname = %s"


def alembic_on(url: str) -> Config:
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    return config


def rows(url: str, query: str, *parameters: str) -> set[tuple]:
    with connect(url) as connection:
        return set(connection.execute(query, parameters).fetchall())


def test_there_is_one_head():
    assert len(ScriptDirectory.from_config(alembic_on("")).get_heads()) == 1


def test_migrations_go_up_down_and_up_again(empty_database_url):
    config = alembic_on(empty_database_url)
    command.upgrade(config, "head")
    once = rows(empty_database_url, INDEXES) | rows(empty_database_url, TRIGGERS)
    command.downgrade(config, "base")
    assert rows(empty_database_url, LEFT_OVER) == set()
    command.upgrade(config, "head")
    assert rows(empty_database_url, INDEXES) | rows(empty_database_url, TRIGGERS) == once


def test_alembic_finds_nothing_that_the_models_have_and_the_migrations_lack(new_database_url):
    command.check(alembic_on(new_database_url))


@pytest.mark.parametrize("query", [COLUMNS, CONSTRAINTS, INDEXES], ids=["columns", "constraints", "indexes"])
def test_the_migrated_schema_is_the_models_to_the_letter(new_database_url, empty_database_url, query):
    """Alembic compares neither check constraints nor the predicates of partial indexes; PostgreSQL's words do."""
    engine = create_engine(empty_database_url)
    Base.metadata.create_all(engine)
    engine.dispose()
    assert rows(new_database_url, query) == rows(empty_database_url, query)


@pytest.mark.parametrize(
    ("table", "transitions"),
    [("recoveries", RECOVERY_TRANSITIONS), ("attempts", ATTEMPT_TRANSITIONS), ("messages", MESSAGE_TRANSITIONS)],
)
def test_the_database_permits_the_transitions_of_the_ground_floor_and_no_other(new_database_url, table, transitions):
    ((source,),) = rows(new_database_url, FUNCTION, f"{table}_refuse_transition")
    permitted = set(re.findall(r"\('(\w+)', '(\w+)'\)", source))
    assert permitted == {(str(before), str(after)) for before, every in transitions.items() for after in every}


def test_tables_of_facts_are_append_only(new_database_url):
    guarded = {table for table, trigger in rows(new_database_url, TRIGGERS) if trigger.endswith("_append_only")}
    assert guarded == {"failure_events", "timeline", "audit_log", "ledger_entries", "ledger_lines"}


def test_every_migration_bounds_how_long_it_waits_and_runs():
    for script in ScriptDirectory.from_config(alembic_on("")).walk_revisions():
        text = Path(script.path).read_text(encoding="utf-8")
        for direction in ("upgrade", "downgrade"):
            body = text.split(f"def {direction}() -> None:")[1]
            assert body.lstrip().startswith("op.execute(\"SET LOCAL lock_timeout = '4s'\")"), script.path
