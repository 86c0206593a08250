"""U-Nets that mark defects, trained from scratch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional


class UNet(nn.Module):
    """(N, 3, H, W) float in 0-1 -> (N, 1, H, W) logits, H and W multiples of `stride`.

    widths: channels of each level, the finest first; each level halves the sides. fold: sides are folded into channels by
    this factor first. norm: channels -> a normalization layer.
    """

    def __init__(self, widths: Sequence[int], fold: int = 1, norm: Callable[[int], nn.Module] = nn.BatchNorm2d) -> None:
        super().__init__()
        self.stride = fold * 2 ** (len(widths) - 1)
        self.fold = nn.PixelUnshuffle(fold)
        inner = [3 * fold**2, *widths[:-1]]
        self.down = nn.ModuleList(_block(a, b, norm) for a, b in zip(inner, widths, strict=True))
        self.up = nn.ModuleList(_block(a + b, b, norm) for a, b in zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.head = nn.Sequential(nn.Conv2d(widths[0], fold**2, 1), nn.PixelShuffle(fold))

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


class SmallUNet(UNet):
    """About half a million parameters, for a CPU. Folded twofold: at full size the net would be four times as slow."""

    def __init__(self, width: int = 16) -> None:
        super().__init__(
            [width, 2 * width, 4 * width, 8 * width], fold=2, norm=lambda channels: nn.GroupNorm(8, channels)
        )


class DiscriminativeUNet(UNet):
    """Six levels of 64-512 channels with batch normalization: the size of DRAEM's discriminative net (arXiv 2108.07610)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__([width, 2 * width, 4 * width, 8 * width, 8 * width, 8 * width])


def _block(inner: int, outer: int, norm: Callable[[int], nn.Module]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inner, outer):
        layers += [nn.Conv2d(channels, outer, 3, padding=1, bias=False), norm(outer), nn.ReLU()]
    return nn.Sequential(*layers)
