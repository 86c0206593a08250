"""CutPaste (arXiv 2104.04015) and NSA (arXiv 2109.15222), both by NSA's own code: a checkout of
hmsch/natural-synthetic-anomalies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ....agent.scene.scene import analyze_scene
from .base import Samples, collect, dice
from .checkout import commit_of, import_from

# Rows of its tables for a product that it does not know: any texture's, as those differ in nothing that is used here; an
# object's by the brightness of the background, which it keeps patches off; else one without a known background.
_TEXTURE, _ON_BACKGROUND, _OBJECT = "tile", ("bottle", "hazelnut"), "transistor"
_TABLES = {
    "width_bounds_pct": "WIDTH_BOUNDS_PCT", "num_patches": "NUM_PATCHES", "min_object_pct": "MIN_OBJECT_PCT",
    "min_overlap_pct": "MIN_OVERLAP_PCT", "skip_background": "BACKGROUND",
}  # fmt: skip
# As its training does for textures.
_TEXTURE_RESIZE = (0.5, 2)


class NaturalSynthetic:
    """One of the two. checkout: the repository's folder. The settings are those of its train_mvtec.py."""

    def __init__(self, method: Literal["CutPaste", "NSA"], checkout: Path) -> None:
        needs = "it needs scikit-image, matplotlib and torchvision: pip install '.[baselines]'"
        self.name: str = method
        self._training = import_from(checkout, "train_mvtec", "--nsa", needs)
        self._patch_ex = import_from(checkout, "self_sup_data.self_sup_tasks", "--nsa", needs).patch_ex
        self.facts: dict[str, Any] = {"commit": commit_of(checkout)}

    def synthesize(self, normals: Sequence[np.ndarray], item: str, count: int, seed: int) -> Samples:
        """See Synthesizer. Patches come from the image itself (CutPaste), or the normal image drawn before (NSA)."""
        arguments = self._arguments(self._row(normals, item))
        previous = 0

        def draw(index: int) -> tuple[np.ndarray, np.ndarray]:
            nonlocal previous
            image, label = self._patch_ex(normals[index].copy(), normals[previous], verbose=False, **arguments)
            previous = index
            return image, label[..., 0] > 0

        with dice(seed):
            return collect(self.name, normals, count, seed, draw)

    def _arguments(self, row: str) -> dict[str, Any]:
        """Keyword arguments of its patch_ex, as its `train` puts them together."""
        texture = row in self._training.TEXTURES
        if self.name == "CutPaste":
            setting, own = "CutPaste", {"cutpaste_patch_generation": True}  # --cutpaste_patch_gen
        else:  # mixed gradients for textures, as its README says
            setting, own = ("Shift-Intensity-M" if texture else "Shift-Intensity"), {}
        tables = {name: getattr(self._training, table).get(row) for name, table in _TABLES.items()}
        # The logistic of a label is positive wherever the binary label is: only the latter is needed.
        shared = {**self._training.SETTINGS[setting]["self_sup_args"], "label_mode": "binary"}
        resize = {"resize_bounds": _TEXTURE_RESIZE} if texture else {}
        return {**shared, **tables, **resize, **own}

    def _row(self, normals: Sequence[np.ndarray], item: str) -> str:
        name = item.strip().lower().replace(" ", "_")
        if name in self._training.CLASS_NAMES:
            return name
        scene = analyze_scene(normals[0])
        if scene.category == "texture":
            return _TEXTURE
        brightness = float(normals[0][~scene.foreground].mean())
        for row in _ON_BACKGROUND:
            value, reach = self._training.BACKGROUND[row]
            if abs(brightness - value) <= reach:
                return row
        return _OBJECT
