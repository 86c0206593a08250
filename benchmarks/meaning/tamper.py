"""Pictures spoiled in pixels: a change of a picture, its mask known, made to break a word."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from .pieces import pieces_of
from .pixels import JND, Change, axis_of, dilate, lab

#: An edited picture, (H, W, 3) uint8, and its mask, (H, W) bool; None where this change cannot be spoiled so.
Spoiled = tuple[np.ndarray, np.ndarray] | None


def flipped(change: Change) -> Spoiled:
    """The change with its sign turned: what was darker is lighter."""
    return _with(change.normal, -_added(change)), change.mask


def turned(change: Change) -> Spoiled:
    """The change turned by 60 degrees about its centre."""
    return _moved(change, 60.0, (0.0, 0.0))


def elsewhere(change: Change) -> Spoiled:
    """The change moved to the other side of the product, through the centre of its bounding box."""
    rows, columns = np.nonzero(change.product)
    (x, y), middle = axis_of(change.mask).centre, (columns.min() + columns.max(), rows.min() + rows.max())
    return _moved(change, 0.0, (middle[0] - 2 * x, middle[1] - 2 * y))


def doubled(change: Change) -> Spoiled:
    """The change a second time, turned by half about the picture's centre, where it meets nothing of the first."""
    again = _moved(change, 180.0, (0.0, 0.0), about=(change.mask.shape[1] / 2, change.mask.shape[0] / 2))
    if again is None or (dilate(again[1], 8) & change.mask).any():
        return None
    added = _added(change) + (again[0].astype(np.float32) - change.normal)
    return _with(change.normal, added), change.mask | again[1]


def without_a_piece(change: Change) -> Spoiled:
    """The change without its smallest piece."""
    pieces = pieces_of(change.mask)
    if len(pieces) < 2:
        return None
    gone = dilate(pieces[-1], 3)
    return np.where(gone[..., None], change.normal, change.edited), change.mask & ~gone


def faded(change: Change) -> Spoiled:
    """A tenth of the change, at most three grey levels."""
    return _with(change.normal, np.clip(0.1 * _added(change), -3, 3)), change.mask


def spilled(change: Change) -> Spoiled:
    """The change moved half over the product's outline."""
    if change.product.all():
        return None
    away = cv2.distanceTransform((~change.product).astype(np.uint8), cv2.DIST_L2, 5)
    near = np.argwhere((away >= 1) & (away < 2))
    x, y = axis_of(change.mask).centre
    target = near[np.hypot(near[:, 1] - x, near[:, 0] - y).argmin()]
    moved = _moved(change, 0.0, (target[1] - x, target[0] - y), anywhere=True)
    if moved is None:
        return None
    # White on a white ground, or black on black, is no spill to the eye.
    unseen = ~dilate(change.product, change.slack) & (np.linalg.norm(lab(moved[0]) - change.lab_before, axis=2) < JND)
    return np.where(unseen[..., None], change.normal, moved[0]), moved[1] & ~unseen


TAMPERINGS: dict[str, Callable[[Change], Spoiled]] = {
    "tone turned": flipped,
    "rotated": turned,
    "moved": elsewhere,
    "doubled": doubled,
    "piece removed": without_a_piece,
    "faded": faded,
    "spilled": spilled,
}


def _added(change: Change) -> np.ndarray:
    return change.edited.astype(np.float32) - change.normal


def _with(normal: np.ndarray, added: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(normal + added), 0, 255).astype(np.uint8)


def _moved(
    change: Change,
    angle: float,
    shift: tuple[float, float],
    about: tuple[float, float] | None = None,
    anywhere: bool = False,
) -> Spoiled:
    """The change turned by degrees about a point, (x, y) px or else its own centre, and shifted. None where most of it would then
    lie off the product, unless it may lie anywhere."""
    centre = about or axis_of(change.mask).centre
    matrix = cv2.getRotationMatrix2D(centre, angle, 1.0)
    matrix[:, 2] += shift
    size = (change.mask.shape[1], change.mask.shape[0])
    own = _added(change) * dilate(change.mask, 2)[..., None]
    added = cv2.warpAffine(own, matrix, size, flags=cv2.INTER_LINEAR)
    mask = cv2.warpAffine(change.mask.astype(np.float32), matrix, size) > 0.5
    on = change.product | anywhere
    if mask.sum() < 0.5 * change.mask.sum() or (mask & ~on).sum() > 0.1 * mask.sum():
        return None
    spoiled = _with(change.normal, added * on[..., None])
    # Where the change adds nothing to what is there already, nobody sees it: black copper on black.
    return spoiled, mask & on & (spoiled != change.normal).any(axis=2)
