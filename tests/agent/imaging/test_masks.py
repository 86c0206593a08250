"""Boxes of masks whose extent is known."""

from __future__ import annotations

import numpy as np

from anomaly_agent.agent.imaging.masks import bounding_box, shrink_mask


def test_the_box_holds_what_is_marked_with_room_as_far_as_the_picture_goes() -> None:
    mask = np.zeros((40, 60), bool)
    mask[3, 20] = mask[10, 50] = True
    assert bounding_box(mask) == (slice(3, 11), slice(20, 51))
    assert bounding_box(mask, 5) == (slice(0, 16), slice(15, 56))
    assert bounding_box(mask, 100) == (slice(0, 40), slice(0, 60))
    assert bounding_box(mask[3:4, 20:21].astype(np.uint8)) == (slice(0, 1), slice(0, 1))


def test_a_shrunk_mask_keeps_what_is_thin_unless_told_otherwise() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[:, 8] = 1  # a tenth of a pixel at a tenth of the size
    mask[20:30, 20:30] = 1
    block = np.zeros((4, 4), np.uint8)
    block[2, 2] = 1
    assert np.array_equal(shrink_mask(mask, (4, 4)), block)  # beside what is marked in full, the line is too faint
    line = mask * (np.arange(40) == 8)
    assert np.array_equal(shrink_mask(line, (4, 4)), np.eye(4, dtype=np.uint8)[[0, 0, 0, 0]])
    assert not shrink_mask(line, (4, 4), 0.2, keep=False).any()
    assert shrink_mask(mask, (40, 40)) is mask
