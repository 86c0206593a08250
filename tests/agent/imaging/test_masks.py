"""Boxes of masks whose extent is known."""

from __future__ import annotations

import numpy as np

from anomaly_agent.agent.imaging.masks import bounding_box


def test_the_box_holds_what_is_marked_with_room_as_far_as_the_picture_goes() -> None:
    mask = np.zeros((40, 60), bool)
    mask[3, 20] = mask[10, 50] = True
    assert bounding_box(mask) == (slice(3, 11), slice(20, 51))
    assert bounding_box(mask, 5) == (slice(0, 16), slice(15, 56))
    assert bounding_box(mask, 100) == (slice(0, 40), slice(0, 60))
    assert bounding_box(mask[3:4, 20:21].astype(np.uint8)) == (slice(0, 1), slice(0, 1))
