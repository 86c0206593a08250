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
    """Length and rate of a training. steps: batches; 0: `epochs` of `pictures` each, or of as many as there are where it is 0."""

    learning_rate: float
    steps: int = 0
    epochs: int = 10
    pictures: int = 0

    def count_steps(self, there: int, batch: int) -> int:
        """Batches in all. there: pictures to train on."""
        return self.steps or self.epochs * self.count_epoch(there, batch)

    def count_epoch(self, there: int, batch: int) -> int:
        """Batches of an epoch."""
        return max(1, self.steps // self.epochs) if self.steps else math.ceil((self.pictures or there) / batch)


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
#: Epochs, batch, side and rates of the paper's public scripts: epochs of 500 pictures for localization.
FULL = Preset("full", 256, 8, DiscriminativeUNet, Training(1e-4, epochs=200, pictures=500), Training(1e-4, epochs=30))
PRESETS = {preset.name: preset for preset in (QUICK, FULL)}
