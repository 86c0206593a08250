"""What is seen of one kind of defect that a text asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ....core.task import Task
from ....defects.description import Asked, Attributes
from ....defects.families import FAMILIES
from ....imaging.quantiles import percentile
from .pieces import Piece, defects_in, merged
from .view import ChangeView


@dataclass(frozen=True, eq=False)
class SeenDefect:
    """asked: the defect that was asked for. pieces: those of the change that are taken for it, at least one."""

    view: ChangeView
    task: Task
    asked: Asked
    pieces: Sequence[Piece]

    @property
    def attributes(self) -> Attributes:
        """What the text says of it."""
        return self.asked.attributes

    @property
    def family(self) -> str:
        """Its family's name."""
        return self.asked.family

    @property
    def is_line(self) -> bool:
        """Whether the family is a line."""
        return FAMILIES[self.family].is_line

    @cached_property
    def defects(self) -> list[Piece]:
        """The pieces as a person would count them, the heaviest first."""
        return defects_in(self.pieces, self.view.least_gap)

    @cached_property
    def each(self) -> list[SeenDefect]:
        """What is seen of each of the defects alone, the heaviest first; one alone with all its satellites."""
        if len(self.defects) == 1:
            return [self]
        return [SeenDefect(self.view, self.task, self.asked, (defect,)) for defect in self.defects]

    @cached_property
    def whole(self) -> Piece:
        """All pieces as one."""
        return merged(self.pieces)

    @cached_property
    def mask(self) -> np.ndarray:
        """(h, w) bool of the view: where the pieces are."""
        return self.view.mask_of(self.whole)

    @cached_property
    def places(self) -> np.ndarray:
        """(n,) pixels of the mask, counted along the rows of the view."""
        return np.flatnonzero(self.mask)

    @cached_property
    def weights(self) -> np.ndarray:
        """(n,) float32 Delta E at these pixels."""
        return self.view.delta_e.take(self.places)

    @cached_property
    def core(self) -> np.ndarray:
        """(n,) bool: which of these pixels change by more than half as much as the strongest."""
        return self.weights >= 0.5 * percentile(self.weights, 90)

    def support(self) -> np.ndarray:
        """(H, W) bool of the picture: where the pieces are."""
        whole, box = self.view.change.support, self.view.box
        rows, columns = whole[box].shape
        mask = cv2.resize(self.mask.astype(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
        support = np.zeros_like(whole)
        support[box] = whole[box] & mask
        return support

    def coordinates(self) -> tuple[np.ndarray, np.ndarray]:
        """(x, y) of these pixels in px of the picture, (n,) float each."""
        y, x = np.divmod(self.places, self.view.shape[1])
        return self.view.in_picture((x, y))  # type: ignore[arg-type, return-value]
