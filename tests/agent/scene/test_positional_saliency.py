"""Marks by their place: what is always in one place is no reason to overlook a defect in another."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.scene.conspicuity import TextureSaliency
from anomaly_agent.agent.scene.positional_saliency import LEAST_PICTURES, PositionalSaliency, pick_pictures
from anomaly_agent.agent.scene.scene import Scene, analyze_scene

SIDE = 128


def plate(seed: int, at: tuple[int, int]) -> np.ndarray:
    """A grey plate with sensor noise and one bright bar, 30 px long, from a place on."""
    image = np.random.default_rng(seed).normal(120, 2, (SIDE, SIDE, 1)).repeat(3, axis=2).astype(np.float32)
    cv2.line(image, at, (at[0] + 30, at[1]), (230, 230, 230), 3)
    return np.clip(image, 0, 255).astype(np.uint8)


def pictures(spread: int) -> list[tuple[np.ndarray, Scene]]:
    """Plates whose bar lies up to `spread` px from one place."""
    rng = np.random.default_rng(7)
    plates = [plate(seed, tuple((20 + rng.integers(0, spread + 1, 2)).tolist())) for seed in range(24)]
    return [(image, analyze_scene(image)) for image in plates]


def faint_line(image: np.ndarray, at: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.line(mask, at, (at[0] + 24, at[1]), 1, 3)
    return np.clip(image + mask[..., None] * np.int16(35), 0, 255).astype(np.uint8), mask > 0


def compared(spread: int, at: tuple[int, int]) -> tuple[float, float]:
    """Distinctness of a line by one picture's saliency, and by what is positional at its place."""
    image, scene = plate(99, (20, 20)), analyze_scene(plate(99, (20, 20)))
    with_line = faint_line(image, at)
    positional = PositionalSaliency.of(pictures(spread))
    assert positional is not None
    return TextureSaliency(image, scene).conspicuity(*with_line), TextureSaliency(image, scene, positional).conspicuity(
        *with_line
    )


def test_a_mark_that_is_always_in_one_place_hides_no_defect_in_another() -> None:
    alone, by_place = compared(0, (60, 90))
    assert alone < 0.6 and by_place > 2.0


def test_where_the_mark_always_is_it_counts_in_full() -> None:
    alone, by_place = compared(0, (22, 24))
    assert by_place == pytest.approx(alone, rel=0.02)


def test_marks_that_lie_anywhere_count_everywhere() -> None:
    # The bar reaches every place within 6 px in some of the plates.
    alone, by_place = compared(70, (60, 60))
    assert alone <= by_place < 1.3 * alone


def test_too_few_pictures_or_several_sizes_tell_nothing() -> None:
    known = pictures(0)
    assert PositionalSaliency.of(known[: LEAST_PICTURES - 1]) is None
    small = np.ascontiguousarray(known[0][0][:64])
    assert PositionalSaliency.of([*known, (small, analyze_scene(small))]) is None


@pytest.mark.parametrize(("count", "picked"), [(15, 0), (16, 16), (40, 32), (1000, 32)])
def test_pictures_are_picked_evenly(count: int, picked: int) -> None:
    indices = pick_pictures(count)
    assert len(indices) == picked and all(0 <= index < count for index in indices)
    assert not indices or (indices[0], indices[-1]) == (0, count - 1)
    assert len(set(np.diff(indices))) <= 2
