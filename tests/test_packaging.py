"""What the wheel holds: all that the code opens, and nothing else."""

from __future__ import annotations

import importlib
import re
import runpy
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import setuptools
from PIL import Image
from trl import GRPOTrainer

import anomaly_agent
from anomaly_agent.training.policy.grpo.trainer import GroupTrainer

ROOT = Path(anomaly_agent.__file__).resolve().parent
SHIPPED = ("agent", "nodes", "training")
# A file beside a module, as the code names it: with_name("x"), .parent / "x".
BESIDE = re.compile(r'Path\(__file__\)(?:\.with_name\(|\.parent / )"([^"]+)"')


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What setup.py hands to setuptools."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", lambda **arguments: given.update(arguments))
    monkeypatch.chdir(ROOT)
    runpy.run_path("setup.py")
    return given


def holds(found: dict[str, Any], path: Path) -> bool:
    """Whether the wheel has a file of the checkout."""
    package = ".".join(("anomaly_agent", *path.relative_to(ROOT).parent.parts))
    if package not in found["packages"]:
        return False
    patterns = (*found["package_data"].get(package, ()), *found["package_data"].get("", ()))
    return path.suffix == ".py" or any(fnmatch(path.name, pattern) for pattern in patterns)


def test_every_module_and_every_file_beside_one_is_in_the_wheel(found: dict[str, Any]) -> None:
    files = [path for top in SHIPPED for path in (ROOT / top).rglob("*") if path.is_file()]
    files = [path for path in files if "__pycache__" not in path.parts]
    assert len([path for path in files if path.suffix == ".py"]) > 200
    assert [str(path) for path in files if not holds(found, path)] == []


def test_every_file_that_the_code_opens_is_there_and_in_the_wheel(found: dict[str, Any]) -> None:
    opened = [
        path.parent / name
        for top in SHIPPED
        for path in (ROOT / top).rglob("*.py")
        for name in BESIDE.findall(path.read_text(encoding="utf-8"))
    ]
    names = {path.name for path in opened}
    assert {"checkpoint", "packaged", "page", "configs", "report.html.j2", "vision_language.jinja"} <= names
    for path in opened:
        inside = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
        assert inside and all(file.is_file() and holds(found, file) for file in inside), path


def test_nothing_else_is_in_the_wheel(found: dict[str, Any]) -> None:
    tops = {name.split(".")[1] for name in found["packages"] if name != "anomaly_agent"}
    assert tops == set(SHIPPED)
    assert not any(word in name for name in found["packages"] for word in ("test", "pycache", "build", "egg"))
    assert all(name.isidentifier() for package in found["packages"] for name in package.split("."))
    assert not {"", "anomaly_agent"} & set(found["package_data"])  # else the checkout's README and settings go along
    assert found["script_name"] == "setup.py"


@pytest.fixture
def project() -> dict[str, Any]:
    tomllib = pytest.importorskip("tomllib", reason="tomllib is of Python 3.11")
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_command_of_the_wheel_is_there(project: dict[str, Any]) -> None:
    commands = [*project["project"]["scripts"].values()]
    commands += project["project"]["entry-points"]["anomaly_agent.commands"].values()
    assert len(commands) == 4
    for command in commands:
        module, _, name = command.partition(":")
        assert callable(getattr(importlib.import_module(module), name)), command


def test_the_registrys_icon_is_a_small_square_in_the_repository(project: dict[str, Any]) -> None:
    repository, icon = project["project"]["urls"]["Repository"], project["tool"]["comfy"]["Icon"]
    address = f"{repository.replace('https://github.com/', 'https://raw.githubusercontent.com/')}/main/"
    assert icon.startswith(address)
    with Image.open(ROOT / icon.removeprefix(address)) as picture:
        assert picture.width == picture.height <= 400


def test_the_host_keeps_its_own_libraries() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    needed = [line for line in lines if line and not line.startswith("#")]
    assert needed and all(re.fullmatch(r"[a-z0-9-]+>=[0-9.]+", line) for line in needed), needed


def test_private_members_that_are_overridden_are_there_and_their_library_is_bounded(project: dict[str, Any]) -> None:
    overridden = [name for name, value in vars(GroupTrainer).items() if re.match("_[a-z]", name) and callable(value)]
    assert len(overridden) >= 2 and all(callable(getattr(GRPOTrainer, name)) for name in overridden)
    (bound,) = (line for line in project["project"]["optional-dependencies"]["train"] if line.startswith("trl"))
    assert re.fullmatch(r"trl>=[0-9.]+,<[0-9.]+", bound)
