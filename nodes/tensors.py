"""The host's tensors and the agent's arrays: IMAGE (B, H, W, C) float 0-1, MASK (B, H, W) float 0-1, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import torch

from ..agent.core.errors import InputError
from ..agent.core.task import check_image
from . import host

# Float pictures may overshoot 0-1 a little after resizing or decoding; more than this is another scale.
_OVERSHOOT = 0.5

T = TypeVar("T")


@dataclass(frozen=True)
class Pictures:
    """The images of an input taken apart: each (H, W, 3) uint8, and how many each tensor of the list held."""

    arrays: list[np.ndarray]
    sizes: list[int]

    def __len__(self) -> int:
        return len(self.arrays)

    def images(self, arrays: Sequence[np.ndarray]) -> list[torch.Tensor]:
        """One array an input image as IMAGE tensors, batched as the input was."""
        return [image_tensor(group) for group in self._grouped(arrays)]

    def masks(self, arrays: Sequence[np.ndarray]) -> list[torch.Tensor]:
        """One (H, W) bool an input image as MASK tensors, batched as the input was."""
        return [mask_tensor(group) for group in self._grouped(arrays)]

    def image_groups(self, groups: Sequence[Sequence[np.ndarray]]) -> list[torch.Tensor]:
        """Several arrays an input image, those of one input tensor in one batch."""
        return [image_tensor([array for group in part for array in group]) for part in self._grouped(groups)]

    def _grouped(self, values: Sequence[T]) -> list[Sequence[T]]:
        starts = np.cumsum([0, *self.sizes])
        return [values[start:stop] for start, stop in pairwise(starts)]


def pictures(tensors: Sequence[Any], name: str) -> Pictures:
    """IMAGE tensors as uint8 arrays. name: of the node's input, for the message of the InputError that bad ones raise."""
    arrays: list[np.ndarray] = []
    sizes = []
    for tensor in tensors:
        batch = _image_batch(tensor, name)
        sizes.append(len(batch))
        for image in batch:
            try:
                check_image(image)
            except InputError as error:
                raise InputError(f"{name}: {error}") from error
            arrays.append(image)
    return Pictures(arrays, sizes)


def masks(tensors: Sequence[Any] | None, name: str) -> list[np.ndarray] | None:
    """MASK tensors as (H, W) bool, True above 0.5; None where the input is unconnected. Raises InputError."""
    if tensors is None or all(tensor is None for tensor in tensors):
        return None
    found: list[np.ndarray] = []
    for tensor in tensors:
        values = _checked(tensor, name, "a MASK of (batch, height, width)")
        if values.ndim == 2:
            values = values[None]
        if values.ndim != 3 or 0 in values.shape:
            raise InputError(
                f"{name}: shape {tuple(values.shape)} is no mask of (batch, height, width); connect a MASK output"
            )
        found.extend(values > 0.5)
    return found


def check_painted(found: list[np.ndarray] | None, name: str, cure: str) -> None:
    """Raises InputError for a mask in which nothing is white. cure: what to do then, in words."""
    for number, mask in enumerate(found or [], 1):
        if not mask.any():
            which = f" {number}" if found is not None and len(found) > 1 else ""
            raise InputError(f"{name}: mask{which} is empty; {cure}")


def check_mask_size(mask: np.ndarray, image: np.ndarray, name: str) -> None:
    """Raises InputError unless the mask, (H, W), has the size of its image, (H, W, 3)."""
    if mask.shape != image.shape[:2]:
        height, width = mask.shape
        raise InputError(
            f"{name}: {width}x{height} px, but the image is {image.shape[1]}x{image.shape[0]} px; "
            "scale the mask to the image's size"
        )


def matched(values: Sequence[T] | None, count: int, name: str, what: str = "values") -> list[T]:
    """One value for each of `count` images: one for all of them, or as many. Raises InputError for another number."""
    if values is None:
        return [None] * count  # type: ignore[list-item]
    if len(values) == 1:
        return list(values) * count
    if len(values) != count:
        images = f"{count} image{'s' if count != 1 else ''}"
        raise InputError(f"{name}: {len(values)} {what} for {images}; give one for all, or one for each image")
    return list(values)


def image_tensor(arrays: Sequence[np.ndarray]) -> torch.Tensor:
    """(H, W, 3) uint8 arrays of one size as an IMAGE (B, H, W, 3) on the host's device, in its dtype."""
    return host.to_host(torch.from_numpy(np.stack(arrays).astype(np.float32) / 255.0))


def mask_tensor(arrays: Sequence[np.ndarray]) -> torch.Tensor:
    """(H, W) bool arrays of one size as a MASK (B, H, W), 0 or 1, on the host's device, in its dtype."""
    return host.to_host(torch.from_numpy(np.stack(arrays).astype(np.float32)))


def _image_batch(tensor: Any, name: str) -> np.ndarray:
    values = _checked(tensor, name, "an IMAGE of (batch, height, width, channels)")
    if values.ndim != 4 or 0 in values.shape or values.shape[3] not in (1, 3, 4):
        raise InputError(
            f"{name}: shape {tuple(values.shape)} is no image batch of (batch, height, width, 1, 3 or 4 channels); "
            "connect an IMAGE output"
        )
    low, high = float(values.min()), float(values.max())
    if low < -_OVERSHOOT or high > 1.0 + _OVERSHOOT:
        raise InputError(f"{name}: values run from {low:.3g} to {high:.3g}, but images are 0-1; scale it first")
    values = np.clip(values, 0.0, 1.0)
    if values.shape[3] == 1:
        values = np.repeat(values, 3, axis=3)
    if values.shape[3] == 4:
        alpha = values[..., 3:]
        values = values[..., :3] * alpha + (1.0 - alpha)
    return np.round(values * 255.0).astype(np.uint8)


def _checked(tensor: Any, name: str, what: str) -> np.ndarray:
    if not isinstance(tensor, torch.Tensor):
        raise InputError(f"{name}: got {type(tensor).__name__}, not {what}; check what is connected")
    values = tensor.detach().to("cpu", torch.float32).numpy()
    broken = int(np.count_nonzero(~np.isfinite(values)))
    if broken:
        raise InputError(
            f"{name}: {broken} of {values.size} values are NaN or infinite; the node before it failed, preview its output"
        )
    return values
