"""Near-duplicates: what a camera or a codec does to a sample is not another sample, another defect is."""

import cv2
import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.curation.duplicates import near_duplicates
from anomaly_agent.agent.curation.features import FeatureReader
from anomaly_agent.agent.dataset.reader import Entry
from anomaly_agent.agent.dataset.stored import open_stored


def jpeg(image, mask, rng):
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return cv2.imdecode(data, cv2.IMREAD_COLOR), mask


def noise(image, mask, rng):
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8), mask


def grown_mask(image, mask, rng):
    """By a pixel, but for small ones, and ragged ones that would be of another size (by more than 1.3)."""
    grown = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    return image, grown if mask.sum() > 255 * 400 and grown.sum() <= 1.3 * mask.sum() else mask


def fainter(image, mask, rng):
    return cv2.addWeighted(image, 0.9, np.full_like(image, int(image.mean())), 0.1, 0), mask


@pytest.mark.parametrize("change", [jpeg, noise, grown_mask, fainter])
def test_a_sample_saved_again_is_a_near_duplicate(made_set, tmp_path, change):
    (item,) = open_stored(made_set / "part")
    rng, reader = np.random.default_rng(0), FeatureReader()
    for number, sample in enumerate(item.samples):
        image, mask = sample.read()
        image, mask = change(image, mask.astype(np.uint8) * 255, rng)
        paths = tmp_path / f"{number}.png", tmp_path / f"{number}_mask.png"
        for path, array in zip(paths, (image, mask), strict=True):
            Image.fromarray(array).save(path)
        again = type(sample)(**{**vars(sample), "entry": Entry(paths[0], sample.anomaly, paths[1])})
        assert set(near_duplicates([reader.read(sample), reader.read(again)])) == {1}, sample.image


def test_samples_of_other_seeds_are_not(made_set):
    (item,) = open_stored(made_set / "part")
    reader = FeatureReader()
    for kind in {sample.anomaly for sample in item.samples}:
        assert not near_duplicates([reader.read(sample) for sample in item.samples if sample.anomaly == kind])


BASE = {"at": (80, 80), "radius": 12, "tone": -60, "stretch": 0.5}
OTHERS = [{"at": (110, 50)}, {"radius": 17}, {"tone": 60}, {"tone": -25}, {"stretch": 1.0}]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_another_place_size_tone_or_shape_is_another_defect(make_set, other):
    (item,) = open_stored(make_set([BASE, {**BASE, **other}]))
    reader = FeatureReader()
    assert not near_duplicates([reader.read(sample) for sample in item.samples])


def test_the_same_change_on_another_normal_image_is_a_near_duplicate(make_set):
    """Compared is the change, not the picture; and two pictures of one normal image are not alike for that."""
    spots = [BASE, {**BASE, "normal": 1, "at": (81, 79)}, {**BASE, "at": (40, 120)}]
    (item,) = open_stored(make_set(spots))
    reader = FeatureReader()
    assert set(near_duplicates([reader.read(sample) for sample in item.samples])) == {1}
