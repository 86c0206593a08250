"""Real edits of the embedded generator, and what becomes of their verdicts when they are spoiled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.verdict import FaultKind
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.prompt_text import write_prompt
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.quality_evaluation import ComputedCritic

PRODUCTS = ("painted_metal", "ceramic_tiles", "tablet", "brushed_steel")


def _made(name: str, edit: Edit, seed: int = 3):
    normal = render_normal(name, 1, 256)
    scene = analyze_scene(normal)
    task = Task(normal, name, edit.family)
    return normal, scene, ProceduralGenerator().edit(task, scene, write_prompt(edit, name, edit.family), seed).image


def _judge(normal, scene, edited, text, item="part"):
    image = np.clip(np.rint(edited), 0, 255).astype(np.uint8)
    return ComputedCritic().judge(Task(normal, item, text), scene, image)


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("text", ["scratch", "dark scratch", "stain", "crack", "dent"])
def test_a_picture_of_one_tone_has_no_defect(name, value, text):
    normal = render_normal(name, 1, 256)
    verdict = _judge(normal, analyze_scene(normal), np.full_like(normal, value), text)
    assert verdict.score <= 4.0 and not verdict.passed


@pytest.mark.parametrize("side", [128, 256, 1024])
def test_a_faint_change_at_the_border_of_the_picture_is_not_visible(side):
    normal = render_normal("concrete", 2, side)
    edited = normal.astype(float)
    edited[round(0.3 * side) : round(0.5 * side), : max(2, round(0.012 * side))] -= 10
    verdict = _judge(normal, analyze_scene(normal), edited, "scratch")
    assert verdict.score <= 4.0 and verdict.has(FaultKind.FAINT) and "Barely visible" in verdict.review


@pytest.mark.parametrize("name", ["tablet", "washer", "biscuit", "hex_nut"])
def test_strokes_that_run_over_the_table_do_not_pass(name):
    normal = render_normal(name, 1, 256)
    scene = analyze_scene(normal)
    left, top, right, _ = (round(256 * end) for end in scene.bounding_box)
    edited = normal.copy()
    middle = (left + right) // 2
    for aside in (-12, 12):
        cv2.line(edited, (middle + aside, top - 14), (middle + aside + 8, top + 34), (250, 250, 250), 2, cv2.LINE_AA)
    verdict = _judge(normal, scene, edited, "scratch")
    assert verdict.score <= 4.0 and verdict.has(FaultKind.OFF_TARGET)


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_patch_is_no_scratch_and_does_not_pass(name):
    normal, scene, edited = _made(name, Edit("contamination", size=0.3, severity=0.8, count=1))
    verdict = _judge(normal, scene, edited, "scratch")
    assert verdict.score <= 4.0 and verdict.has(FaultKind.UNLIKE) and "not a scratch" in verdict.review


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("tone", ["dark", "bright"])
def test_a_flipped_tone_fails_and_the_right_one_passes(name, tone):
    normal, scene, edited = _made(name, Edit("scratch", size=0.4, severity=0.8, count=1, tone=tone))
    other = "bright" if tone == "dark" else "dark"
    assert _judge(normal, scene, edited, f"{tone} scratch").passed
    wrong = _judge(normal, scene, edited, f"{other} scratch")
    assert not wrong.passed and wrong.has(FaultKind.TOO_DARK if tone == "dark" else FaultKind.TOO_BRIGHT)
    flipped = _judge(normal, scene, 2.0 * normal - edited, f"{tone} scratch")
    assert not flipped.passed


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("angle", [0, 90])
def test_a_turned_scratch_fails_and_the_right_one_passes(name, angle):
    normal, scene, edited = _made(name, Edit("scratch", size=0.4, severity=0.8, count=1, angle=float(angle)))
    names = {0: "horizontal", 90: "vertical"}
    assert _judge(normal, scene, edited, f"{names[angle]} scratch").passed
    wrong = _judge(normal, scene, edited, f"{names[90 - angle]} scratch")
    assert not wrong.passed and wrong.has(FaultKind.WRONG_DIRECTION) and "degrees" in wrong.review


@pytest.mark.parametrize("name", ["painted_metal", "ceramic_tiles", "brushed_steel"])
def test_a_duplicate_is_counted(name):
    box = (0.1, 0.1, 0.4, 0.4)
    normal, scene, edited = _made(name, Edit("scratch", size=0.2, severity=0.9, count=1, box=box))
    change = edited.astype(float) - normal
    twice = normal + change + np.roll(change, (110, 110), axis=(0, 1))
    assert _judge(normal, scene, edited, "one scratch").passed
    assert not _judge(normal, scene, edited, "two scratches").passed
    assert _judge(normal, scene, twice, "two scratches").passed
    wrong = _judge(normal, scene, twice, "one scratch")
    assert not wrong.passed and "asked for 1, seen: 2" in wrong.review


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_faded_edit_fails(name):
    normal, scene, edited = _made(name, Edit("scratch", size=0.4, severity=0.8, count=1))
    verdict = _judge(normal, scene, normal + 0.08 * (edited.astype(float) - normal), "scratch")
    assert not verdict.passed and verdict.has(FaultKind.FAINT)
