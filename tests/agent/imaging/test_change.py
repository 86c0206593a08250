"""Changes found through disturbances that are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.imaging.change import find_change
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator

HOW = ("none", "darker", "brighter", "jpeg", "shift")


def _disturbed(image, mask, how):
    if how in ("darker", "brighter"):
        image = np.clip(np.rint(image * (0.9 if how == "darker" else 1.1)), 0, 255).astype(np.uint8)
    if how == "jpeg":
        _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
        image = np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
    if how == "shift":
        shift = np.array([[1, 0, 1.5], [0, 1, -1.5]], np.float32)
        size = image.shape[1::-1]
        image = cv2.warpAffine(image, shift, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpAffine(mask.astype(np.float32), shift, size) > 0.5
    return image, mask


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ["painted_metal", "leather", "biscuit"])
@pytest.mark.parametrize("family", ["contamination", "hole"])
def test_known_masks_are_found_again(how, name, family):
    overlaps = []
    for seed in range(4):
        image = render_normal(name, seed, 160)
        task = Task(image, name, family)
        prompt = f"Add a severe dark {'stain' if family == 'contamination' else family}, {'30' if family[0] == 'c' else '18'}%."
        made = ProceduralGenerator().edit(task, analyze_scene(image), prompt, seed)
        edited, known = _disturbed(made.image, made.mask, how)
        found = find_change(image, edited).support
        overlaps.append((found & known).sum() / (found | known).sum())
    assert np.mean(overlaps) > 0.7, overlaps


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ["concrete", "woven_fabric", "washer"])
def test_disturbances_alone_are_hardly_a_change(how, name):
    image = render_normal(name, 1, 160)
    edited, _ = _disturbed(image, np.zeros((160, 160), bool), how)
    assert find_change(image, edited).support.mean() < 0.02


def test_identical_pictures_and_odd_sizes():
    for size in ((64, 64), (65, 131), (200, 64)):
        image = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
        for registered in (False, True):
            change = find_change(image, image, registered)
            assert not change.support.any()
            assert change.support.shape == size
            assert change.difference.shape == (*size, 3)


def test_registered_pictures_show_every_change_of_note():
    image = render_normal("painted_metal", 1, 128)
    edited = image.copy()
    edited[50:60, 70:90] = np.clip(edited[50:60, 70:90].astype(int) - 30, 0, 255)
    known = np.zeros((128, 128), bool)
    known[50:60, 70:90] = True
    found = find_change(image, edited, registered=True).support
    assert (found & known).sum() / (found | known).sum() > 0.7


@pytest.mark.parametrize("size", [(40, 26), (3, 70), (1, 1), (90, 90)])
def test_a_part_of_a_registered_picture_gives_what_the_whole_gives(size):
    """Only the neighbourhood of a small change is looked at; a change of half the picture is looked at in full."""
    rng = np.random.default_rng(size[0])
    normal = rng.integers(60, 200, (180, 240, 3), np.uint8)
    edited = normal.copy()
    edited[50 : 50 + size[0], 120 : 120 + size[1]] ^= 48
    edited[52 : 50 + size[0] - 8, 124 : 120 + size[1] - 8] = normal[52 : 50 + size[0] - 8, 124 : 120 + size[1] - 8]
    part = find_change(normal, edited, registered=True)
    far = edited.copy()
    far[2, 2] ^= 255  # a change at each corner makes it look at the whole
    far[-3, -3] ^= 255
    whole = find_change(normal, far, registered=True)
    near = np.zeros(normal.shape[:2], bool)
    near[12:-12, 12:-12] = True
    assert (part.support == whole.support)[near].all()
    assert np.allclose(part.magnitude[near], whole.magnitude[near], atol=1e-3)
