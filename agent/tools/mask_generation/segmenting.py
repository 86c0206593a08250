"""Masks by a promptable segmentation model: the change says where to look, the model says where the defect ends."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np

from ...imaging.masks import bounding_box, widen
from ...models.memory import with_retry
from .change import ChangeMaskGenerator

# A model's mask counts where it agrees with the change this well (intersection over union); it knows objects, and may
# take the whole product for one.
_AGREEMENT = 0.4
# Pieces of the change that are prompted one by one; smaller ones beyond these stay as they were computed.
_MOST_PIECES = 12
_POINTS = 3
# Room around a piece's box, as a share of its size and in px; and around all pieces, for the part that the model sees.
_BOX_ROOM, _PART_ROOM = 0.1, 0.75


class Predictor(Protocol):
    """A segmentation model that has looked at one picture."""

    def save_memory(self) -> bool:
        """Called when the GPU's memory has run out; False where nothing is left to save."""

    def look_at(self, image: np.ndarray) -> None:
        """image: (H, W, 3) uint8 RGB."""

    def masks(self, box: tuple[int, int, int, int], points: np.ndarray) -> np.ndarray:
        """(N, H, W) bool candidates for what lies in box (x0, y0, x1, y1) px, at points, (P, 2) x and y px."""


class SegmentingMaskGenerator:
    """Prompts a model with box and points of each changed piece, and keeps its best mask by agreement with the change.

    Where no candidate agrees, the piece stays as the embedded backend computed it.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self._change = ChangeMaskGenerator()

    def segment(self, normal: np.ndarray, edited: np.ndarray) -> np.ndarray:
        """(H, W) bool mask from two (H, W, 3) uint8 images of one size; empty where nothing changed.

        Raises InputError where the sizes differ.
        """
        changed = self._change.segment(normal, edited)
        if not changed.any():
            return changed
        return with_retry(lambda: self._segment(changed, edited), self.predictor.save_memory, "the segmentation model")

    def _segment(self, changed: np.ndarray, edited: np.ndarray) -> np.ndarray:
        rows, columns = _surroundings(changed)
        part = changed[rows, columns]
        self.predictor.look_at(np.ascontiguousarray(edited[rows, columns]))
        found = part.copy()
        for piece in _pieces(part):
            candidates = self.predictor.masks(_box(piece), _inner_points(piece))
            chosen = choose_mask(candidates, piece)
            if chosen is not None:
                found &= ~piece
                found |= chosen
        mask = np.zeros_like(changed)
        mask[rows, columns] = found
        return mask


def choose_mask(candidates: np.ndarray, piece: np.ndarray) -> np.ndarray | None:
    """Of (N, H, W) bool candidates the one that agrees best with piece, (H, W) bool; None where none agrees."""
    shared = (candidates & piece).sum(axis=(1, 2))
    either = (candidates | piece).sum(axis=(1, 2))
    agreement = shared / np.maximum(either, 1)
    best = int(np.argmax(agreement)) if len(agreement) else -1
    return candidates[best] if best >= 0 and agreement[best] >= _AGREEMENT else None


def _surroundings(changed: np.ndarray) -> tuple[slice, slice]:
    """The part of the picture around all that changed: a small defect in a large picture fills the model's view."""
    rows, columns = (
        widen(side, round(_PART_ROOM * (side.stop - side.start)) + 16, length)
        for side, length in zip(bounding_box(changed), changed.shape, strict=True)
    )
    return rows, columns


def _pieces(changed: np.ndarray) -> list[np.ndarray]:
    """The largest connected pieces; those close together count as one, as a broken scratch does."""
    reach = max(3, round(0.02 * max(changed.shape))) | 1
    joined = cv2.dilate(changed.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    count, labels = cv2.connectedComponents(joined)
    sizes = np.bincount(labels[changed], minlength=count)
    largest = np.argsort(-sizes, kind="stable")[:_MOST_PIECES]
    return [changed & (labels == label) for label in largest if sizes[label]]


def _box(piece: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = (
        widen(side, 2 + round(_BOX_ROOM * (side.stop - side.start)), length)
        for side, length in zip(bounding_box(piece), piece.shape, strict=True)
    )
    return columns.start, rows.start, columns.stop, rows.stop


def _inner_points(piece: np.ndarray) -> np.ndarray:
    """(P, 2) x and y px: the deepest points of the piece, apart from each other."""
    depth = cv2.distanceTransform(np.pad(piece, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    apart = 0.25 * float(np.hypot(*np.ptp(np.argwhere(piece), axis=0)))
    points = []
    for _ in range(_POINTS):
        y, x = np.unravel_index(int(np.argmax(depth)), depth.shape)
        if depth[y, x] <= 0:
            break
        points.append((int(x), int(y)))
        cv2.circle(depth, (int(x), int(y)), max(1, round(apart)), 0.0, -1)
    return np.array(points, np.float32)
