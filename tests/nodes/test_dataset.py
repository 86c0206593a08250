"""Save and Load Anomaly Dataset: what is saved comes back, numbers go on, and nothing is written over."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from host_stand_in import run
from PIL import Image

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.dataset.decisions import Decision, Decisions, SampleDecisions, read_decisions, write_decisions
from anomaly_agent.agent.imaging.io import read_image
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.nodes.agent_loop import AgentLoopNode
from anomaly_agent.nodes.dataset import LoadAnomalyDataset, SaveAnomalyDataset
from anomaly_agent.nodes.tensors import image_tensor, pictures

NORMAL = image_tensor([render_normal("hex_nut", seed, 96) for seed in (3, 4)])
NAMES = {"item": ["hex nut"], "anomaly_type": ["rust stain"]}


@pytest.fixture(scope="module")
def looped():
    loop = {"max_attempts": [2], "threshold": [5.0], "seed": [5], "pause": [False]}
    image, mask, _, _, _, _, episode = run(AgentLoopNode, image=[NORMAL], **NAMES, **loop)
    return {"image": image, "mask": mask, "episode": episode}


def save(looped, **more):
    return run(SaveAnomalyDataset, **{**looped, **NAMES, "folder": ["sets/a"], **more})


def load(folder, split="all", anomaly_type="", limit=0):
    return run(LoadAnomalyDataset, folder=folder, split=split, anomaly_type=anomaly_type, limit=limit)


def tree(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_what_is_saved_comes_back(looped, host):
    folder, saved, rejected = save(looped)
    assert (saved, rejected) == (2, 0) and folder == str(host.folder / "output" / "sets" / "a" / "hex_nut")
    image, mask, kinds, names, item = load(folder, "anomalous")
    assert kinds == ["rust_stain"] * 2 and names == ["000", "001"] and item == "hex nut"
    assert (torch.cat(image) == looped["image"][0]).all() and (torch.cat(mask) == looped["mask"][0]).all()
    normals = torch.cat(load(folder, "normal")[0])
    assert sorted(normals.sum((1, 2, 3)).tolist()) == pytest.approx(sorted(NORMAL.sum((1, 2, 3)).tolist()))
    for line in (host.folder / "output/sets/a/hex_nut/trajectories.jsonl").read_text().splitlines():
        record = json.loads(line)
        root = host.folder / "output" / "sets" / "a" / "hex_nut"
        assert all((root / name).is_file() for name in [record["image"], record["mask"], *record["images"]])
        assert len(record["images"]) == 1 + len(record["attempts"])


def test_a_second_run_goes_on_and_leaves_the_first_as_it_was(looped, host):
    save(looped)
    root = host.folder / "output" / "sets" / "a" / "hex_nut"
    before = {name: (root / name).read_bytes() for name in tree(root)}
    (root / "test" / "rust_stain" / "017.png").write_bytes(b"someone else's")
    save(looped)
    assert all((root / name).read_bytes().startswith(data) for name, data in before.items())
    assert {"test/rust_stain/018.png", "ground_truth/rust_stain/019_mask.png"} <= set(tree(root))
    assert (root / "test" / "rust_stain" / "017.png").read_bytes() == b"someone else's"
    assert len(list((root / "train" / "good").iterdir())) == 2, "the same normal images are kept once"
    assert len((root / "trajectories.jsonl").read_text().splitlines()) == 4


def test_samples_that_did_not_pass_are_kept_apart(looped):
    folder, saved, rejected = save(looped, passed=[True, False])
    assert (saved, rejected) == (1, 1)
    assert len(load(folder, "anomalous")[0]) == 1
    assert any(name.startswith("rejected/test/") for name in tree(Path(folder)))


def test_what_was_rejected_is_left_out_and_what_was_accepted_comes_in(looped):
    folder, *_ = save(looped, passed=[True, False])
    before = LoadAnomalyDataset.fingerprint_inputs(folder, "all", "", 0)
    good, bad = "test/rust_stain/000.png", "rejected/test/rust_stain/000.png"
    words = {good: SampleDecisions(curation=Decision(False, "near-duplicate")), bad: SampleDecisions(Decision(True))}
    write_decisions(Path(folder), Decisions().changed(words))
    image, mask, *_ = load(folder, "anomalous")
    assert len(image) == 1
    assert (pictures([image[0]], "image").arrays[0] == read_image(Path(folder) / bad)).all() and bool(mask[0].any())
    assert LoadAnomalyDataset.fingerprint_inputs(folder, "all", "", 0) != before
    words = {good: SampleDecisions(Decision(False)), bad: SampleDecisions()}
    write_decisions(Path(folder), read_decisions(Path(folder)).changed(words))
    with pytest.raises(InputError, match="no anomalous images; there is: good; 1 rejected ones are left out"):
        load(folder, "anomalous")
    assert len(load(folder, "all")[0]) == 2  # normal images
    (Path(folder) / "decisions.json").write_text("{")
    with pytest.raises(InputError, match="not a file of decisions"):
        load(folder)


def test_a_touched_up_mask_is_seen(looped):
    folder, *_ = save(looped)
    before = LoadAnomalyDataset.fingerprint_inputs(folder, "all", "", 0)
    mask = Path(folder) / "ground_truth/rust_stain/000_mask.png"
    os.utime(mask, ns=(1, 1))
    assert LoadAnomalyDataset.fingerprint_inputs(folder, "all", "", 0) != before


def test_images_from_anywhere_are_saved_without_an_episode():
    image, mask = torch.rand(1, 80, 96, 3), torch.zeros(1, 80, 96)
    mask[0, 10:20, 10:20] = 1
    folder, saved, _ = run(SaveAnomalyDataset, image=[image], mask=[mask], folder=["b"], **NAMES)
    assert saved == 1
    assert tree(Path(folder)) == [
        "ground_truth/rust_stain/000_mask.png",
        "test/rust_stain/000.png",
        "trajectories.jsonl",
    ]
    assert (load(folder, "anomalous")[1][0] == mask).all()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"mask": [torch.ones(1, 96, 96)]}, "mask: 1 masks for 2 image"),
        ({"mask": [torch.zeros(2, 96, 96)]}, "mask: mask 1 is empty"),
        ({"mask": [torch.ones(2, 64, 64)]}, "mask: 64x64 px, but the image is 96x96 px"),
        ({"item": ["../x"]}, "item '../x' cannot be a folder name"),
        ({"anomaly_type": [""]}, "anomaly type is empty"),
        ({"folder": ["/etc/x"]}, "folder: '/etc/x' is not inside the output folder"),
        ({"passed": [True, True, True]}, "passed: 3 values for 2 images"),
    ],
)
def test_nothing_is_written_for_bad_input(looped, host, given, says):
    with pytest.raises(InputError) as caught:
        save(looped, **given)
    assert says in str(caught.value)
    assert tree(host.folder / "output") == []


def test_a_set_of_the_command_line_is_left_alone(looped, host):
    root = host.folder / "output" / "sets" / "a" / "hex_nut"
    root.mkdir(parents=True)
    (root / "settings.json").write_text("{}")
    with pytest.raises(InputError, match="holds a data set of the command line"):
        save(looped)


def test_plain_folders_are_normal_images(host):
    folder = host.folder / "input" / "parts"
    folder.mkdir()
    for index, size in enumerate(((64, 80), (96, 64), (70, 70))):
        Image.fromarray(np.full((*size, 3), 40 * index, np.uint8)).save(folder / f"p{index}.png")
    image, mask, kinds, names, item = load("parts", "normal", limit=2)
    assert [tuple(one.shape) for one in image] == [(1, 64, 80, 3), (1, 96, 64, 3)]
    assert sum(float(one.sum()) for one in mask) == 0
    assert (kinds, names, item) == (["good", "good"], ["p0", "p1"], "parts")
    before = LoadAnomalyDataset.fingerprint_inputs("parts", "normal", "", 0)
    assert before == LoadAnomalyDataset.fingerprint_inputs("parts", "normal", "", 0)
    (folder / "p0.png").unlink()
    assert before != LoadAnomalyDataset.fingerprint_inputs("parts", "normal", "", 0)


def test_what_is_not_there_is_named(looped, host):
    folder, *_ = save(looped)
    with pytest.raises(InputError, match="no anomalous images of type 'dent'; there is: good, rust_stain"):
        load(folder, "anomalous", "dent")
    with pytest.raises(InputError, match="holds several items; give one of them: hex_nut"):
        load(str(host.folder / "output" / "sets" / "a"))
    (host.folder / "output/sets/a/hex_nut/ground_truth/rust_stain/000_mask.png").unlink()
    with pytest.raises(InputError, match=r"000.png: has no mask; put it at ground_truth/rust_stain/000_mask.png"):
        load(folder)


def test_images_that_cannot_be_read_are_left_out_and_told(host, caplog):
    folder = host.folder / "input" / "partly"
    folder.mkdir(parents=True)
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (64, 64), (9, 9, 9)).save(folder / name)
    (folder / "b.png").write_bytes((folder / "b.png").read_bytes()[:80])
    images, masks, kinds, names, _ = load("partly")
    assert names == ["a", "c"] and len(images) == len(masks) == len(kinds) == 2
    assert "1 of 3 images are left out" in caplog.text and "b.png: truncated" in caplog.text
    for name in ("a.png", "c.png"):
        (folder / name).write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.png: .* \(and 2 more that cannot be used\)"):
        load("partly")
