"""The critic: good edits pass, spoiled ones fail with a review that names the flaw."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.verdict import BACKGROUND, OUTSIDE_REGION, SIDES, Fault, FaultKind
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.prompt_text import write_prompt
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator
from anomaly_agent.agent.tools.quality_evaluation import ComputedCritic
from anomaly_agent.agent.tools.quality_evaluation.review import write_review

PAIRS = [
    ("painted_metal", "scratch"), ("brushed_steel", "dent"), ("concrete", "crack"), ("leather", "hole"),
    ("wood", "contamination"), ("washer", "corrosion"), ("biscuit", "chip"), ("woven_fabric", "thread"),
    ("leather", "cut"), ("tablet", "contamination"), ("painted_metal", "discoloration"), ("capsule", "crack"),
]  # fmt: skip


def _judge(task: Task, image: np.ndarray):
    return ComputedCritic().judge(task, analyze_scene(task.image), image)


@pytest.mark.parametrize("name,family", PAIRS)
def test_planned_edits_pass(name, family):
    passed, failed = 0, []
    size = 256 if name == "capsule" else 160  # on a small product fewer px than a crack is thin
    for seed in range(20):
        task = Task(render_normal(name, seed % 5, size), name, family, seed=seed)
        scene = analyze_scene(task.image)
        made = ProceduralGenerator().edit(task, scene, ScenePromptGenerator().plan(task, scene), seed)
        verdict = ComputedCritic().judge(task, scene, made.image)
        passed += verdict.passed
        if not verdict.passed:
            failed.append((seed, verdict.location, verdict.quality, verdict.review))
    assert passed >= 16, failed


@pytest.mark.parametrize("name,family", PAIRS[:4])
def test_no_change_is_barely_visible(name, family):
    image = render_normal(name, 1, 128)
    verdict = _judge(Task(image, name, family), image.copy())
    assert verdict.score == 0
    assert [fault.kind for fault in verdict.faults] == [FaultKind.FAINT]
    assert "barely visible" in verdict.review.lower()


@pytest.mark.parametrize("name,family", PAIRS)
def test_a_nearly_invisible_edit_fails(name, family):
    task = Task(render_normal(name, 1, 128), name, family)
    scene = analyze_scene(task.image)
    made = ProceduralGenerator().edit(task, scene, write_prompt(Edit(family, severity=0.6), name, family), 1).image
    faint = np.rint(task.image + 0.03 * (made.astype(float) - task.image)).astype(np.uint8)
    verdict = ComputedCritic().judge(task, scene, faint)
    assert not verdict.passed and verdict.has(FaultKind.FAINT)
    assert "barely visible" in verdict.review.lower()


@pytest.mark.parametrize("family", ["scratch", "hole", "contamination", "dent", "chip"])
@pytest.mark.parametrize("name", ["concrete", "tablet"])
def test_far_too_large_fails(name, family):
    task = Task(render_normal(name, 1, 128), name, family)
    scene = analyze_scene(task.image)
    spoiled = np.where(scene.foreground[..., None], task.image * 0.6, task.image).astype(np.uint8)
    verdict = ComputedCritic().judge(task, scene, spoiled)
    assert not verdict.passed and verdict.has(FaultKind.TOO_LARGE) and not verdict.has(FaultKind.TOO_SMALL)
    assert "too large" in verdict.review.lower()


@pytest.mark.parametrize("family", ["contamination", "corrosion", "dent", "hole"])
@pytest.mark.parametrize("seed", range(3))
def test_a_pasted_rectangle_fails(family, seed):
    image = render_normal("painted_metal", seed, 128)
    spoiled = image.copy()
    top, left = 40 + 7 * seed, 30 + 9 * seed
    spoiled[top : top + 24, left : left + 30] = (image[:24, :30] * 0.6).astype(np.uint8)
    verdict = _judge(Task(image, "sheet", family), spoiled)
    assert not verdict.passed
    (seam,) = [fault for fault in verdict.faults if fault.kind is FaultKind.SEAM]
    assert seam.where in SIDES and f"A hard, straight edge on the {seam.where}" in verdict.review


@pytest.mark.parametrize("family", ["scratch", "contamination", "hole", "crack"])
def test_outside_the_region_fails(family):
    image = render_normal("concrete", 2, 128)
    region = np.zeros((128, 128), bool)
    region[:, :64] = True
    made = ProceduralGenerator().edit(
        Task(image, "slab", family, ~region),
        analyze_scene(image),
        write_prompt(Edit(family, severity=0.7), "slab", family),
        4,
    )
    verdict = _judge(Task(image, "slab", family, region), made.image)
    assert not verdict.passed
    (fault,) = [fault for fault in verdict.faults if fault.kind is FaultKind.OFF_TARGET]
    assert fault.where == OUTSIDE_REGION and "outside the region" in verdict.review


def test_on_the_background_fails():
    image = render_normal("tablet", 1, 128)
    scene = analyze_scene(image)
    assert scene.category == "object"
    spoiled = image.astype(float)
    y, x = np.mgrid[0:128, 0:128]
    blob = np.exp(-(((y - 10) ** 2 + (x - 10) ** 2) / 18))[..., None]
    spoiled = (spoiled * (1 - 0.8 * blob)).astype(np.uint8)
    verdict = ComputedCritic().judge(Task(image, "tablet", "stain"), scene, spoiled)
    assert not verdict.passed
    (fault,) = [fault for fault in verdict.faults if fault.kind is FaultKind.OFF_TARGET]
    assert fault.where == BACKGROUND and fault.strength > 0.9 and "Mostly on the background" in verdict.review


def test_a_changed_rest_is_named():
    image = render_normal("concrete", 3, 128)
    made = ProceduralGenerator().edit(
        Task(image, "slab", "stain"), analyze_scene(image), "Add a severe dark stain, 20%.", 1
    )
    noise = np.random.default_rng(0).normal(0, 9, image.shape)
    spoiled = np.clip(made.image + noise, 0, 255).astype(np.uint8)
    verdict, unspoiled = (_judge(Task(image, "slab", "stain"), picture) for picture in (spoiled, made.image))
    assert not verdict.passed and verdict.has(FaultKind.REST_CHANGED)
    assert "The rest of the picture has changed too" in verdict.review
    assert not unspoiled.has(FaultKind.REST_CHANGED), "the noise alone is the fault"


def test_faults_come_with_the_worst_first_and_the_review_has_their_order():
    image = render_normal("tablet", 1, 128)
    spoiled = image.copy()
    spoiled[4:60, 4:60] = 90
    verdict = _judge(Task(image, "tablet", "scratch"), spoiled)
    strengths = [fault.strength for fault in verdict.faults]
    assert len(strengths) >= 3 and strengths == sorted(strengths, reverse=True)
    assert verdict.review == write_review(verdict.faults, "scratch")
    places = [verdict.review.index(write_review([fault], "scratch")[:-1]) for fault in verdict.faults]
    assert places == sorted(places)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_each_kind_of_fault_has_a_sentence_of_its_own(kind):
    said = write_review([Fault(kind, 0.5)], "scratch")
    assert said.endswith(".") and said != write_review([], "scratch")
    assert all(said != write_review([Fault(other, 0.5)], "scratch") for other in FaultKind if other is not kind)


@given(seed=st.integers(0, 10**6), height=st.integers(64, 131), width=st.integers(64, 131), data=st.data())
@settings(max_examples=30, deadline=None)
def test_any_two_pictures_get_scores_in_range(seed, height, width, data):
    rng = np.random.default_rng(seed)
    image = cv2.resize(render_normal("hex_nut", seed % 7, 96), (width, height))
    kind = data.draw(st.sampled_from(["noise", "flat", "inverted", "patch", "dot", "flip"]))
    edited = {
        "noise": lambda: rng.integers(0, 256, image.shape).astype(np.uint8),
        "flat": lambda: np.full_like(image, rng.integers(0, 256)),
        "inverted": lambda: 255 - image,
        "patch": lambda: np.where(rng.random((height, width, 1)) < 0.01, 255, image).astype(np.uint8),
        "dot": lambda: cv2.circle(image.copy(), (width // 2, height // 2), 3, (255, 0, 0), -1),
        "flip": lambda: np.ascontiguousarray(image[:, ::-1]),
    }[kind]()
    family = data.draw(st.sampled_from(sorted(FAMILIES)))
    region = rng.random((height, width)) < 0.3 if data.draw(st.booleans()) else None
    verdict = _judge(Task(image, "nut", family, region), edited)
    assert 0 <= verdict.location <= 5
    assert 0 <= verdict.quality <= 5
    assert verdict.review.endswith(".")
    assert "\n" not in verdict.review
    if kind != "dot":
        assert not verdict.passed or kind in ("patch",)
