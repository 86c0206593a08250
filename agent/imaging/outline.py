"""Masks and pictures made small for a page: outlines as SVG paths, pictures as data URLs."""

from __future__ import annotations

import base64

import cv2
import numpy as np

from .masks import shrink_mask

# A pixel of a small mask is marked where more than this share of it is.
_SHARE = 80.5 / 255


def outline_path(mask: np.ndarray) -> str:
    """The outlines of an (H, W) mask as an SVG path, half a pixel outside, so that it frames the defect; "" for none."""
    # Twofold, grown by one: a line beside the mask.
    double = cv2.resize(mask.astype(np.uint8), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    double = cv2.dilate(cv2.copyMakeBorder(double, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=0), np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(double, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_L1)
    parts = []
    for contour in contours:
        points = (contour[:, 0, :] - 4) / 2 + 0.25
        parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(parts)


def thumbnail_mask(mask: np.ndarray, side: int) -> np.ndarray:
    """The (H, W) mask with its longest side at most `side` px, as uint8 0 or 1."""
    shrink = min(1.0, side / max(mask.shape))
    shape = max(1, round(mask.shape[0] * shrink)), max(1, round(mask.shape[1] * shrink))
    return shrink_mask(mask, shape, _SHARE, keep=False)


def picture_url(image: np.ndarray, side: int, quality: int = 92) -> str:
    """(H, W, 3) uint8 RGB, its longest side at most `side` px, as a JPEG data URL. quality: 1-100."""
    shrink = min(1.0, side / max(image.shape[:2]))
    if shrink < 1.0:
        image = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
