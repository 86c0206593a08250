"""The contract of every synthesizer. Peers run where they are installed, or where the environment names their checkouts."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.describing import resolve
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.conspicuity import TextureSaliency
from anomaly_agent.agent.scene.scene import Scene, analyze_scene
from anomaly_agent.agent.tools.image_generation.procedural import mask_margin
from anomaly_agent.agent.tools.knowledge_retrieval.occurrence import plausible_types
from anomaly_agent.training.assessment.baselines.base import Samples, Synthesizer, collect, draw_normals
from anomaly_agent.training.assessment.baselines.choose import ALIKE, METHODS, OURS, choose_methods
from anomaly_agent.training.assessment.baselines.embedded_loop import EmbeddedLoop
from anomaly_agent.training.assessment.baselines.speed import ms_an_image
from anomaly_agent.training.assessment.policies.fixed import FixedPolicy

SIDE = 128
EXAMPLE_PRODUCTS = [render_normal("ceramic_tiles", seed, SIDE) for seed in range(4)]
#: Folders of the checkouts.
NSA, DRAEM = (Path(os.environ[name]) if os.environ.get(name) else None for name in ("NSA_PATH", "DRAEM_PATH"))
ABLE = {
    OURS: True, ALIKE: True, "CutPaste": NSA is not None, "NSA": NSA is not None, "DRAEM": DRAEM is not None,
    "anomalib": find_spec("anomalib") is not None,
}  # fmt: skip


@lru_cache
def method(name: str) -> Synthesizer:
    if not ABLE[name]:
        pytest.skip("set NSA_PATH and DRAEM_PATH to checkouts, and install anomalib, to test the peers themselves")
    return choose_methods([name], NSA, DRAEM)[0]


@lru_cache
def samples(name: str) -> Samples:
    return method(name).synthesize(EXAMPLE_PRODUCTS, "ceramic tile", 6, 3)


@pytest.mark.parametrize("name", METHODS)
def test_samples_are_arrays_of_the_normals_size_and_each_has_a_defect(name: str) -> None:
    made = samples(name)
    assert made.normals.shape == made.images.shape == (6, SIDE, SIDE, 3)
    assert made.masks.shape == (6, SIDE, SIDE)
    assert (made.images.dtype, made.masks.dtype) == (np.uint8, np.bool_)
    assert made.masks.any(axis=(1, 2)).all()


@pytest.mark.parametrize("name", METHODS)
def test_every_method_works_on_the_same_normals(name: str) -> None:
    chosen = draw_normals(EXAMPLE_PRODUCTS, 6, 3)
    assert len(set(chosen)) > 1
    assert np.array_equal(samples(name).normals, np.stack([EXAMPLE_PRODUCTS[index] for index in chosen]))


@pytest.mark.parametrize("name", METHODS)
def test_the_mask_is_where_the_image_has_changed(name: str) -> None:
    made = samples(name)
    change = np.abs(made.images.astype(int) - made.normals).mean(axis=3)
    if name in ("CutPaste", "NSA"):  # their labels: changes above 1 grey level, without grain
        assert np.mean((change > 1) & ~made.masks) < 0.01
    else:
        reach = (
            2 * mask_margin((SIDE, SIDE)) + 1 if name.startswith("ours") else 1
        )  # a shadow or soft border may reach so far
        wide = np.stack([cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach))) > 0 for mask in made.masks])
        assert not change[~wide].any()
    if name.startswith("ours"):  # masks have room around the defect
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
        near = np.stack([cv2.dilate((one > 0).astype(np.uint8), disc) > 0 for one in change])
        assert near[made.masks].mean() > 0.95
        assert 0.2 < np.mean(change[made.masks] > 0) < 0.95
    else:
        assert np.mean(change[made.masks] > 0) > 0.9


@pytest.mark.parametrize("name", METHODS)
def test_the_same_seed_gives_the_same_samples_and_global_dice_stay(name: str) -> None:
    made = samples(name)

    def dice() -> tuple[object, ...]:
        return random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes()

    before = dice()
    again = method(name).synthesize(EXAMPLE_PRODUCTS, "ceramic tile", 6, 3)
    assert dice() == before
    assert np.array_equal(made.images, again.images)
    assert np.array_equal(made.masks, again.masks)
    other = method(name).synthesize(EXAMPLE_PRODUCTS, "ceramic tile", 6, 4)
    assert not np.array_equal(made.masks, other.masks)


@pytest.mark.parametrize("name", METHODS)
def test_the_normals_themselves_stay(name: str) -> None:
    samples(name)
    assert all(
        np.array_equal(image, render_normal("ceramic_tiles", seed, SIDE)) for seed, image in enumerate(EXAMPLE_PRODUCTS)
    )


class Noting:
    """The embedded planner, which keeps what it was asked for."""

    def __init__(self) -> None:
        self.inner = embedded_backends().prompt_generator
        self.asked: list[tuple[str, int]] = []

    def plan(self, task: Task, scene: Scene) -> str:
        self.asked.append((task.anomaly, task.seed))
        return self.inner.plan(task, scene)


def _asked(make: Callable[[Noting], EmbeddedLoop], count: int) -> list[tuple[str, int]]:
    planner = Noting()
    make(planner).synthesize(EXAMPLE_PRODUCTS, "ceramic tile", count, 0)
    return planner.asked


def test_the_agent_draws_several_families_and_only_plausible_ones() -> None:
    asked = _asked(lambda p: EmbeddedLoop(backends=replace(embedded_backends(), prompt_generator=p)), 20)
    drawn = {anomaly for anomaly, _ in asked}
    allowed: set[str] = set().union(
        *(plausible_types("ceramic tile", analyze_scene(image)) for image in EXAMPLE_PRODUCTS)
    )
    assert drawn <= allowed
    assert len({resolve(anomaly).family for anomaly in drawn}) >= 4


def test_passed_samples_alone_are_kept_unless_told_otherwise() -> None:
    planner = Noting()
    backends = replace(embedded_backends(), prompt_generator=planner)
    kept = EmbeddedLoop(backends=backends, max_attempts=1, unfaithful=True).synthesize(
        EXAMPLE_PRODUCTS, "ceramic tile", 6, 0
    )
    assert len(planner.asked) > 6  # some unfaithful editors do not pass
    assert kept.masks.any(axis=(1, 2)).all()


def test_parts_of_the_loop_are_given_the_same_tasks() -> None:
    def variant(planner: Noting, attempts: int) -> EmbeddedLoop:
        backends = replace(embedded_backends(), prompt_generator=planner)
        return EmbeddedLoop("x", lambda _: ScriptedPolicy(), {}, backends, attempts, unfaithful=True, passed_only=False)

    once, thrice = (_asked(lambda p, n=attempts: variant(p, n), 4) for attempts in (1, 3))
    assert once == thrice
    plain = EmbeddedLoop("no loop", lambda _: FixedPolicy(), {}, None, 1, unfaithful=True, passed_only=False)
    assert plain.synthesize(EXAMPLE_PRODUCTS, "ceramic tile", 4, 0).images.shape == (4, SIDE, SIDE, 3)


def conspicuity(made: Samples) -> list[float]:
    return [
        TextureSaliency(normal, analyze_scene(normal)).conspicuity(image, mask)
        for normal, image, mask in zip(made.normals, made.images, made.masks, strict=True)
    ]


def test_samples_stand_out_as_clearly_as_asked_for() -> None:
    asked = conspicuity(EmbeddedLoop(least_conspicuity=2.0).synthesize(EXAMPLE_PRODUCTS, "ceramic tile", 12, 5))
    assert min(asked) >= 2.0
    assert min(conspicuity(EmbeddedLoop().synthesize(EXAMPLE_PRODUCTS, "ceramic tile", 12, 5))) < 2.0


def test_where_nothing_stands_out_so_clearly_the_clearest_is_taken() -> None:
    plain = conspicuity(EmbeddedLoop().synthesize(EXAMPLE_PRODUCTS, "ceramic tile", 6, 5))
    clearest = conspicuity(EmbeddedLoop(least_conspicuity=1e9).synthesize(EXAMPLE_PRODUCTS, "ceramic tile", 6, 5))
    assert all(first <= best for first, best in zip(plain, clearest, strict=True)) and plain != clearest


def test_an_image_that_takes_no_defect_is_named_in_a_line() -> None:
    with pytest.raises(InputError, match="nothing: no defect in 100 draws"):
        collect(
            "nothing", EXAMPLE_PRODUCTS, 1, 0, lambda index: (EXAMPLE_PRODUCTS[index], np.zeros((SIDE, SIDE), bool))
        )


def test_draem_refuses_a_side_that_its_noise_does_not_fit() -> None:
    with pytest.raises(InputError, match="multiple of 32 px, not 100"):
        method("DRAEM").synthesize([image[:100, :100] for image in EXAMPLE_PRODUCTS], "tile", 1, 0)


@pytest.mark.parametrize("name", ["DRAEM", "anomalib"])
def test_textures_of_a_folder_are_blended_in(name: str, tmp_path: Path) -> None:
    method(name)
    (tmp_path / "inner").mkdir()
    with pytest.raises(InputError, match="no picture in it or below"):
        choose_methods([name], NSA, DRAEM, tmp_path)
    write_png(tmp_path / "inner" / "red.png", np.full((64, 64, 3), (255, 0, 0), np.uint8))
    made = choose_methods([name], NSA, DRAEM, tmp_path)[0].synthesize(EXAMPLE_PRODUCTS, "tile", 4, 3)
    own = samples(name)
    assert not np.array_equal(made.images, own.images[:4])
    (tmp_path / "broken.png").write_text("no picture")
    with pytest.raises(InputError, match=r"broken\.png: cannot be read"):
        choose_methods([name], NSA, DRAEM, tmp_path)


def test_a_method_without_its_checkout_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"NSA needs --nsa PATH"):
        choose_methods(["NSA"])
    with pytest.raises(InputError, match=r"DRAEM needs --draem PATH"):
        choose_methods(["DRAEM"])
    with pytest.raises(InputError, match=r"holds no train_mvtec\.py"):
        choose_methods(["CutPaste"], nsa=tmp_path)
    assert next(one.name for one in choose_methods()) == "ours"


def test_speed_is_measured_on_one_core_and_threads_come_back() -> None:
    threads: list[tuple[int, int]] = []

    class Watched(EmbeddedLoop):
        def synthesize(self, *arguments: object) -> Samples:
            threads.append((cv2.getNumThreads(), torch.get_num_threads()))
            return super().synthesize(*arguments)

    before = cv2.getNumThreads(), torch.get_num_threads()
    assert ms_an_image(Watched(), EXAMPLE_PRODUCTS, "ceramic tile", 1) > 0
    assert threads == [(1, 1), (1, 1)]
    assert (cv2.getNumThreads(), torch.get_num_threads()) == before
