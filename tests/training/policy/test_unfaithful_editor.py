"""What an editor with a bent does to a prompt."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import Scene, analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.interfaces import GeneratedImage
from anomaly_agent.training.policy.unfaithful_editor import OBEDIENT, Bent, WaywardEditor, draw_bent

IMAGE = render_normal("brushed_steel", 3, 160)
SCENE = analyze_scene(IMAGE)
TASK = Task(IMAGE, "brushed steel plate", "hole", seed=1)
PROMPT = (
    "In the center of the plate, inside the box (0.400, 0.400, 0.600, 0.600), add a single, darker hole (hole). "
    "It is about 10% of the product across, strong (severity 0.80)."
)


def made(bent: Bent, prompt: str = PROMPT, task: Task = TASK) -> np.ndarray:
    return WaywardEditor(bent).generate(task, SCENE, prompt, 5).image


def changed(image: np.ndarray) -> np.ndarray:
    return np.abs(image.astype(int) - IMAGE).max(axis=2) > 8


def centre(image: np.ndarray) -> np.ndarray:
    return np.argwhere(changed(image)).mean(axis=0) / IMAGE.shape[0]


def test_an_obedient_editor_draws_what_the_generator_draws() -> None:
    edit = read_prompt(PROMPT, "hole")[0]
    drawn = read_prompt(PROMPT, "hole")[0]
    assert edit == drawn
    area = changed(made(OBEDIENT)).sum()
    exact = changed(ProceduralGenerator().generate(TASK, SCENE, PROMPT, 5).image).sum()
    assert 0.5 < area / exact < 2.0


def test_a_prompt_without_a_size_does_not_escape_the_size() -> None:
    unsaid = "Add a hole to the plate. Keep everything else unchanged."
    small, large = (changed(made(Bent(size=size), unsaid)).sum() for size in (0.4, 1.6))
    assert large > 4 * small


def test_size_and_severity_follow_their_factors() -> None:
    assert changed(made(Bent(size=2.0))).sum() > 2 * changed(made(OBEDIENT)).sum()
    strong, faint = (np.abs(made(Bent(severity=s)).astype(int) - IMAGE).max() for s in (1.0, 0.3))
    assert faint < 0.8 * strong


def test_what_cannot_be_drawn_gives_the_image_back() -> None:
    class Refusing:
        def generate(self, task: Task, scene: Scene, prompt: str, seed: int) -> GeneratedImage:
            raise InputError("no visible hole could be rendered here")

    result = WaywardEditor(OBEDIENT, Refusing()).generate(TASK, SCENE, PROMPT, 5)
    assert result.mask is not None and not result.mask.any()
    assert (result.image == IMAGE).all()


def test_asking_a_faint_editor_for_more_brings_the_contrast_back() -> None:
    strongest = PROMPT.replace("0.80", "1.00")
    asked, more = (np.abs(made(Bent(severity=0.3), prompt).astype(int) - IMAGE).max() for prompt in (PROMPT, strongest))
    assert more > 1.15 * asked


def test_a_shift_moves_the_defect_even_out_of_the_region() -> None:
    region = np.zeros(IMAGE.shape[:2], bool)
    region[60:100, 60:100] = True
    task = Task(IMAGE, "brushed steel plate", "hole", region, 1)
    row, column = centre(made(Bent(shift=(0.3, 0.0)), task=task))
    assert column > 0.7 and 0.35 < row < 0.65


def test_a_seam_is_a_rectangle_that_a_soft_edge_takes_away() -> None:
    hard, soft = made(Bent(seam=1.0)), made(Bent(seam=1.0), PROMPT + " It has a diffuse edge (softness 0.80).")
    rows, columns = np.nonzero(changed(hard))
    box = changed(hard)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert box.mean() > 0.9
    assert changed(soft).sum() < 0.7 * changed(hard).sum()


def test_a_muddled_editor_draws_the_right_defect_once_it_is_explained() -> None:
    plain = made(OBEDIENT)
    mistaken = made(Bent(muddled=True))
    explained = made(Bent(muddled=True), PROMPT + " Such a defect looks like this: a dark round cavity.")
    assert not np.array_equal(mistaken, plain)
    assert changed(explained).sum() == pytest.approx(changed(plain).sum(), rel=0.5)


def test_a_family_is_confused_with_one_of_another_silhouette() -> None:
    confused = {name: family.confused_with for name, family in FAMILIES.items() if family.confused_with is not None}
    assert len(confused) >= 12
    assert all(FAMILIES[name].silhouette is not FAMILIES[other].silhouette for name, other in confused.items())


def test_bents_are_drawn_alike_from_the_same_dice() -> None:
    bents = [draw_bent(np.random.default_rng(seed)) for seed in range(400)]
    assert bents[7] == draw_bent(np.random.default_rng(7))
    assert 0.3 < np.mean([bent.shift != (0.0, 0.0) for bent in bents]) < 0.5
    assert 0.12 < np.mean([bent.muddled for bent in bents]) < 0.28
    assert all(0.25 <= bent.size <= 3.0 and 0.15 <= bent.severity <= 1.2 for bent in bents)
