"""What a sample is compared by: the change against its normal image, not the picture, which it shares with many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..core.errors import InputError
from ..dataset.stored import StoredSample
from ..imaging.channels import luma
from ..imaging.inpaint import rebuild_normal
from ..scene.conspicuity import TextureSaliency
from ..scene.positional_saliency import PositionalSaliency, pick_pictures
from ..scene.scene import Scene, analyze_scene
from ..tools.quality_evaluation.measures import measure

# Longest side, in px, that is looked at; and the side of the square that a change is brought to.
_WORKING_SIDE, _PATCH = 1024, 32
# Of a patch's discrete cosine transform the lowest frequencies, as in perceptual hashes; the first is the mean.
_LOW = 10
# Upper ends of the share of the picture, for "small" and "medium".
_SMALL, _MEDIUM = 0.004, 0.03
_ROWS, _COLUMNS = ("upper", "middle", "lower"), ("left", "centre", "right")


@dataclass(frozen=True, eq=False)
class Features:
    """signature: (K,) float32, unit length, of shape and tone. colour: (3,) mean change, grey levels. centre: x, y of the
    mask, and extent, the longer side of its box: px by the picture's longer side. share: of the picture's area.
    visibility: see Measures; None where there is no normal image. conspicuity: see TextureSaliency; None where there is no normal
    image, where it was not asked for, and between two tones, where every mark is as strong.
    """

    signature: np.ndarray
    colour: np.ndarray
    centre: np.ndarray
    extent: float
    share: float
    place: str
    visibility: float | None
    conspicuity: float | None

    @property
    def size(self) -> str:
        """In a word."""
        return "small" if self.share < _SMALL else "medium" if self.share < _MEDIUM else "large"


class FeatureReader:
    """Reads samples; remembers the last normal image's scene and saliency, as samples of one follow each other."""

    def __init__(self, conspicuity: bool = False, positional: PositionalSaliency | None = None) -> None:
        """conspicuity: whether to measure it. positional: saliency of the product's normal images, see TextureSaliency."""
        self._conspicuity = conspicuity
        self._positional = positional
        self._last: tuple[object, Scene, TextureSaliency | None] | None = None

    def read(self, sample: StoredSample) -> Features:
        """The features of a sample. Raises InputError where its files cannot be used."""
        image, mask = sample.read()
        normal = sample.read_normal()
        if normal is not None and normal.shape != image.shape:
            raise InputError(f"{sample.entry.image}: is not of its normal image's size; take the sample away")
        shrunk = _at_working_size(image)
        if shrunk is not image:
            image = shrunk
            mask = cv2.resize(mask.astype(np.uint8), image.shape[1::-1], interpolation=cv2.INTER_AREA) > 0
            normal = None if normal is None else _at_working_size(normal)
        before = rebuild_normal(image, mask) if normal is None else normal
        if normal is None:
            return _features(image, before, mask, None, None)
        scene, saliency = self._known(sample, normal)
        measures = measure(normal, image, scene)
        visibility = 0.0 if measures is None else measures.visibility
        return _features(
            image, before, mask, visibility, None if saliency is None else saliency.conspicuity(image, mask)
        )

    def _known(self, sample: StoredSample, normal: np.ndarray) -> tuple[Scene, TextureSaliency | None]:
        if self._last is None or self._last[0] != sample.normal:
            scene = analyze_scene(normal)
            saliency = TextureSaliency.of(normal, scene, self._positional) if self._conspicuity else None
            self._last = (sample.normal, scene, saliency)
        return self._last[1:]


def read_positional_saliency(samples: Sequence[StoredSample]) -> PositionalSaliency | None:
    """Marks of the normal images that samples were made on; None where they are too few or of several sizes. Raises
    InputError where a file cannot be used."""
    sources = list({sample.normal: sample for sample in samples if sample.normal is not None}.values())
    read = (sources[index].read_normal() for index in pick_pictures(len(sources)))
    normals = [_at_working_size(normal) for normal in read if normal is not None]
    return PositionalSaliency.of([(normal, analyze_scene(normal)) for normal in normals])


def _at_working_size(image: np.ndarray) -> np.ndarray:
    """Itself where it is no larger."""
    shrink = min(1.0, _WORKING_SIDE / max(image.shape[:2]))
    return image if shrink == 1.0 else cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)


def _features(
    image: np.ndarray, before: np.ndarray, mask: np.ndarray, visibility: float | None, conspicuity: float | None
) -> Features:
    difference = image.astype(np.float32) - before.astype(np.float32)
    colour = difference[mask].mean(axis=0)
    height, width = mask.shape
    x, y, across, down = cv2.boundingRect(mask.astype(np.uint8))
    rows, columns = np.nonzero(mask)
    centre = np.array([columns.mean() + 0.5, rows.mean() + 0.5])
    lightness = np.where(mask, luma(difference), 0.0).astype(np.float32)
    side = 1.2 * max(across, down)
    middle = (x + across / 2, y + down / 2)
    shape = _spectrum(_patch(mask.astype(np.float32), middle, side))
    tone = _spectrum(_patch(lightness, middle, side))
    return Features(
        signature=np.concatenate([shape, tone]) / np.float32(np.sqrt(2)),
        colour=colour,
        centre=centre / max(height, width),
        extent=max(across, down) / max(height, width),
        share=float(mask.mean()),
        place=f"{_ROWS[int(3 * centre[1] / height)]} {_COLUMNS[int(3 * centre[0] / width)]}",
        visibility=visibility,
        conspicuity=conspicuity,
    )


def _patch(values: np.ndarray, middle: tuple[float, float], side: float) -> np.ndarray:
    """A square of (H, W) values around `middle`, `side` px, brought to the patch's size; outside the picture is 0."""
    # Averaged first, so that a thin line is not lost between two samples.
    spread = max(side / _PATCH / 2, 0.3)
    smooth = cv2.GaussianBlur(values, (0, 0), spread)
    scale = side / _PATCH
    matrix = np.array(
        [[scale, 0, middle[0] - side / 2 + scale / 2 - 0.5], [0, scale, middle[1] - side / 2 + scale / 2 - 0.5]],
        np.float32,
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(smooth, matrix, (_PATCH, _PATCH), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=0)


def _spectrum(patch: np.ndarray) -> np.ndarray:
    low = cv2.dct(patch)[:_LOW, :_LOW].ravel()[1:]
    return low / max(float(np.linalg.norm(low)), 1e-6)
