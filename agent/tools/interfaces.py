"""What each tool's backend offers; the embedded ones stand in this package, models in their own modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..core.protocol import Passage
from ..core.task import Task
from ..core.verdict import Verdict
from ..scene.scene import Scene

if TYPE_CHECKING:
    from .quality_evaluation.measures import MeasuredChange


@dataclass(frozen=True, eq=False)
class GeneratedImage:
    """An edited image, (H, W, 3) uint8, and its exact mask, (H, W) bool, where the backend knows it."""

    image: np.ndarray
    mask: np.ndarray | None = None


class PromptGenerator(Protocol):
    """PG: looks at the normal image and writes the first local-edit prompt."""

    def plan(self, task: Task, scene: Scene) -> str:
        """One paragraph."""


class ImageGenerator(Protocol):
    """IG: edits the normal image by a prompt. Outside the edit's region the pixels are the original's, bit for bit."""

    def edit(self, task: Task, scene: Scene, prompt: str, seed: int) -> GeneratedImage:
        """The same seed gives the same image."""


class QualityJudge(Protocol):
    """QE: judges an edited image against the normal one."""

    def judge(
        self, task: Task, scene: Scene, image: np.ndarray, threshold: float, change: MeasuredChange | None = None
    ) -> Verdict:
        """The verdict, with its faults as data and a review in words. change: of the image against the task's, where it is
        measured already."""


class KnowledgeSource(Protocol):
    """KR: how such a defect looks on such a product."""

    def search(self, item: str, anomaly: str, limit: int = 3) -> list[Passage]:
        """Passages, best first; empty where nothing is known."""


class MaskGenerator(Protocol):
    """MG: the pixel mask of the change between two images."""

    def segment(self, normal: np.ndarray, edited: np.ndarray) -> np.ndarray:
        """(H, W) bool."""
