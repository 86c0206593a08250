"""Outlines and small pictures for pages."""

import base64
import io
import re

import numpy as np
from PIL import Image

from anomaly_agent.agent.imaging.outline import outline_path, picture_url, thumbnail_mask


def test_an_outline_runs_beside_the_mask_and_around_its_holes():
    mask = np.zeros((40, 60), bool)
    mask[10:30, 20:50] = True
    mask[15:25, 30:40] = False
    path = outline_path(mask)
    assert path.count("M") == path.count("Z") == 2
    numbers = np.array(re.findall(r"([\d.-]+) ([\d.-]+)", path), float)
    assert np.abs(numbers.min(axis=0) - (20, 10)).max() <= 1.5 and np.abs(numbers.max(axis=0) - (50, 30)).max() <= 1.5
    assert numbers[:, 0].min() <= 20 and numbers[:, 0].max() >= 50, "outside the defect, not over it"
    assert outline_path(np.zeros((40, 60), bool)) == ""


def test_thin_defects_stay_visible_when_shrunk():
    mask = np.zeros((400, 800), bool)
    mask[200:202, 100:700] = True
    small = thumbnail_mask(mask, 400)
    assert small.shape == (200, 400) and small.sum() >= 290


def test_pictures_keep_their_shape_and_colours():
    image = np.zeros((300, 600, 3), np.uint8)
    image[..., 0] = 200
    picture = Image.open(io.BytesIO(base64.b64decode(picture_url(image, 200).partition(",")[2])))
    assert picture.size == (200, 100) and np.abs(np.asarray(picture).mean((0, 1)) - (200, 0, 0)).max() < 3
