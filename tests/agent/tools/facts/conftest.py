"""Pictures with a drawn change whose truth is known, and the facts that the critic sees in them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.verdict import Fact, Verdict
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.quality_evaluation import ComputedCritic

GREY = 128.0


class Drawing:
    """A plain grey plate that fills the picture, or a disc on a white table; what is drawn is in fractions of the side."""

    def __init__(self, side: int = 256, disc: bool = False, turned: int = 0) -> None:
        self.side, self.turned = side, turned
        rng = np.random.default_rng(3)
        plate = np.full((side, side), GREY)
        if disc:
            cover = np.zeros((side, side), np.float32)
            cv2.circle(cover, (side // 2, side // 2), round(0.35 * side), 1.0, -1, cv2.LINE_AA)
            plate = 240.0 + (110.0 - 240.0) * cover
        plate = plate + rng.normal(0, 0.7, plate.shape)
        self.normal = np.clip(np.rint(plate[..., None] + [4.0, 0.0, -8.0]), 0, 255).astype(np.uint8)
        self.edited = self.normal.astype(np.float32)

    def blend(self, cover: np.ndarray, step: float | tuple[float, float, float]) -> Drawing:
        """Adds a step, grey levels or RGB, where the cover, 0-1, says so."""
        self.edited = self.edited + cover.astype(np.float32)[..., None] * np.asarray(step, np.float32)
        return self

    def line(self, start, end, step=-60.0, px=2.0) -> Drawing:
        """From (x, y) to (x, y); px: its width in a 256 px picture."""
        cover = np.zeros((self.side * 4, self.side * 4), np.float32)
        ends = [tuple(round(4 * self.side * v) for v in point) for point in (start, end)]
        cv2.line(cover, *ends, 1.0, max(1, round(4 * px * self.side / 256)))
        return self.blend(self._shrunk(cover), step)

    def spot(self, centre, radius=0.05, step=-60.0, soft=0.0, inner=0.0) -> Drawing:
        """A disc, or a ring from the inner radius on, with a border that is `soft` wide."""
        y, x = (np.mgrid[: self.side, : self.side] + 0.5) / self.side
        away = np.hypot(x - centre[0], y - centre[1])
        width = max(soft, 1.0 / self.side)
        cover = np.clip((radius - away) / width + 0.5, 0, 1)
        if inner:
            cover *= np.clip((away - inner) / width + 0.5, 0, 1)
        return self.blend(cover, step)

    def _shrunk(self, cover: np.ndarray) -> np.ndarray:
        return cv2.resize(cover, (self.side, self.side), interpolation=cv2.INTER_AREA)

    def judge(self, text: str, region: np.ndarray | None = None, prompt: str = "") -> Verdict:
        """The critic's verdict."""
        normal, edited = (np.rot90(image, self.turned) for image in (self.normal, self.edited))
        normal = np.ascontiguousarray(normal)
        image = np.ascontiguousarray(np.clip(np.rint(edited), 0, 255).astype(np.uint8))
        return ComputedCritic().judge(Task(normal, "plate", text, region, prompt=prompt), analyze_scene(normal), image)

    def fact(self, text: str, name: str) -> Fact:
        """The fact of this name."""
        (found,) = [fact for fact in self.judge(text).facts if fact.name == name]
        return found


@pytest.fixture
def drawing():
    """Drawing, to be made."""
    return Drawing
