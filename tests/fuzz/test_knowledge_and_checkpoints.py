"""Notes and checkpoints that somebody edited: read, or refused in one line."""

from __future__ import annotations

import json
import shutil

import pytest
from fuzz_helpers import fuzz
from fuzz_mutations import JSON, NAMES, mutated, mutated_json
from hypothesis import given
from hypothesis import strategies as st
from sandbox import bounded, sandbox

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.policies.trained.policy import SHIPPED, TrainedPolicy, _load
from anomaly_agent.agent.tools.knowledge_retrieval.loading import load_folder

NOTE = "# plate\n\n## stain\nA dark spot. Also called: blot, mark\n\nAlso called: a, b\n"
RECORDS = [{"item": "plate", "anomaly": "stain", "text": "A dark spot.", "synonyms": ["blot"]}]
LINES = st.sampled_from(
    [
        "# ",
        "## ",
        "### x",
        "# plate",
        "## stain",
        "Also called: a, b",
        "Also called:",
        "",
        "text",
        "\ufeff",
        "#",
        "\x85",
    ]
)
NOTES = st.one_of(
    mutated(NOTE.encode()),
    st.lists(st.one_of(LINES, NAMES), max_size=8).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass")),
)
JSONS = st.one_of(
    mutated_json(RECORDS).map(str.encode), mutated(json.dumps(RECORDS).encode()),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.just(b"[" * 100_000), st.just(b"9" * 10_000),
)  # fmt: skip


@fuzz(0.06)
@given(st.one_of(st.tuples(NOTES, st.just("a.md")), st.tuples(JSONS, st.just("a.json"))))
def test_notes(file):
    content, name = file
    with sandbox() as folder, bounded():
        (folder / name).write_bytes(content)
        try:
            entries = load_folder(folder)
        except InputError as error:
            assert "\n" not in str(error) and name in str(error)
        else:
            assert entries and all(entry.item and entry.anomaly and entry.text for entry in entries)


@fuzz(0.02)
@given(st.one_of(st.tuples(NOTES, st.just("a.md")), st.tuples(JSONS, st.just("a.json"))))
def test_synthesize_with_notes(command, photo, file):
    content, name = file
    with sandbox() as folder:
        (folder / "notes").mkdir()
        (folder / "notes" / name).write_bytes(content)
        asked = ["--item", "plate", "--anomaly", "stain", "--count", 1, "--output", folder / "out", "--max-attempts", 1]
        code = command("synthesize", "--images", photo, "--knowledge", folder / "notes", *asked)
        assert code != 2 or not (folder / "out").exists()


CONFIG = json.loads((SHIPPED / "config.json").read_text())
TOKENIZER = json.loads((SHIPPED / "tokenizer.json").read_text())
WEIGHTS = (SHIPPED / "model.safetensors").read_bytes()
HEADER = 8 + int.from_bytes(WEIGHTS[:8], "little")


@st.composite
def changed_file(draw):
    """(name, content) of one file of a checkpoint."""
    name = draw(st.sampled_from(["config.json", "tokenizer.json", "model.safetensors"]))
    if name == "model.safetensors":
        head = draw(mutated(WEIGHTS[:HEADER]))
        return name, draw(st.sampled_from([head + WEIGHTS[HEADER:], head, WEIGHTS[: len(WEIGHTS) // 2], b"\xff" * 200]))
    value = CONFIG if name == "config.json" else TOKENIZER
    text = draw(st.one_of(mutated_json(value), mutated_json(value), mutated(json.dumps(value).encode())))
    return name, text.encode() if isinstance(text, str) else text


@fuzz(0.03)
@given(changed_file())
def test_checkpoints(file):
    name, content = file
    with sandbox() as folder:
        for path in SHIPPED.iterdir():
            if path.name != name:
                (folder / path.name).symlink_to(path)
        (folder / name).write_bytes(content)
        _load.cache_clear()
        talk = Trajectory()
        talk.add_text("system", "You synthesize.")
        try:
            with bounded():
                assert isinstance(TrainedPolicy(folder).next_turn(talk), str)
        except InputError as error:
            assert "\n" not in str(error) and str(error)


@fuzz(0.01)
@given(changed_file())
def test_synthesize_with_a_checkpoint(command, photo, file):
    name, content = file
    with sandbox() as folder:
        shutil.copytree(
            SHIPPED, folder / "policy", copy_function=lambda a, b: None if a.endswith(name) else shutil.copyfile(a, b)
        )
        (folder / "policy" / name).write_bytes(content)
        _load.cache_clear()
        asked = ["--item", "plate", "--anomaly", "stain", "--count", 1, "--output", folder / "out", "--max-attempts", 1]
        code = command(
            "synthesize", "--images", photo, "--policy", "trained", "--checkpoint", folder / "policy", *asked
        )
        assert code != 2 or not (folder / "out").exists()


@pytest.fixture(autouse=True, scope="module")
def clean_cache():
    yield
    _load.cache_clear()
