"""Traces of two-tone boards, against drawn ones whose gaps and widths are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.scene.traces import cuttable, narrowest_gaps

from .drawn_parts import board, overlap, ring


@pytest.mark.parametrize(("copper", "other"), [(0, 255), (255, 0)])
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("grow", [1, 3])
def test_traces_and_the_narrowest_gap(copper, other, turns, grow):
    image = np.ascontiguousarray(np.rot90(board(copper, other), turns).repeat(grow, 0).repeat(grow, 1))
    scene = analyze_scene(image)
    parts = scene.parts
    assert scene.bilevel
    assert [part.number for part in parts.named("trace")] == [1, 2, 3]
    known = np.rot90(board()[..., 0] == 0, turns)
    assert overlap(parts.mask("trace"), known) > 0.97
    assert not (parts.mask("trace") & parts.mask("gap")).any()
    gaps = narrowest_gaps(scene.parts)
    assert gaps[0].width == pytest.approx(12, abs=1)
    assert len([gap for gap in gaps if gap.width < 13.5]) >= 3
    assert [gap.width for gap in gaps] == sorted(gap.width for gap in gaps)
    labels = np.zeros(parts.shape, int)
    for part in parts.named("trace"):
        labels[part.mask] = part.number
    for gap in gaps:
        ends = [labels[int(y), int(x)] for x, y in (gap.start, gap.end)]
        assert tuple(ends) == gap.traces
        between = [
            np.rint(np.array(gap.start) * (1 - t) + np.array(gap.end) * t).astype(int) for t in (0.25, 0.5, 0.75)
        ]
        assert not any(labels[y, x] for x, y in between)
    assert gaps == narrowest_gaps(analyze_scene(image).parts)


@pytest.mark.parametrize("turns", range(4))
def test_strokes_can_be_cut_off_pads_and_ends(turns):
    scene = analyze_scene(np.ascontiguousarray(np.rot90(board(), turns)))
    sites = cuttable(scene.parts)
    assert len(sites) >= 6
    known = 0 if turns % 2 == 0 else 90
    free = board()[..., 0] == 0
    pads = np.zeros((256, 256), np.uint8)
    for x, y in ((40, 64), (200, 64), (30, 194), (220, 194)):
        cv2.circle(pads, (x, y), 14, 1, -1)
    free = np.rot90(free & (pads == 0), turns)
    for site in sites:
        x, y = site.centre
        assert free[round(y), round(x)]
        assert site.width == pytest.approx(8, abs=1)
        assert abs((site.direction - known + 90) % 180 - 90) < 4
        assert scene.parts.mask("trace", site.trace)[round(y), round(x)]
    assert {site.trace for site in sites} == {1, 2, 3}


def test_a_cut_parts_a_trace_and_a_bridge_joins_two():
    image = board()
    scene = analyze_scene(image)
    count = lambda copper: cv2.connectedComponents(copper.astype(np.uint8))[0] - 1  # noqa: E731
    copper = image[..., 0] == 0
    for site in cuttable(scene.parts):
        along = np.array([np.cos(np.radians(site.direction)), -np.sin(np.radians(site.direction))])
        across = np.array([along[1], -along[0]]) * (site.width / 2 + 2)
        cut = copper.astype(np.uint8)
        first, last = (tuple(int(v) for v in np.rint(np.array(site.centre) + side * across)) for side in (-1, 1))
        cv2.line(cut, first, last, 0, 4)
        assert count(cut) == count(copper) + 1
    for gap in narrowest_gaps(scene.parts):
        if gap.traces[0] != gap.traces[1]:
            joined = copper.astype(np.uint8)
            cv2.line(joined, tuple(map(int, gap.start)), tuple(map(int, gap.end)), 1, 3)
            assert count(joined) == count(copper) - 1


def test_two_strands_of_one_trace_come_close():
    image = np.full((256, 256, 3), 255, np.uint8)
    cv2.polylines(image, [np.array([[40, 60], [210, 60], [210, 90], [40, 90]])], False, (0, 0, 0), 9)
    gaps = narrowest_gaps(analyze_scene(image).parts)
    assert gaps and all(gap.traces == (1, 1) for gap in gaps)
    assert gaps[0].width == pytest.approx(21, abs=2)


def test_a_product_without_traces_has_no_sites():
    scene = analyze_scene(ring())
    assert narrowest_gaps(scene.parts) == []
    assert cuttable(scene.parts) == []
