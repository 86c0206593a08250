"""The digest of what decides the samples follows their code, and nothing else."""

import shutil
from pathlib import Path

import pytest

from anomaly_agent.agent.core import program


@pytest.mark.parametrize(
    ("changed", "follows"),
    [
        ("defects/naming.py", True),
        ("tools/knowledge_retrieval/packaged/new.md", True),
        ("policies/trained/checkpoint/weights.bin", True),
        ("dataset/samples.py", True),
        ("loop/episode.py", True),
        ("cli/main.py", False),
        ("dataset/report.py", False),
        ("defects/__pycache__/naming.pyc", False),
    ],
)
def test_it_follows_what_samples_are_made_with(tmp_path, monkeypatch, changed, follows):
    code = Path(program.__file__).parents[1]
    for part in ("core", "defects", "loop", "tools", "dataset", "cli"):
        shutil.copytree(code / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(program, "__file__", str(tmp_path / "core" / "program.py"))

    def digest():
        program.samples_digest.cache_clear()
        return program.samples_digest()

    before = digest()
    assert len(before) == 16 and digest() == before
    path = tmp_path / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write("# changed")
    assert (digest() != before) is follows
    program.samples_digest.cache_clear()
