"""Localization: a net trained on half normal, half synthesized pictures, tested on real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from torch.nn import functional

from .loss import focal_loss
from .measures import Measures, measure
from .networks import UNet
from .presets import PRESETS, Preset

#: strict: the last step's weights. paper: those of the epoch that does best on the test set, which leaks.
Protocol = Literal["strict", "paper"]
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
_TEST_BATCH = 32


@dataclass(frozen=True, eq=False)
class LabelledTest:
    """Real pictures to test on. images: (N, S, S, 3) uint8. masks: (N, S, S) bool, empty for normal ones. types: the N
    defect types, "" for normal ones. names: the N pictures' names, for reports.
    """

    images: np.ndarray
    masks: np.ndarray
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The defect types, by name."""
        return tuple(sorted({kind for kind in self.types if kind}))


@dataclass(frozen=True, eq=False)
class LocalizationScores:
    """overall: of all test pictures. by_type: of the normal ones and those of one type. maps: (N, S, S) float32, 0-1.
    image_scores: (N,) float32, 0-1. step: whose weights they are. steps: of the training in all.
    """

    overall: Measures
    by_type: dict[str, Measures]
    maps: np.ndarray
    image_scores: np.ndarray
    step: int
    steps: int


def localize(
    normals: np.ndarray,
    images: np.ndarray,
    masks: np.ndarray,
    test: LabelledTest,
    preset: Preset | str = "quick",
    seed: int = 0,
    protocol: Protocol = "strict",
    device: str = "cpu",
) -> LocalizationScores:
    """Trains a net on the pictures and measures it on the test.

    normals, images: (N, S, S, 3) uint8, N may differ. masks: (N, S, S) bool, of the images. S is the preset's side, also in
    the test. preset: or its name. The same seed gives the same scores on a CPU. Raises ValueError where shapes do not fit.
    """
    preset = PRESETS[preset] if isinstance(preset, str) else preset
    _check_shapes(normals, images, masks, test, preset.side)
    best: tuple[float, int, np.ndarray] | None = None

    def check(net: UNet, step: int) -> None:
        nonlocal best
        maps = score_maps(net, test.images)
        found = measure(maps, image_scores(maps, preset.window), test.masks, test.types)
        # The sum that the paper's public script goes by.
        merit = found.image.auroc + found.pixel.auroc + found.pixel.ap + found.pixel.pro
        if best is None or merit > best[0]:
            best = (merit, step, maps)

    net = train_net(normals, images, masks, preset, seed, device, check if protocol == "paper" else None)
    steps = preset.localization.count_steps(2 * len(images), preset.batch)
    step, maps = (steps, score_maps(net, test.images)) if best is None else best[1:]
    scores = image_scores(maps, preset.window)
    return LocalizationScores(
        measure(maps, scores, test.masks, test.types), measure_types(maps, scores, test), maps, scores, step, steps
    )


def measure_types(maps: np.ndarray, scores: np.ndarray, test: LabelledTest) -> dict[str, Measures]:
    """For each defect type, the measures on its pictures and the normal ones."""
    found = {}
    for kind in test.kinds:
        chosen = np.array([other in ("", kind) for other in test.types])
        types = [other for other in test.types if other in ("", kind)]
        found[kind] = measure(maps[chosen], scores[chosen], test.masks[chosen], types)
    return found


def train_net(
    normals: np.ndarray,
    images: np.ndarray,
    masks: np.ndarray,
    preset: Preset,
    seed: int = 0,
    device: str = "cpu",
    check: Callable[[UNet, int], None] | None = None,
) -> UNet:
    """A net trained from scratch, half of each batch normal, mirrored at random; the last step's weights.

    Arguments as for `localize`. check: called with the net and the number of steps done, once an epoch.
    """
    # Layers draw their weights on the CPU, whatever the device.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = preset.network().to(device)
    rng = np.random.default_rng(seed)
    half = preset.batch // 2
    rate = preset.localization.learning_rate
    steps = preset.localization.count_steps(2 * len(images), preset.batch)
    every = preset.localization.count_epoch(2 * len(images), preset.batch)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for step in range(1, steps + 1):
        chosen = rng.integers(len(images), size=half)
        pictures = np.concatenate([normals[rng.integers(len(normals), size=half)], images[chosen]])
        targets = np.concatenate([np.zeros((half, *masks.shape[1:]), bool), masks[chosen]])
        for axis in (1, 2):
            mirrored = rng.random(preset.batch) < 0.5
            pictures[mirrored] = np.flip(pictures[mirrored], axis)
            targets[mirrored] = np.flip(targets[mirrored], axis)
        wanted = torch.from_numpy(targets[:, None].astype(np.float32)).to(device)
        loss = focal_loss(net(to_tensor(pictures, device)), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if check is not None and (step % every == 0 or step == steps):
            check(net, step)
            net.train()
    return net


@torch.no_grad()
def score_maps(net: UNet, images: np.ndarray) -> np.ndarray:
    """(N, S, S, 3) uint8 -> (N, S, S) float32, 0-1: how much of a defect each pixel is."""
    net.eval()
    device = str(next(net.parameters()).device)
    parts = [
        net(to_tensor(images[at : at + _TEST_BATCH], device)).sigmoid()[:, 0].cpu()
        for at in range(0, len(images), _TEST_BATCH)
    ]
    return torch.cat(parts).numpy()


def image_scores(maps: np.ndarray, window: int) -> np.ndarray:
    """(N, S, S) float32 -> (N,) float32: the highest mean over a window of this side, px, odd; zeros around the map."""
    means = functional.avg_pool2d(torch.from_numpy(maps)[:, None], window, stride=1, padding=window // 2)
    return means.amax(dim=(1, 2, 3)).numpy()


def to_tensor(pictures: np.ndarray, device: str = "cpu") -> torch.Tensor:
    """(N, H, W, 3) uint8 -> (N, 3, H, W) float32, 0-1."""
    return torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255).to(device)


def _check_shapes(normals: np.ndarray, images: np.ndarray, masks: np.ndarray, test: LabelledTest, side: int) -> None:
    for name, array, tail in (
        ("normals", normals, (3,)), ("images", images, (3,)), ("masks", masks, ()),
        ("test.images", test.images, (3,)), ("test.masks", test.masks, ()),
    ):  # fmt: skip
        if array.shape[1:] != (side, side, *tail) or len(array) == 0:
            raise ValueError(f"{name} is {array.shape}, not {('N', side, side, *tail)} with N above 0")
    if len(images) != len(masks) or len({len(test.images), len(test.masks), len(test.types), len(test.names)}) > 1:
        raise ValueError("images and masks, and the parts of the test, must be of the same number")
