"""Outlines of any mask, drawn again by other rasterizers, are the same pixels."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from anomaly_agent.agent.export.coco import _segmentation
from anomaly_agent.agent.export.outlines import keyhole, on_edges, pieces

MASKS = arrays.arrays(bool, st.tuples(st.integers(3, 24), st.integers(3, 24)))


def drawn(ring, size):
    """As ultralytics' polygon2mask draws: coordinates cut to whole numbers, borders included."""
    canvas = np.zeros(size, np.uint8)
    cv2.fillPoly(canvas, [ring.astype(np.int32)], 1)
    return canvas > 0


def ring_with_hole():
    mask = np.zeros((40, 60), bool)
    mask[5:35, 5:55] = True
    mask[10:20, 10:20] = mask[12:30, 30:32] = False
    mask[0, 0] = mask[2, 58] = True
    return mask


@given(MASKS)
@settings(deadline=None)
def test_pieces_add_up_to_the_mask(mask):
    rebuilt, areas = np.zeros(mask.shape, np.int32), 0
    for piece in pieces(mask):
        x, y, width, height = piece.box
        rebuilt[y : y + height, x : x + width] += piece.pixels
        areas += piece.area
    assert (rebuilt == mask).all() and areas == mask.sum()


@given(MASKS)
@settings(deadline=None)
def test_one_ring_with_cuts_draws_the_piece_again(mask):
    again = np.zeros(mask.shape, bool)
    for piece in pieces(mask):
        ring = keyhole(piece.rings)
        assert len(ring) >= 3 and ring.min() > 0 and (ring < mask.shape[::-1]).all()
        again |= drawn(ring, mask.shape)
    # Cuts and borders lie on pixels that are marked; where a hole is a pixel or two, drawing borders cannot leave it open.
    assert (again >= mask).all()
    wide = cv2.morphologyEx((~mask).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    assert not (again & wide).any()


def test_holes_stay_open():
    mask = ring_with_hole()
    again = np.zeros(mask.shape, bool)
    for piece in pieces(mask):
        again |= drawn(keyhole(piece.rings), mask.shape)
    assert (again == mask).all()


@given(MASKS)
@settings(deadline=None)
def test_coco_decodes_to_the_same_pixels(mask):
    coding = pytest.importorskip("pycocotools.mask")
    for piece in pieces(mask):
        found = _segmentation(piece, mask.shape, coding)
        if isinstance(found, list):
            (points,) = found
            assert len(points) >= 6 and all(value == int(value) for value in points)
            found = coding.merge(coding.frPyObjects(found, *mask.shape))
        whole = np.zeros(mask.shape, bool)
        x, y, width, height = piece.box
        whole[y : y + height, x : x + width] = piece.pixels
        assert (coding.decode(found) == whole).all()


def test_a_filled_piece_is_a_polygon_and_one_with_a_hole_is_not():
    coding = pytest.importorskip("pycocotools.mask")
    kinds = [type(_segmentation(piece, (40, 60), coding)) for piece in pieces(ring_with_hole())]
    assert sorted(kind.__name__ for kind in kinds) == ["dict", "list", "list"]


def test_a_box_has_its_four_corners():
    mask = np.zeros((9, 9), bool)
    mask[2:5, 3:8] = True
    (piece,) = pieces(mask)
    corners = {tuple(point) for point in on_edges(piece.rings[0])}
    assert corners == {(3.0, 2.0), (8.0, 2.0), (8.0, 5.0), (3.0, 5.0)}
    assert (piece.area, piece.box) == (15, (3, 2, 5, 3))


def test_a_mask_full_of_holes_and_specks_takes_no_time_to_speak_of():
    coding = pytest.importorskip("pycocotools.mask")
    mask = np.random.default_rng(0).random((300, 300)) < 0.6
    for piece in pieces(mask):
        assert keyhole(piece.rings).shape[1] == 2
        _segmentation(piece, mask.shape, coding)
