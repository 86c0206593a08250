"""Classification: a ResNet-34 learns the defect types from synthesized pictures, and names those of real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet34

from .localization import LabelledTest, Protocol, to_tensor
from .pictures import Pictures
from .presets import PRESETS, Preset

NETWORK = "ResNet-34 (torchvision, ImageNet)"
# ImageNet's mean and deviation by channel, which torchvision's weights want.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_TEST_BATCH = 32


@dataclass(frozen=True, eq=False)
class ClassificationScores:
    """accuracy: of all tested defects, 0-1. by_type: of each type's. tested: their number. unknown: real types that no
    synthesized picture is of, which are not tested on. step, steps: whose weights, and of how many.
    """

    accuracy: float
    by_type: dict[str, float]
    tested: int
    unknown: tuple[str, ...]
    step: int
    steps: int


def shared_types(pictures: Pictures, test: LabelledTest) -> tuple[str, ...]:
    """Types that both sets have, by name; fewer than two cannot be told apart."""
    return tuple(kind for kind in test.kinds if kind in pictures.types)


def classify(
    pictures: Pictures,
    test: LabelledTest,
    preset: Preset | str = "quick",
    seed: int = 0,
    protocol: Protocol = "strict",
    device: str = "cpu",
    weights: dict[str, torch.Tensor] | None = None,
) -> ClassificationScores:
    """Trains a net on the synthesized pictures of the types that both sets have, and tests it on the real defects.

    weights: torchvision's of ImageNet; None: from scratch. strict keeps the last step's net, paper that of the epoch which does
    best on the test. Raises ValueError where the sets share fewer than two types.
    """
    preset = PRESETS[preset] if isinstance(preset, str) else preset
    kinds = shared_types(pictures, test)
    if len(kinds) < 2:
        raise ValueError(f"two types at least must be in both sets, not {list(kinds)}")
    images, labels = _of_kinds(pictures.images, pictures.types, kinds)
    tested, wanted = _of_kinds(test.images, test.types, kinds)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = build_resnet(len(kinds), weights).to(device)
    rng = np.random.default_rng(seed)
    steps = preset.classification.count_steps(len(images), preset.batch)
    every = preset.classification.count_epoch(len(images), preset.batch)
    optimizer = torch.optim.Adam(net.parameters(), lr=preset.classification.learning_rate)
    best: tuple[float, int, np.ndarray] | None = None
    order: list[int] = []
    for step in range(1, steps + 1):
        net.train()
        if len(order) < preset.batch:  # every picture once a pass, in batches that are all full
            order += list(rng.permutation(len(images)))
        chosen, order = order[: preset.batch], order[preset.batch :]
        loss = nn.functional.cross_entropy(
            net(_normalized(images[chosen], device)), torch.from_numpy(labels[chosen]).to(device)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if protocol == "paper" and (step % every == 0 or step == steps):
            named = _name(net, tested, device)
            accuracy = float(np.mean(named == wanted))
            if best is None or accuracy > best[0]:
                best = (accuracy, step, named)
    step, named = (steps, _name(net, tested, device)) if best is None else best[1:]
    by_type = {kind: float(np.mean(named[wanted == index] == index)) for index, kind in enumerate(kinds)}
    unknown = tuple(kind for kind in test.kinds if kind not in kinds)
    return ClassificationScores(float(np.mean(named == wanted)), by_type, len(wanted), unknown, step, steps)


def build_resnet(classes: int = 1000, weights: dict[str, torch.Tensor] | None = None) -> nn.Module:
    """The net. weights: torchvision's of ImageNet, for all but the last layer; None: random. Raises RuntimeError where they
    are another network's.
    """
    net = resnet34(weights=None)
    if weights is not None:
        net.load_state_dict(weights)
    if classes != net.fc.out_features:
        net.fc = nn.Linear(net.fc.in_features, classes)
    return net


def _of_kinds(images: np.ndarray, types: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The images of these types, and the types' indices."""
    chosen = [index for index, kind in enumerate(types) if kind in kinds]
    return images[chosen], np.array([kinds.index(types[index]) for index in chosen], np.int64)


@torch.no_grad()
def _name(net: nn.Module, images: np.ndarray, device: str) -> np.ndarray:
    """(N,) int64: the predicted type of each picture."""
    net.eval()
    parts = [
        net(_normalized(images[at : at + _TEST_BATCH], device)).argmax(dim=1).cpu()
        for at in range(0, len(images), _TEST_BATCH)
    ]
    return torch.cat(parts).numpy()


def _normalized(images: np.ndarray, device: str) -> torch.Tensor:
    mean, deviation = (torch.tensor(values, device=device)[:, None, None] for values in (_MEAN, _DEVIATION))
    return (to_tensor(images, device) - mean) / deviation
