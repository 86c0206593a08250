"""What an editor with a bias does to a prompt."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import Scene, analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.interfaces import GeneratedImage
from anomaly_agent.training.policy.unfaithful_editor import FAITHFUL, EditorBias, UnfaithfulEditor, draw_bias

IMAGE = render_normal("brushed_steel", 3, 160)
SCENE = analyze_scene(IMAGE)
TASK = Task(IMAGE, "brushed steel plate", "hole", seed=1)
PROMPT = (
    "In the center of the plate, inside the box (0.400, 0.400, 0.600, 0.600), add a single, darker hole (hole). "
    "It is about 10% of the product across, strong (severity 0.80)."
)


def made(bias: EditorBias, prompt: str = PROMPT, task: Task = TASK) -> np.ndarray:
    return UnfaithfulEditor(bias).edit(task, SCENE, prompt, 5).image


def changed(image: np.ndarray) -> np.ndarray:
    return np.abs(image.astype(int) - IMAGE).max(axis=2) > 8


def centre(image: np.ndarray) -> np.ndarray:
    return np.argwhere(changed(image)).mean(axis=0) / IMAGE.shape[0]


def extent(image: np.ndarray) -> float:
    """The change's longer side, in fractions of the image."""
    return max(np.ptp(axis) + 1 for axis in np.nonzero(changed(image))) / IMAGE.shape[0]


def elongation(image: np.ndarray) -> float:
    """Length over breadth of the change: 1 for a disc."""
    short, long = np.linalg.eigvalsh(np.cov(np.argwhere(changed(image)).T))
    return float(np.sqrt(long / short))


def test_an_obedient_editor_draws_what_the_prompt_says() -> None:
    image = made(FAITHFUL)
    assert centre(image) == pytest.approx((0.5, 0.5), abs=0.1)
    assert 0.06 < extent(image) < 0.14  # "about 10%"
    assert (image.astype(int) - IMAGE)[changed(image)].mean() < -30  # "darker", "strong"
    assert elongation(image) < 2  # a hole
    # The prompt goes through to the generator as it is.
    assert np.array_equal(image, ProceduralGenerator().edit(TASK, SCENE, PROMPT, 5).image)


def test_a_prompt_without_a_size_does_not_escape_the_size() -> None:
    unsaid = "Add a hole to the plate. Keep everything else unchanged."
    small, large = (changed(made(EditorBias(size=size), unsaid)).sum() for size in (0.4, 1.6))
    assert large > 4 * small


def test_size_and_severity_follow_their_factors() -> None:
    for factor in (0.5, 2.0):
        assert extent(made(EditorBias(size=factor))) == pytest.approx(0.1 * factor, rel=0.4)
    # Severity 0.80 is strong; below 0.45 the change fades in proportion.
    strong, half, third = (np.abs(made(EditorBias(severity=s)).astype(int) - IMAGE).max() for s in (1.0, 0.5, 0.25))
    assert strong > half > third and third == pytest.approx(half * (0.8 * 0.25) / (0.8 * 0.5), rel=0.25)


def test_what_cannot_be_drawn_gives_the_image_back() -> None:
    class Refusing:
        def edit(self, task: Task, scene: Scene, prompt: str, seed: int) -> GeneratedImage:
            raise InputError("no visible hole could be rendered here")

    result = UnfaithfulEditor(FAITHFUL, Refusing()).edit(TASK, SCENE, PROMPT, 5)
    assert result.mask is not None and not result.mask.any()
    assert (result.image == IMAGE).all()


def test_asking_a_faint_editor_for_more_brings_the_contrast_back() -> None:
    strongest = PROMPT.replace("0.80", "1.00")
    asked, more = (
        np.abs(made(EditorBias(severity=0.3), prompt).astype(int) - IMAGE).max() for prompt in (PROMPT, strongest)
    )
    assert more > 1.15 * asked


def test_a_shift_moves_the_defect_even_out_of_the_region() -> None:
    region = np.zeros(IMAGE.shape[:2], bool)
    region[60:100, 60:100] = True
    task = Task(IMAGE, "brushed steel plate", "hole", region, 1)
    row, column = centre(made(EditorBias(shift=(0.3, 0.0)), task=task))
    assert column > 0.7 and 0.35 < row < 0.65


def test_a_seam_is_a_rectangle_that_a_soft_edge_takes_away() -> None:
    hard, soft = (
        made(EditorBias(seam=1.0)),
        made(EditorBias(seam=1.0), PROMPT + " It has a diffuse edge (softness 0.80)."),
    )
    rows, columns = np.nonzero(changed(hard))
    box = changed(hard)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert box.mean() > 0.9
    assert changed(soft).sum() < 0.7 * changed(hard).sum()


def test_a_muddled_editor_draws_the_right_defect_once_it_is_explained() -> None:
    mistaken = made(EditorBias(confuses_defect=True))
    explained = made(EditorBias(confuses_defect=True), PROMPT + " Such a defect looks like this: a dark round cavity.")
    assert FAMILIES["hole"].confused_with == "scratch" and elongation(mistaken) > 4
    assert elongation(explained) < 2 and extent(explained) == pytest.approx(0.1, abs=0.04)


def test_a_family_is_confused_with_one_of_another_silhouette() -> None:
    confused = {name: family.confused_with for name, family in FAMILIES.items() if family.confused_with is not None}
    assert len(confused) >= 12
    assert all(FAMILIES[name].silhouette is not FAMILIES[other].silhouette for name, other in confused.items())


def test_bents_are_drawn_alike_from_the_same_dice() -> None:
    biases = [draw_bias(np.random.default_rng(seed)) for seed in range(400)]
    assert biases[7] == draw_bias(np.random.default_rng(7)) and len(set(biases)) == len(biases)
    assert 0.3 < np.mean([bias.shift != (0.0, 0.0) for bias in biases]) < 0.5
    assert 0.12 < np.mean([bias.confuses_defect for bias in biases]) < 0.28
    assert all(0.25 <= bias.size <= 3.0 and 0.15 <= bias.severity <= 1.2 for bias in biases)
