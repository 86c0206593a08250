"""Plans' files and what a plan's run left: gone on with, or refused with one line a problem."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from fuzz_helpers import fuzz
from fuzz_mutations import JSON, NAMES, mutated, mutated_json
from hypothesis import given
from hypothesis import strategies as st
from plan_texts import FULL, mutated_plan
from sandbox import sandbox

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.production.schedule import Job
from anomaly_agent.agent.production.worker import Worker

SMALL = """\
output: out
attempts: 1
items:
  plate: {images: photos, types: {stain: 2, scratch: 1}}
  slab: {images: photos, types: {scratch: 1}}
"""


@pytest.fixture(scope="session")
def planned(photo, tmp_path_factory):
    """A folder with plan.yaml, photos/, and in out/ what its run has made; and the first sample, as it is held. Read only."""
    folder = tmp_path_factory.mktemp("planned")
    (folder / "photos").mkdir()
    for name in ("a", "b"):
        shutil.copyfile(photo, folder / "photos" / f"{name}.png")
    (folder / "plan.yaml").write_text(SMALL)
    assert main(["synthesize", "--plan", str(folder / "plan.yaml")]) == 0
    return folder, Worker(read_plan(folder / "plan.yaml")).make(Job(0, 0, 0)).to_bytes()


def photos(folder, photo):
    for name in ("hex_nut/0", "hex_nut/1", "concrete/0"):
        path = folder / "photos" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo, path)
    shutil.copyfile(photo, folder / "region.png")


@fuzz(0.08)
@given(st.one_of(mutated_plan().map(lambda text: text.encode("utf-8", "surrogatepass")), mutated(FULL.encode())))
def test_plans_are_read_or_refused(command, photo, text):
    with sandbox() as folder:
        photos(folder, photo)
        (folder / "plan.yaml").write_bytes(text)
        command("plan", "check", folder / "plan.yaml")
        assert {path.name for path in folder.iterdir()} == {"photos", "region.png", "plan.yaml"}


@fuzz(0.02)
@given(NAMES, NAMES, NAMES)
def test_a_plan_that_was_begun_for_any_folder_can_be_read(command, photo, parent, name, plan):
    with sandbox() as folder:
        source = os.fsencode(folder) + b"/" + raw(parent) + b"/" + raw(name)
        try:
            os.makedirs(source)
            shutil.copyfile(photo, source + b"/a.png")
        except OSError:  # longer than the system allows
            return
        target = folder / "plans" / (plan.replace("/", "_").strip(".") or "x")
        target.parent.mkdir(exist_ok=True)
        if command("plan", "init", os.fsdecode(source), "--plan", target) == 0:
            command("plan", "check", target, codes=(0,))
        else:
            assert not list(target.parent.iterdir())


@fuzz(0.02)
@given(st.lists(NAMES, min_size=1, max_size=3))
def test_pictures_of_any_name(command, photo, names):
    with sandbox() as folder:
        (folder / "photos").mkdir()
        for name in names:
            try:
                shutil.copyfile(photo, os.fsencode(folder / "photos") + b"/" + raw(name) + b".png")
            except OSError:
                return
        (folder / "plan.yaml").write_text("output: out\nitems: {plate: {images: 'photos/*', types: {stain: 1}}}")
        if command("synthesize", "--plan", folder / "plan.yaml") == 0:
            before = {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}
            command("synthesize", "--plan", folder / "plan.yaml", codes=(0,))
            assert before == {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}


@fuzz(0.04)
@given(
    st.data(), st.sampled_from(["plan.json", "summary.json", "plate/settings.json", "plate/trajectories.jsonl", "held"])
)
def test_what_a_run_left_is_gone_on_with_or_refused(command, planned, data, name):
    with sandbox() as folder:
        shutil.copytree(planned[0], folder, dirs_exist_ok=True)
        out = folder / "out"
        if name == "held":
            # The set is empty again, and a sample lies there that is damaged.
            for path in ("plate/trajectories.jsonl", "plate/.held/0-0.zip"):
                (out / path).parent.mkdir(exist_ok=True)
                (out / path).write_bytes(b"")
            (out / "plate/.held/0-0.zip").write_bytes(data.draw(mutated(planned[1])))
        else:
            good = (out / name).read_bytes()
            lines = good.splitlines(keepends=True) if name.endswith("l") else [good]
            at = data.draw(st.integers(0, len(lines) - 1))
            value = data.draw(st.one_of(mutated_json(json.loads(lines[at])), JSON.map(json.dumps)))
            lines[at] = data.draw(
                st.one_of(st.just(value.encode("utf-8", "surrogatepass") + b"\n"), mutated(lines[at]))
            )
            (out / name).write_bytes(b"".join(lines))
        command("synthesize", "--plan", folder / "plan.yaml")
        assert sorted(path.name for path in (folder / "photos").iterdir()) == ["a.png", "b.png"]


def raw(name):
    """A name as the system may have it, in any encoding; one part of a path."""
    data = name.encode("utf-8", "surrogateescape" if "\ud800" not in name else "replace")
    return data.replace(b"/", b"_").strip(b".") or b"x"
