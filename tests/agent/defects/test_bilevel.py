"""Defects of thresholded pictures: hard where the picture is crisp, with greys at outlines where it has them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.naming import default_types
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator

FORMS = list(default_types())


def board(side: int, low: int = 0, high: int = 255, offset: int = 8) -> np.ndarray:
    """A grid of tracks, (side, side, 3) of two tones."""
    grey, pitch = np.full((side, side), low, np.uint8), side * 24 // 128
    for step in range(side * 5 // 128):
        grey[offset + step :: pitch] = high
        grey[:, offset + step :: pitch] = high
    return np.repeat(grey[..., None], 3, axis=2)


def make(image: np.ndarray, anomaly: str, seed: int):
    scene, task = analyze_scene(image), Task(image, "board", anomaly, seed=seed)
    assert scene.bilevel
    return ProceduralGenerator().edit(task, scene, ScenePromptGenerator().plan(task, scene), seed)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tones", [(0, 255), (20, 230)])
def test_a_crisp_board_keeps_its_two_tones(form: str, tones: tuple[int, int]) -> None:
    image = board(128, *tones)
    for seed in range(3):
        made = make(image, form, seed)
        assert set(np.unique(made.image)) == set(tones)
        # All of the mask has turned, but for gaps of a pixel that it closes.
        assert (made.image != image).any(axis=2)[made.mask].mean() > 0.95


def test_irregularities_may_be_what_no_threshold_lets_through() -> None:
    image = board(128)
    greys = []
    for seed in range(6):
        made = make(image, "irregularity", seed)
        changed = (made.image != image).any(axis=2)
        near = cv2.dilate(made.mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        assert changed[made.mask].mean() > 0.95 and not changed[~near].any()
        greys.append(len(np.unique(made.image)) > 2)
    assert sum(greys) >= 4


@pytest.mark.parametrize("form", ["chip", "broken", "bend", "misplaced", "print", "open", "short"])
def test_where_no_track_is_near_a_fault_is_a_spot_of_its_own_size(form: str) -> None:
    image = board(128)
    image[:, 32:] = 255
    region = np.zeros((128, 128), bool)
    region[40:, 72:] = True
    for seed in range(4):
        task = Task(image, "board", form, region, seed, size=(0.1, 0.12))
        scene = analyze_scene(image)
        made = ProceduralGenerator().edit(task, scene, ScenePromptGenerator().plan(task, scene), seed)
        # At most 0.12 of the side each way, and the rough outline a quarter more.
        assert 4 <= made.mask.sum() < (1.25 * 0.12 * 128) ** 2
        assert not made.mask[~region].any()


@pytest.mark.parametrize("form", ["open", "short", "mouse bite", "spur", "pinhole", "missing"])
def test_a_shrunk_and_compressed_board_s_defects_have_its_greys_at_their_outlines(form: str) -> None:
    # An odd offset: a shrunk pixel covers both tones.
    shrunk = cv2.resize(board(512, offset=33), (256, 256), interpolation=cv2.INTER_AREA)
    image = cv2.imdecode(cv2.imencode(".jpg", shrunk, [cv2.IMWRITE_JPEG_QUALITY, 90])[1], cv2.IMREAD_COLOR)
    for seed in range(3):
        made = make(image, form, seed)
        mask = made.mask.astype(np.uint8)
        outline = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        new = (made.image != image).any(axis=2)
        grey = (made.image[..., 0] > 30) & (made.image[..., 0] < 225)
        assert grey[outline & new].mean() > 0.1
        # Within it is as clear as the picture's own tones, and as noisy as a compressed picture.
        inner = cv2.erode(mask, np.ones((3, 3), np.uint8)) > 0
        assert grey[inner].sum() <= 0.02 * inner.sum()
        assert len(np.unique(made.image[inner])) > 1 or inner.sum() < 10
