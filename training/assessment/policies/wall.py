"""A wall of pictures: the same tasks side by side, the normal image and what each policy left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ....agent.core.files import write_whole
from ....agent.imaging.outline import thumbnail_mask
from .episodes import EpisodeKey, play
from .run import Plan
from .task_groups import SETTINGS

#: Longest side of a picture, px, and the room for words below it.
_SIDE, _TEXT = 208, 40
_GAP = 8
_PAPER = 250
_INK, _FAILED = (30, 32, 36), (190, 40, 30)
_DEFECT, _REGION = (255, 45, 40), (30, 120, 255)


@dataclass(frozen=True, eq=False)
class Cell:
    """A picture, (H, W, 3) uint8, with two lines below. mask: (H, W) bool, outlined in a colour."""

    image: np.ndarray
    title: str
    note: str = ""
    mask: np.ndarray | None = None
    colour: tuple[int, int, int] = _DEFECT
    failed: bool = False


def draw_tasks(plan: Plan, real: bool, count: int, seed: int = 0) -> list[list[Cell]]:
    """A row a task, count of each setting, drawn by lot among the tasks of seed 0; the groups take turns. real: from
    photographs, else from renderings. Empty where there are none.
    """
    groups = [group for group in plan.groups if group.real == real]
    rng = np.random.default_rng([seed, int(real)])
    rows = []
    for setting in reversed(SETTINGS):  # the harder one first
        left = {group.name: rng.permutation(group.count).tolist() for group in groups}
        for turn in range(min(count, sum(map(len, left.values())))):
            waiting = [name for name in left if left[name]]
            name = waiting[turn % len(waiting)]
            rows.append(_row(plan, setting, name, left[name].pop()))
    return rows


def _row(plan: Plan, setting: str, group_name: str, index: int) -> list[Cell]:
    group = next(group for group in plan.groups if group.name == group_name)
    assignment = group.source(0, float(setting == "unfaithful")).draw(index)
    task = assignment.task
    cells = [Cell(task.image, f"{task.item}: {task.anomaly}", f"normal, {setting} editor", task.region, _REGION)]
    for candidate in plan.candidates:
        key = EpisodeKey(candidate.name, setting, group_name, 0, index)  # type: ignore[arg-type]
        result = play(assignment, key.setting, plan.policy(key), plan.max_attempts, plan.threshold)
        score = f"{result.verdict.score:.1f}" if result.verdict else "no verdict"
        note = f"{score} {'passed' if result.passed else 'failed'}, attempts: {len(result.trajectory.attempts)}"
        cells.append(Cell(result.image, candidate.name, note, result.mask, failed=not result.passed))
    return cells


def paint_wall(rows: Sequence[Sequence[Cell]]) -> np.ndarray:
    """(H, W, 3) uint8 RGB. Short rows go two side by side."""
    beside = 2 if len(rows[0]) <= 4 else 1
    painted = [np.concatenate([_paint(cell) for cell in row], axis=1) for row in rows]
    painted += [np.full_like(painted[0], _PAPER)] * (-len(painted) % beside)
    space = np.full((painted[0].shape[0], 3 * _GAP, 3), _PAPER, np.uint8)
    lines = []
    for first in range(0, len(painted), beside):
        line: list[np.ndarray] = []
        for row in painted[first : first + beside]:
            line += [space, row] if line else [row]
        lines.append(np.concatenate(line, axis=1))
    return np.pad(np.concatenate(lines), ((_GAP, 0), (_GAP, 0), (0, 0)), constant_values=_PAPER)


def write_wall(path: Path, rows: Sequence[Sequence[Cell]]) -> None:
    """Writes the wall as JPEG, whole or not at all."""
    _, data = cv2.imencode(".jpg", paint_wall(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    write_whole(path, data.tobytes())


def _paint(cell: Cell) -> np.ndarray:
    scale = _SIDE / max(cell.image.shape[:2])
    size = (round(cell.image.shape[1] * scale), round(cell.image.shape[0] * scale))
    picture = cv2.resize(cell.image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    if cell.mask is not None and cell.mask.any():
        picture = _outlined(picture, cell.mask, cell.colour)
    sheet = np.full((_SIDE + _TEXT + _GAP, _SIDE + _GAP, 3), _PAPER, np.uint8)
    sheet[: size[1], : size[0]] = picture
    _write(sheet, cell.title, _SIDE + 15, _INK)
    _write(sheet, cell.note, _SIDE + 32, _FAILED if cell.failed else _INK)
    return sheet


def _outlined(picture: np.ndarray, mask: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """A line, one pixel wide, around the mask, so that it hides nothing of the defect."""
    size = (picture.shape[1], picture.shape[0])
    grown = cv2.resize(thumbnail_mask(mask, max(size)), size, interpolation=cv2.INTER_NEAREST)
    grown = cv2.dilate(grown, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(grown, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.ascontiguousarray(picture), contours, -1, colour, 1)


def _write(sheet: np.ndarray, text: str, y: int, colour: tuple[int, int, int]) -> None:
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.42
    width = cv2.getTextSize(text, font, scale, 1)[0][0]
    scale *= min(1.0, (_SIDE - 2) / max(width, 1))
    cv2.putText(sheet, text, (1, y), font, scale, colour, 1, cv2.LINE_AA)
