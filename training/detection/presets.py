"""How large and how long: the settings of an evaluation that belong together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .networks import DiscriminativeUNet, SmallUNet, UNet

# Literature (DRAEM and those after it): the image score is the highest mean over 21 px of a 256 px map.
_WINDOW, _WINDOW_SIDE = 21, 256


@dataclass(frozen=True)
class Training:
    """Length and rate of a training. steps: batches; 0: `epochs` passes over the images."""

    learning_rate: float
    steps: int = 0
    epochs: int = 0

    def count_steps(self, images: int, batch: int) -> int:
        """Batches in all. images: that a pass goes over. batch: images of a batch that come from them."""
        return self.steps or self.epochs * self.steps_an_epoch(images, batch)

    def steps_an_epoch(self, images: int, batch: int) -> int:
        """Batches that a pass over the images takes."""
        return math.ceil(images / batch)


@dataclass(frozen=True)
class Preset:
    """side: of all pictures, px, a multiple of the net's stride. batch: images of a batch, even."""

    name: str
    side: int
    batch: int
    network: Callable[[], UNet]
    localization: Training
    classification: Training

    @property
    def window(self) -> int:
        """Side of the window of the image score, px: 21 at 256, always odd."""
        return 2 * round((_WINDOW * self.side / _WINDOW_SIDE - 1) / 2 + 1e-6) + 1


QUICK = Preset("quick", 128, 8, SmallUNet, Training(2e-3, steps=300), Training(1e-4, steps=150))
#: Classification is the paper's (30 epochs, Adam 1e-4, batch 8, 256 px); localization as public scripts of the field do it.
FULL = Preset("full", 256, 8, DiscriminativeUNet, Training(1e-4, epochs=200), Training(1e-4, epochs=30))
PRESETS = {preset.name: preset for preset in (QUICK, FULL)}
