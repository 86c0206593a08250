"""The digest of what decides the samples follows their code, and nothing else."""

import shutil
from pathlib import Path

import pytest

from anomaly_agent.agent import program


@pytest.mark.parametrize(
    ("changed", "follows"),
    [
        ("defects/families.py", True),
        ("tools/knowledge_retrieval/packaged/new.md", True),
        ("policies/trained/checkpoint/weights.bin", True),
        ("dataset/samples.py", True),
        ("loop.py", True),
        ("cli/main.py", False),
        ("dataset/report.py", False),
        ("defects/__pycache__/families.pyc", False),
    ],
)
def test_it_follows_what_samples_are_made_with(tmp_path, monkeypatch, changed, follows):
    code = Path(program.__file__).parent
    for part in ("defects", "tools", "dataset", "cli"):
        shutil.copytree(code / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path in code.glob("*.py"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(program, "__file__", str(tmp_path / "program.py"))

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
