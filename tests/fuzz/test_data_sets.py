"""Data sets that somebody edited, cut off or made up: exported and curated, or refused in one line; nothing lands outside."""

from __future__ import annotations

import json
import shutil

from fuzz_helpers import fuzz, pixels
from fuzz_mutations import JSON, NAMES, PICTURES, encoded, mutated, mutated_json
from hypothesis import given
from hypothesis import strategies as st
from sandbox import bounded, sandbox

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.dataset.decisions import read_decisions
from anomaly_agent.agent.dataset.reader import list_dataset
from anomaly_agent.agent.dataset.records import read_records
from anomaly_agent.agent.review.session import ReviewSession
from anomaly_agent.training.policy.trajectories.load import load_trajectories

FORMATS = st.sampled_from(["mvtec", "visa", "anomalib", "yolo"])
PICTURE, MASK = encoded(pixels(0, (64, 64, 3)), "PNG"), encoded(pixels(1, (64, 64)), "PNG")


def one_line(read):
    try:
        return read()
    except InputError as error:
        assert str(error) and "\n" not in str(error)
        return None


def lines_of(folder):
    return [json.loads(line) for line in (folder / "trajectories.jsonl").read_text(encoding="utf-8").splitlines()]


@st.composite
def trajectories(draw, lines):
    """A file of records of which one is changed."""
    at = draw(st.integers(0, len(lines) - 1))
    plain = [{**line, "messages": line["messages"][:2]} for line in lines]
    texts = [json.dumps(line).encode() for line in plain]
    texts[at] = draw(
        st.one_of(
            mutated_json(plain[at]).map(lambda text: text.encode("utf-8", "surrogatepass")),
            mutated(texts[at]),
            JSON.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
            st.builds(
                lambda key, name: json.dumps({**plain[at], key: name}).encode(),
                st.sampled_from(["image", "mask", "item", "anomaly_type", "normal_image"]),
                NAMES,
            ),
            st.builds(lambda name: json.dumps({**plain[at], "images": [name, plain[at]["image"]]}).encode(), NAMES),
        )
    )
    return b"\n".join(texts) + b"\n"


@fuzz(0.08)
@given(st.data())
def test_trajectories_are_read_or_refused(small_set, data):
    content = data.draw(trajectories(lines_of(small_set)))
    with sandbox() as folder, bounded():
        (folder / "trajectories.jsonl").write_bytes(content)
        one_line(lambda: read_records(folder))
        one_line(lambda: load_trajectories(folder / "trajectories.jsonl"))


@fuzz(0.03)
@given(st.data(), FORMATS)
def test_sets_with_edited_records_are_exported_or_refused(small_set, command, data, form):
    with sandbox() as folder:
        shutil.copytree(small_set, folder / "plate")
        (folder / "plate" / "trajectories.jsonl").write_bytes(data.draw(trajectories(lines_of(small_set))))
        code = command("export", folder / "plate", "--format", form, "--output", folder / "out")
        assert (folder / "out" / "DATASHEET.md").exists() is (code == 0)
        assert {path.name for path in folder.iterdir()} == {"plate", *(["out"] if code == 0 else [])}
        command("curate", folder / "plate")


@fuzz(0.02)
@given(st.data())
def test_a_run_over_an_edited_set(small_set, command, data):
    """The same command again goes on or refuses, and touches nothing outside, whatever the records name."""
    with sandbox() as folder:
        shutil.copytree(small_set.parent.parent, folder / "x")
        path = folder / "x" / "out" / "plate" / "trajectories.jsonl"
        path.write_bytes(data.draw(trajectories(lines_of(small_set))))
        asked = ["--item", "plate", "--anomaly", "stain", "--count", "3", "--output", folder / "x" / "out"]
        command("synthesize", "--images", folder / "x" / "photos", *asked)
        assert sorted(path.name for path in (folder / "x" / "photos").iterdir()) == ["a.png", "b.png"]


DECISIONS = {
    "version": 1, "revision": 2,
    "decisions": {
        "test/stain/000.png": {"review": {"kept": True, "why": "x"}, "curation": {"kept": False, "why": ""}, "mask": "touched up"}
    },
}  # fmt: skip


@fuzz(0.06)
@given(
    st.one_of(
        mutated_json(DECISIONS).map(lambda t: t.encode("utf-8", "surrogatepass")),
        mutated(json.dumps(DECISIONS).encode()),
    )
)
def test_decisions_are_read_or_refused(content):
    with sandbox() as folder, bounded():
        (folder / "decisions.json").write_bytes(content)
        one_line(lambda: read_decisions(folder))


@fuzz(0.02)
@given(st.data(), st.sampled_from(["settings.json", "decisions.json"]), FORMATS)
def test_sets_with_edited_settings_and_decisions(small_set, command, data, name, form):
    with sandbox() as folder:
        shutil.copytree(small_set, folder / "plate")
        value = DECISIONS if name == "decisions.json" else json.loads((small_set / name).read_text())
        text = data.draw(st.one_of(mutated_json(value), JSON.map(json.dumps)))
        (folder / "plate" / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        command("export", folder / "plate", "--format", form, "--output", folder / "out", "--licence", data.draw(NAMES))
        command("curate", folder / "plate")


FOLDERS = st.sampled_from(
    ["train/good", "test/good", "test/stain", "ground_truth/stain", "rejected/test/stain", "rejected/ground_truth/stain",
     "Data/Images/Normal", "Data/Images/Anomaly", "Data/Masks/Anomaly", "test", "x", "."]
)  # fmt: skip
FILES = st.sampled_from(
    [
        "000.png",
        "000_mask.png",
        "001.jpg",
        "image_anno.csv",
        "trajectories.jsonl",
        "settings.json",
        "decisions.json",
        "a.PNG",
        ".png",
    ]
)
CONTENTS = st.one_of(
    st.just(PICTURE), st.just(MASK), st.just(b""), PICTURES, st.just(None), st.just("link"),
    st.builds(lambda a, b: f"image,label,mask\nData/Images/Anomaly/000.png,{a},{b}\n".encode("utf-8", "replace"), NAMES, NAMES),
)  # fmt: skip


@fuzz(0.04)
@given(st.lists(st.tuples(FOLDERS, FILES, CONTENTS), min_size=1, max_size=7), NAMES, FORMATS)
def test_folders_that_were_made_up(command, files, name, form):
    with sandbox() as folder:
        root = folder / "set"
        for parent, file, content in files:
            path = root / parent / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() or path.is_symlink():
                continue
            if content is None:
                path.mkdir()
            elif content == "link":
                path.symlink_to(path.name)
            else:
                path.write_bytes(content)
        usable = (
            name.strip() and "/" not in name and name not in (".", "..") and len(name.encode("utf-8", "replace")) < 200
        )
        kind = root / "test" / (name.encode("utf-8", "replace").decode() if usable else "plain")
        mask = root / "ground_truth" / kind.name / "000.png"
        for path, content in ((kind / "000.png", PICTURE), (mask, MASK)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        with bounded():
            one_line(lambda: list_dataset(root))
            session = one_line(lambda: ReviewSession(root))
            if session:
                one_line(session.state)
                one_line(lambda: session.touch_up(0, MASK, session.state()["revisions"]["set"]))
        command("curate", root)
        code = command("export", root, "--format", form, "--output", folder / "out")
        assert {path.name for path in folder.iterdir()} == {"set", *(["out"] if code == 0 else [])}
