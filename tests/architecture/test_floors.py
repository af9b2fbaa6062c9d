"""The floors hold, and the contracts that say so can tell: on a skeleton of the tree, each break is noticed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.infra.settings import child_environment

ROOT = Path(__file__).parents[2]
LINT = (sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = child_environment({"PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"})
    return subprocess.run(
        [*LINT, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def skeleton(tmp_path):
    """The names of the first floors' modules with nothing in them, under the real contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    house = tmp_path / "app"
    for module in (ROOT / "app").iterdir():
        if module.is_dir() and (module / "__init__.py").exists():
            (house / module.name).mkdir(parents=True)
            (house / module.name / "__init__.py").touch()
        elif module.suffix == ".py":
            house.mkdir(exist_ok=True)
            (house / module.name).touch()
    return tmp_path


def test_every_contract_is_kept():
    result = lint(ROOT)
    assert " 0 broken." in result.stdout, result.stdout
    assert result.returncode == 0


def test_an_empty_skeleton_keeps_every_contract(skeleton):
    assert lint(skeleton).returncode == 0


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("misc/__init__.py", "", "Floors: each imports only floors below it"),
        ("domain/upward.py", "import app.services", "Floors: each imports only floors below it"),
        ("tasks/sideways.py", "import app.api", "Floors: each imports only floors below it"),
        ("domain/outside.py", "import sqlalchemy", "The ground floor knows no outside package"),
        ("services/around.py", "import app.psp", "Services reach providers and channels only through ports"),
        ("services/web.py", "import fastapi", "Services reach providers and channels only through ports"),
        ("simulators/peek.py", "import app.db", "Simulators share no code with what they test"),
        ("api/start.py", "import app.simulators", "Only the doors and the command line start simulators"),
    ],
    ids=["a folder on no floor", "upwards", "sideways", "outside", "past the port", "web", "peeking", "starting"],
)
def test_a_break_is_noticed(skeleton, module, line, contract):
    place = skeleton / "app" / module
    place.parent.mkdir(exist_ok=True)
    place.write_text(line + "\n")
    result = lint(skeleton)
    assert result.returncode == 1, result.stdout
    assert f"{contract} BROKEN" in result.stdout, result.stdout


def test_a_circle_of_siblings_is_noticed(skeleton):
    (skeleton / "app" / "services" / "one.py").write_text("import app.services.two")
    (skeleton / "app" / "services" / "two.py").write_text("import app.services.one")
    result = lint(skeleton)
    assert result.returncode == 1, result.stdout
    assert "Siblings never import each other in a circle BROKEN" in result.stdout, result.stdout
