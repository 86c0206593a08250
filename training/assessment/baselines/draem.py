"""DRAEM's augmentation (arXiv 2108.07610) by its own code: a checkout of VitjanZ/DRAEM, with imgaug."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from ....agent.core.errors import InputError
from .base import Samples, as_uint8, bgr, collect, dice
from .checkout import commit_of, import_from
from .textures import list_textures

# Its noise has up to this many cells a side, and asks for whole pixels in each.
_CELLS = 32
# imgaug 0.4.0, the last one, asks NumPy for lists of its types while it is imported; NumPy 2 has them no more.
_NUMPY_1_TYPES = {
    "float": [np.float16, np.float32, np.float64],
    "int": [np.int8, np.int16, np.int32, np.int64],
    "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
}


class Draem:
    """checkout: the repository's folder. textures: a folder of pictures to blend in, searched deep (its authors: DTD);
    without one, the training normals themselves.
    """

    name = "DRAEM"

    def __init__(self, checkout: Path, textures: Path | None = None) -> None:
        with _numpy_1_types():
            self._loader = import_from(checkout, "data_loader", "--draem", "see docs/comparison.md for imgaug")
        self._textures = None if textures is None else list_textures(textures)
        source = "training normals" if textures is None else f"folder {textures.name}"
        self.facts: dict[str, Any] = {"commit": commit_of(checkout), "textures": source}

    def synthesize(self, normals: Sequence[np.ndarray], item: str, count: int, seed: int) -> Samples:
        """See Synthesizer. Its augment_image, unchanged, without its rotation of the normal image, so that all
        methods work on the same ones. Raises InputError for a side that is no multiple of 32 px.
        """
        side = normals[0].shape[0]
        if side % _CELLS:
            raise InputError(f"DRAEM's noise needs a side that is a multiple of {_CELLS} px, not {side}")
        with dice(seed), self._textures_of(normals) as draw_texture:
            dataset = self._dataset(side)

            def draw(index: int) -> tuple[np.ndarray, np.ndarray]:
                normal = bgr(normals[index]).astype(np.float32) / 255
                image, mask, _ = dataset.augment_image(normal, str(draw_texture()))
                return bgr(as_uint8(image)), mask[..., 0] > 0

            return collect(self.name, normals, count, seed, draw)

    def _dataset(self, side: int) -> Any:
        """Its training set without a file, for its methods, with dice of the global ones' seed."""
        # A new generator: imgaug's old one, seeded again, does not draw the same again.
        generators = self._loader.iaa.meta.iarandom
        generators.GLOBAL_RNG = generators.RNG(int(np.random.randint(2**31)))
        dataset = self._loader.MVTecDRAEMTrainDataset("", "", resize_shape=[side, side])
        _mend_autocontrast(dataset, self._loader.iaa)
        return dataset

    @contextmanager
    def _textures_of(self, normals: Sequence[np.ndarray]) -> Iterator[Callable[[], Path]]:
        """Draws a texture's file: its code reads them by path."""
        if self._textures is not None:
            textures = self._textures
            yield lambda: textures[int(np.random.randint(len(textures)))]
            return
        with tempfile.TemporaryDirectory() as folder:

            def draw() -> Path:
                index = int(np.random.randint(len(normals)))
                path = Path(folder) / f"{index}.bmp"
                if not path.is_file():
                    cv2.imwrite(str(path), bgr(normals[index]))
                return path

            yield draw


def _mend_autocontrast(dataset: Any, iaa: ModuleType) -> None:
    """Pillow takes imgaug's cutoff, an array of one, no more: it gets the number."""
    for augmenter in dataset.augmenters:
        if isinstance(augmenter, iaa.pillike.Autocontrast):
            augmenter.func = lambda image, cutoff: iaa.pillike.autocontrast(image, int(np.ravel(cutoff)[0]))


@contextmanager
def _numpy_1_types() -> Iterator[None]:
    if hasattr(np, "sctypes"):
        yield
        return
    np.sctypes = _NUMPY_1_TYPES  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del np.sctypes  # type: ignore[attr-defined]
