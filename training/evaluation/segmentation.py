"""A small U-Net that learns to find defects: whether synthesized ones are good for something."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import nn
from torch.nn import functional

#: Of both sides of the pictures that the net sees, px.
SIDE = 128
_BATCH = 8
_LEARNING_RATE = 2e-3
_FOCUS = 2.0
# The image score is the highest mean over a window of this side: 21 px at 256 in the literature.
_WINDOW = 11


class Score(NamedTuple):
    """Average precision by pixel, and area under the ROC curve by image; both 0-1."""

    pixel_ap: float
    image_auroc: float


class SmallUNet(nn.Module):
    """(N, 3, H, W) float in 0-1, H and W multiples of 16 -> (N, 1, H, W) logits. About half a million parameters.

    Pixels are folded twofold into channels first: at full size the net would be four times as slow.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width]
        self.fold = nn.PixelUnshuffle(2)
        self.down = nn.ModuleList(_block(a, b) for a, b in zip([12, *widths], widths, strict=False))
        self.up = nn.ModuleList(_block(a + b, b) for a, b in zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.head = nn.Sequential(nn.Conv2d(width, 4, 1), nn.PixelShuffle(2))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """See the class."""
        value = self.fold(pictures - 0.5)
        kept = []
        for index, block in enumerate(self.down):
            value = block(functional.max_pool2d(value, 2) if index else value)
            kept.append(value)
        for block, beside in zip(self.up, kept[-2::-1], strict=True):
            value = block(torch.cat([functional.interpolate(value, scale_factor=2.0), beside], dim=1))
        return self.head(value)


def _block(inner: int, outer: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inner, outer):
        layers += [nn.Conv2d(channels, outer, 3, padding=1, bias=False), nn.GroupNorm(8, outer), nn.ReLU()]
    return nn.Sequential(*layers)


def focal_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross entropy that easy pixels add little to (arXiv 1708.02002), a picture's mean weighed by its defect's area."""
    loss = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    missed = torch.where(target > 0, 1 - logits.sigmoid(), logits.sigmoid())
    # Half of the weight to either class: defects cover a per cent or so of the pixels.
    defect, rest = target, 1 - target
    focal = missed**_FOCUS * loss
    return (focal * defect).sum() / defect.sum().clamp(min=1.0) + (focal * rest).sum() / rest.sum()


def train_net(normals: np.ndarray, images: np.ndarray, masks: np.ndarray, steps: int = 300, seed: int = 0) -> SmallUNet:
    """A net trained from scratch on batches of 8, half of them normal; the last step's weights, none picked by a test set.

    normals, images: (N, SIDE, SIDE, 3) uint8. masks: (N, SIDE, SIDE) bool, of the images. Mirrored at random.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = SmallUNet()
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=_LEARNING_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LEARNING_RATE, total_steps=steps)
    half = _BATCH // 2
    for _ in range(steps):
        chosen = rng.integers(len(images), size=half)
        pictures = np.concatenate([normals[rng.integers(len(normals), size=half)], images[chosen]])
        targets = np.concatenate([np.zeros((half, *masks.shape[1:]), bool), masks[chosen]])
        for axis in (1, 2):
            mirrored = rng.random(_BATCH) < 0.5
            pictures[mirrored] = np.flip(pictures[mirrored], axis)
            targets[mirrored] = np.flip(targets[mirrored], axis)
        loss = focal_loss(net(_tensor(pictures)), torch.from_numpy(targets[:, None].astype(np.float32)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net


@torch.no_grad()
def measure_net(net: SmallUNet, images: np.ndarray, masks: np.ndarray) -> Score:
    """images: (N, SIDE, SIDE, 3) uint8. masks: (N, SIDE, SIDE) bool, empty for normal ones; both kinds must be there."""
    net.eval()
    scores = torch.cat([net(_tensor(images[at : at + 32])).sigmoid() for at in range(0, len(images), 32)])
    window = functional.avg_pool2d(scores, _WINDOW, stride=1, padding=_WINDOW // 2).amax(dim=(1, 2, 3))
    return Score(
        float(average_precision_score(masks.ravel(), scores.numpy().ravel())),
        float(roc_auc_score(masks.any(axis=(1, 2)), window.numpy())),
    )


def _tensor(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255)
