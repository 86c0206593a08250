"""Masks by Segment Anything: real models of tiny size, saved in their own formats, loaded by path, and prompted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_models
import torch
from segment_anything import SamPredictor as LibraryPredictor

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.toolbox import Backends
from anomaly_agent.agent.models.memory import choose_device
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.tools.mask_generation import ChangeMaskGenerator, SegmentingMaskGenerator
from anomaly_agent.agent.tools.mask_generation.loading import load_segmenter
from anomaly_agent.agent.tools.mask_generation.segmenting import choose_mask

NORMAL = render_normal("hex_nut", 1, 160)
MODELS = ("sam.pth", "sam2")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Both models in their own formats."""
    root = tmp_path_factory.mktemp("sam")
    torch.save(tiny_models.sam().state_dict(), root / "sam.pth")
    for part in tiny_models.sam2():
        part.save_pretrained(root / "sam2")
    return root


def two_stains() -> np.ndarray:
    """The normal image with two dark spots."""
    edited = NORMAL.copy()
    edited[40:52, 30:50] = 15
    edited[110:120, 100:106] = 15
    return edited


class Exact:
    """A predictor that finds, in the part it is shown, the dark pixels inside the box, and some wrong candidates."""

    def __init__(self) -> None:
        self.boxes: list[tuple[int, int, int, int]] = []
        self.points: list[np.ndarray] = []

    def save_memory(self):
        return False

    def look_at(self, image):
        self.dark = image.max(axis=2) < 20

    def masks(self, box, points):
        self.boxes.append(box)
        self.points.append(points)
        inside = np.zeros_like(self.dark)
        inside[box[1] : box[3], box[0] : box[2]] = True
        everything = np.ones_like(self.dark)
        return np.stack([everything, self.dark & inside, ~everything])


def test_each_piece_is_prompted_with_its_box_and_points_within_it():
    model = Exact()
    edited = two_stains()
    mask = SegmentingMaskGenerator(model).segment(NORMAL, edited)
    exact = edited.max(axis=2) < 20
    exact &= (edited != NORMAL).any(axis=2)
    assert (mask == exact).all()
    assert len(model.boxes) == 2
    for box, points in zip(model.boxes, model.points, strict=True):
        assert 1 <= len(points) <= 3
        for x, y in points.astype(int):
            assert box[0] <= x < box[2] and box[1] <= y < box[3] and model.dark[y, x]


@pytest.mark.parametrize(
    ("candidate", "taken"),
    [((10, 30, 10, 30), True), ((8, 31, 8, 31), True), ((0, 60, 0, 60), False), ((40, 50, 40, 50), False)],
)
def test_a_mask_counts_where_it_agrees_with_the_change(candidate, taken):
    piece, other = np.zeros((2, 64, 64), bool)
    piece[10:30, 10:30] = True
    top, bottom, left, right = candidate
    other[top:bottom, left:right] = True
    chosen = choose_mask(np.stack([other, ~other]), piece)
    assert (chosen is not None) == taken
    if taken:
        assert (chosen == other).all()


def test_where_no_candidate_agrees_the_computed_mask_stays():
    class Blind(Exact):
        def masks(self, box, points):
            return np.ones((3, *self.dark.shape), bool)

    edited = two_stains()
    assert (
        SegmentingMaskGenerator(Blind()).segment(NORMAL, edited) == ChangeMaskGenerator().segment(NORMAL, edited)
    ).all()


def test_nothing_changed_gives_an_empty_mask_and_asks_no_model():
    model = Exact()
    assert not SegmentingMaskGenerator(model).segment(NORMAL, NORMAL.copy()).any() and not model.boxes


@pytest.mark.parametrize("name", MODELS)
def test_a_saved_model_loads_by_path_and_makes_masks_of_the_pictures_size(saved, name):
    generator = load_segmenter(saved / name)
    generator.predictor.look_at(two_stains())
    box, points = (25, 35, 55, 57), np.array([[40, 46], [35, 44]], np.float32)
    candidates = generator.predictor.masks(box, points)
    assert candidates.shape == (6, *NORMAL.shape[:2]) and candidates.dtype == np.bool_
    mask = generator.segment(NORMAL, two_stains())
    assert mask.shape == NORMAL.shape[:2] and mask.any()


def test_the_architecture_read_from_the_weights_gives_the_librarys_own_masks(saved):
    ours = load_segmenter(saved / "sam.pth").predictor
    library = LibraryPredictor(tiny_models.sam().eval().to(choose_device()))  # a GPU rounds in its own way
    library.model.load_state_dict(torch.load(saved / "sam.pth", weights_only=True))
    image, box = two_stains(), (25, 35, 55, 57)
    ours.look_at(image)
    library.set_image(image)
    points = np.array([[40, 46]], np.float32)
    expected = library.predict(points, np.array([1]), np.array(box, np.float32))[0]
    assert (ours.masks(box, points)[:3] == expected).all()


@pytest.mark.parametrize("name", MODELS)
def test_the_whole_loop_runs_on_it(saved, name):
    tools = embedded_backends()
    segmenter = load_segmenter(saved / name)

    class Repainter:
        """An image generator that does not know its mask."""

        def edit(self, task, scene, prompt, seed):
            return replace(tools.image_generator.edit(task, scene, prompt, seed), mask=None)

    backends = Backends(tools.prompt_generator, Repainter(), tools.judge, tools.knowledge, segmenter)
    result = AgentLoop(ScriptedPolicy(), backends, 2).synthesize(Task(NORMAL, "hex nut", "scratch", seed=1))
    assert result.mask.any() and result.mask.shape == NORMAL.shape[:2]


def cut_off(root: Path) -> tuple[Path, str]:
    path = root / "cut.pth"
    torch.save(tiny_models.sam().state_dict(), path)
    path.write_bytes(path.read_bytes()[:-5000])
    return path, r"cut\.pth: truncated, or not a Segment Anything checkpoint \(sam_vit_b"


def foreign(root: Path) -> tuple[Path, str]:
    torch.save({"conv.weight": torch.zeros(3)}, root / "yolo.pth")
    return root / "yolo.pth", r"yolo\.pth: not a Segment Anything checkpoint .* its weights have other names"


def incomplete(root: Path) -> tuple[Path, str]:
    weights = tiny_models.sam().state_dict()
    del weights["mask_decoder.iou_token.weight"]
    torch.save(weights, root / "part.pth")
    return root / "part.pth", r"part\.pth: does not fit a Segment Anything checkpoint"


def page(root: Path) -> tuple[Path, str]:
    (root / "sam_vit_h.pth").write_text("<html>404</html>")
    return root / "sam_vit_h.pth", r"sam_vit_h\.pth: truncated, or not"


def missing(root: Path) -> tuple[Path, str]:
    return root / "sam_vit_l.pth", r"sam_vit_l\.pth: no such file"


def picture(root: Path) -> tuple[Path, str]:
    return root / "mask.png", r"mask\.png: give a Segment Anything checkpoint \(\.pth\), or a folder"


def no_model_folder(root: Path) -> tuple[Path, str]:
    (root / "empty").mkdir()
    return root / "empty", r"empty: config\.json is missing; give a folder of Segment Anything 2"


def cut_off_2(root: Path) -> tuple[Path, str]:
    folder = root / "sam2"
    for part in tiny_models.sam2():
        part.save_pretrained(folder)
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    return folder, r"model\.safetensors: \d+ bytes, but its header says \d+; the download was cut off"


def other_model(root: Path) -> tuple[Path, str]:
    folder = root / "clip"
    tiny_models.clip_text().save_pretrained(folder)
    return folder, r"clip/config\.json: is of model type 'clip_text_model'; give a folder of Segment Anything 2"


def broken_config(root: Path) -> tuple[Path, str]:
    folder = root / "broken"
    tiny_models.sam2()[0].save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "no such model"}))
    return folder, r"broken: cannot be loaded .* give a folder of Segment Anything 2"


@pytest.mark.parametrize(
    "make",
    [cut_off, foreign, incomplete, page, missing, picture, no_model_folder, cut_off_2, other_model, broken_config],
)
def test_a_wrong_checkpoint_is_named_with_what_was_expected(tmp_path, make):
    path, says = make(tmp_path)
    with pytest.raises(InputError, match=says) as caught:
        load_segmenter(path)
    assert "\n" not in str(caught.value)


def test_a_pickle_that_runs_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    torch.save({"image_encoder.pos_embed": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(InputError, match=r"evil\.pth: truncated, or not"):
        load_segmenter(tmp_path / "evil.pth")
