"""What is done to the traces of a two-tone board: joined, parted, bitten, added to, taken away."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.quality_evaluation import ComputedCritic

# What is drawn at (rows, columns) of a 256 px board with traces on rows 40-52, 84-96, 128-140 and 172-184: copper, or none.
DRAWN = {
    "bridge": (slice(52, 84), slice(100, 108), 0),
    "cut": (slice(84, 96), slice(120, 130), 255),
    "bite": (slice(128, 134), slice(60, 70), 255),
    "spur": (slice(140, 152), slice(150, 160), 0),
    "missing": (slice(172, 184), slice(0, 256), 255),
}
TEXTS = {
    "bridge": "short circuit between two traces",
    "cut": "broken trace",
    "bite": "mousebite",
    "spur": "spur",
    "missing": "missing trace",
}


def _board(side: int) -> np.ndarray:
    board = np.full((256, 256, 3), 255, np.uint8)
    for top in (40, 84, 128, 172):
        board[top : top + 12] = 0
    return np.ascontiguousarray(board.repeat(side // 256, axis=0).repeat(side // 256, axis=1))


@pytest.mark.parametrize("side", [256, 1024])
@pytest.mark.parametrize("turned", [0, 1])
@pytest.mark.parametrize("asked", TEXTS)
@pytest.mark.parametrize("drawn", DRAWN)
def test_a_relation_is_kept_by_what_is_done_to_the_traces(asked, drawn, side, turned):
    normal, scale = _board(side), side // 256
    edited = normal.copy()
    rows, columns, value = DRAWN[drawn]
    edited[scale * rows.start : scale * rows.stop, scale * columns.start : scale * columns.stop] = value
    normal, edited = (np.ascontiguousarray(np.rot90(image, turned)) for image in (normal, edited))
    scene = analyze_scene(normal)
    verdict = ComputedCritic().judge(Task(normal, "board", TEXTS[asked]), scene, edited)
    (fact,) = [fact for fact in verdict.facts if fact.name == "relation"]
    assert (fact.seen, fact.kept) == (drawn, drawn == asked)
    assert verdict.passed <= fact.kept
