"""Modules of a checkout: imported, and nothing left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.training.assessment.baselines.checkout import commit_of, import_from


def test_a_module_is_imported_with_its_own_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "__init__.py").write_text("")
    (tmp_path / "inner" / "part.py").write_text("VALUE = 7")
    (tmp_path / "loss_of_theirs.py").write_text("from inner.part import VALUE\n")
    before = set(sys.modules), list(sys.path)
    assert import_from(tmp_path, "loss_of_theirs", "--x", "").VALUE == 7
    assert import_from(tmp_path, "inner.part", "--x", "").VALUE == 7
    assert (set(sys.modules), sys.path) == before
    assert not list(tmp_path.rglob("__pycache__"))


def test_what_is_missing_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--x .*: holds no theirs\.py"):
        import_from(tmp_path, "theirs", "--x", "")
    (tmp_path / "theirs.py").write_text("import not_to_be_found_anywhere")
    with pytest.raises(InputError, match=r"theirs\.py cannot be imported .*not_to_be_found_anywhere.*; install it"):
        import_from(tmp_path, "theirs", "--x", "install it")


def test_a_commit_says_whether_files_have_changed(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == "unknown"

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@y", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-qm", "first")
    head = git("rev-parse", "HEAD")
    assert head.startswith(commit_of(tmp_path))
    assert len(commit_of(tmp_path)) == 10
    (tmp_path / "a").write_text("2")
    assert commit_of(tmp_path) == head[:10] + "+"
    (tmp_path / "copy").mkdir()
    assert commit_of(tmp_path / "copy") == "unknown"
