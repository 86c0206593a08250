"""Every shipped workflow, run in a real host: its images, its masks, and that its loop stops early."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from graphs import put_tiny_models, scores

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.json"))


def load(name):
    return json.loads((WORKFLOWS / "api" / f"{name}.json").read_text())


def node_of(prompt, kind, title=""):
    return next(
        key
        for key, node in prompt.items()
        if node["class_type"] == kind and title in node.get("_meta", {}).get("title", "")
    )


def shown_of(prompt, output):
    """The nodes that show an output, by class."""
    return {node["class_type"]: key for key, node in prompt.items() if output in node["inputs"].values()}


def check_outcome(run, prompt, node):
    """The picture has its defect where the mask is white, and is the normal one elsewhere."""
    shown = shown_of(prompt, [node, 0])
    images = run.images(shown.get("SaveImage") or shown["PreviewImage"])
    (mask_node,) = [key for key, one in prompt.items() if one["class_type"] == "MaskPreview"][:1]
    masks = run.images(mask_node)
    assert images and len(images) == len(masks)
    for image, mask in zip(images, masks, strict=True):
        assert image.shape[:2] == mask.shape[:2] and image.std() > 2
        assert set(np.unique(mask)) <= {0, 255} and 0 < (mask > 0).mean() < 0.35
    return images, masks


def test_all_are_here():
    assert sorted(path.stem for path in (WORKFLOWS / "api").glob("*.json")) == NAMES
    assert sorted(path.stem for path in WORKFLOWS.glob("*.jpg")) == NAMES


@pytest.mark.parametrize("name", ["quickstart", "painted_region"])
def test_one_node_does_it_all(host, name):
    prompt = load(name)
    run = host.run(prompt)
    assert run.status == "success", run.error
    node = node_of(prompt, "AnomalyAgentLoop")
    ((made, passed),) = scores(run, node)
    threshold, budget = (prompt[node]["inputs"][key] for key in ("threshold", "max_attempts"))
    assert passed and made[-1] > threshold and all(score <= threshold for score in made[:-1]) and len(made) < budget
    _, masks = check_outcome(run, prompt, node)
    if name == "quickstart":
        assert len(made) >= 2, "the example shows a refinement"
        attempts = shown_of(prompt, [node, 5])["PreviewImage"]
        assert len(run.images(attempts)) == len(made)
    else:
        painted = node_of(prompt, "AnomalyAgentPaintRegion")
        prompt["99"] = {"class_type": "MaskPreview", "inputs": {"mask": [painted, 1]}}
        region = host.run(prompt).images("99")[0]
        near = cv2.dilate(region, np.ones((25, 25), np.uint8))
        assert (masks[0][near == 0] == 0).all(), "the defect stays where it was painted"


def test_the_five_tools_make_a_loop_that_stops_early(host):
    prompt = load("five_tools_closed_loop")
    run = host.run(prompt)
    assert run.status == "success", run.error
    end = node_of(prompt, "AnomalyAgentLoopEnd")
    begin = prompt[node_of(prompt, "AnomalyAgentLoopBegin")]["inputs"]
    ((made, passed),) = scores(run, end)
    assert passed and 2 <= len(made) < begin["max_attempts"]
    assert made[-1] > begin["threshold"] and all(score <= begin["threshold"] for score in made[:-1])
    generator = node_of(prompt, "AnomalyAgentImageGeneration")
    within = shown_of(prompt, [generator, 0])["PreviewImage"]
    judge = node_of(prompt, "AnomalyAgentQualityEvaluation")
    assert len(run.images(within)) == len(made), "the preview in the body shows every attempt"
    reviews = run.texts(shown_of(prompt, [judge, 2])["PreviewAny"])
    assert len(reviews) == len(made) and len(set(reviews)) > 1
    attempts = run.images(next(key for key, one in prompt.items() if one["inputs"].get("images") == [end, 5]))
    assert len(attempts) == len(made)
    final = run.images(next(key for key, one in prompt.items() if one["inputs"].get("images") == [end, 0]))
    assert len(final) == 1 and (final[0] == attempts[-1]).all()
    check_outcome(run, prompt, end)


def test_the_same_loop_runs_again_and_takes_batches(host):
    prompt = load("five_tools_closed_loop")
    product = prompt[node_of(prompt, "AnomalyAgentExampleProduct")]["inputs"]
    product.update(count=3)
    first, second = host.run(prompt), host.run(prompt)
    assert first.status == second.status == "success", first.error + second.error
    end = node_of(prompt, "AnomalyAgentLoopEnd")
    for run in (first, second):
        made = scores(run, end)
        assert len(made) == 3 and len({len(one) for one, _ in made}) > 1, "each image makes its own rounds"
        final = run.images(next(key for key, one in prompt.items() if one["inputs"].get("images") == [end, 0]))
        assert len(final) == 3
        within = shown_of(prompt, [node_of(prompt, "AnomalyAgentImageGeneration"), 0])["PreviewImage"]
        assert len(run.images(within)) == sum(len(one) for one, _ in made)
    assert scores(first, end) == scores(second, end)


def test_core_inpainting_stands_in_the_loop(host, checkpoint):
    prompt = load("own_generator_inpainting")
    put_tiny_models("own_generator_inpainting", prompt)
    begin = node_of(prompt, "AnomalyAgentLoopBegin")
    # Random weights paint noise: let nothing pass, and see every round.
    prompt[begin]["inputs"].update(threshold=10.0, max_attempts=3)
    end = node_of(prompt, "AnomalyAgentLoopEnd")
    composite = node_of(prompt, "ImageCompositeMasked")
    grown = node_of(prompt, "GrowMask")
    prompt["90"] = {"class_type": "PreviewImage", "inputs": {"images": [begin, 1]}}
    prompt["91"] = {"class_type": "MaskPreview", "inputs": {"mask": [grown, 0]}}
    run = host.run(prompt)
    assert run.status == "success", run.error
    ((made, passed),) = scores(run, end)
    assert len(made) == 3 and not passed
    within = shown_of(prompt, [composite, 0])["PreviewImage"]
    normals, regions, attempts = run.images("90"), run.images("91"), run.images(within)
    assert len(normals) == len(regions) == len(attempts) == 3
    for normal, region, attempt in zip(normals, regions, attempts, strict=True):
        outside = region.reshape(*region.shape[:2], -1)[..., 0] == 0
        assert (attempt[outside] == normal[outside]).all() and (attempt[~outside] != normal[~outside]).any()
    assert any((attempts[0] != other).any() for other in attempts[1:]), "each attempt has a seed of its own"


def test_a_folder_becomes_a_data_set(host):
    prompt = load("dataset_production")
    run = host.run(prompt)
    assert run.status == "success", run.error
    root = host.base / "output" / "anomalies" / "hex_nut"
    before = {path: path.read_bytes() for path in root.rglob("*.png")}
    for kind in ("scratch", "rust_stain"):
        images = sorted((root / "test" / kind).glob("*.png"))
        rejected = list((root / "rejected" / "test" / kind).glob("*.png"))
        assert len(images) + len(rejected) == 6 and images
        for image in images:
            assert (root / "ground_truth" / kind / f"{image.stem}_mask.png").is_file()
    assert len(list((root / "train" / "good").glob("*.png"))) == 6
    for key in (key for key, node in prompt.items() if node["class_type"] == "AnomalyAgentLoop"):
        prompt[key]["inputs"]["seed"] += 1000
    assert host.run(prompt).status == "success"
    assert all(path.read_bytes() == data for path, data in before.items())
    assert len((root / "trajectories.jsonl").read_text().splitlines()) == 24


def test_own_notes_reach_the_agent(host):
    prompt = load("own_knowledge_base")
    loop = node_of(prompt, "AnomalyAgentLoop")
    prompt[loop]["inputs"]["anomaly_type"] = (
        "nine large dents in the upper left"  # so many never pass: they are looked up
    )
    run = host.run(prompt)
    assert run.status == "success", run.error
    lookup = node_of(prompt, "AnomalyAgentKnowledgeRetrieval")
    (text,) = run.texts(shown_of(prompt, [lookup, 0])["PreviewAny"])
    assert text.startswith("[capsule.md#dent] A soft bowl on the flank")
    (episode,) = run.shown(loop)[-1]["anomaly_agent_run"][-1]["episodes"]
    looked_up = [turn["text"] for turn in episode["turns"] if turn["tool"] == "knowledge_retrieval"]
    assert looked_up and looked_up[0].startswith("[capsule.md#dent]") and len(episode["attempts"]) >= 2


def test_the_trained_policy_decides_where_it_is_wired(host):
    prompt = load("quickstart")
    node = node_of(prompt, "AnomalyAgentLoop")
    prompt["98"] = {"class_type": "AnomalyAgentLoadPolicy", "inputs": {"policy": "trained"}}
    prompt[node]["inputs"] |= {"policy": ["98", 0], "threshold": 5.0, "max_attempts": 3}
    run = host.run(prompt)
    assert run.status == "success", run.error
    ((made, passed),) = scores(run, node)
    assert passed and made[-1] > 5
