"""Has it the colour that was asked for?"""

from __future__ import annotations

import cv2
import numpy as np

from ....core.verdict import Fact
from ....imaging.channels import median_colour
from .grading import fact, shortfall
from .seen import SeenDefect

# Below this chroma, CIE Lab, a colour is a grey to the eye.
_GREY = 12.0
# Degrees of hue within which people give colours one name, and the least chroma of that hue.
_HUE, _FINE_HUE, _CHROMA = 45.0, 20.0, 6.0
# A thin layer lets the surface through: so much of the way from the surface to the colour is enough.
_WAY, _FINE_WAY = 0.2, 0.6
# Lightness, 0-100, by which a grey may differ from the one asked for.
_LIGHTNESS, _FINE_LIGHTNESS = 28.0, 14.0


def colour(seen: SeenDefect) -> Fact | None:
    """By hue, and by how far it goes from the surface's colour to the asked one; a grey, by chroma and lightness. A picture
    without colours has greys alone."""
    asked = seen.attributes.colour
    if asked is None:
        return None
    wanted = cv2.cvtColor(np.array([[asked]], np.float32) / 255.0, cv2.COLOR_RGB2LAB)[0, 0]
    chromatic = _chroma(wanted) >= _GREY
    if chromatic and seen.view.scene.monochrome:
        return None
    core = seen.places[seen.core]
    shown, surface = (
        median_colour(picture.reshape(-1, 3).take(core, axis=0)) for picture in (seen.view.after, seen.view.before)
    )
    strength = _hue_shortfall(shown, surface, wanted) if chromatic else _grey_shortfall(shown, surface, wanted)
    rgb = cv2.cvtColor(shown.reshape(1, 1, 3), cv2.COLOR_LAB2RGB)[0, 0]
    told = tuple(round(255 * float(np.clip(channel, 0, 1))) for channel in rgb)
    return fact("colour", asked, told, strength, seen.family)


def _chroma(lab: np.ndarray) -> float:
    return float(np.hypot(lab[1], lab[2]))


def _hue_shortfall(shown: np.ndarray, surface: np.ndarray, wanted: np.ndarray) -> float:
    apart = abs(float(np.degrees(np.arctan2(shown[2], shown[1]) - np.arctan2(wanted[2], wanted[1]))))
    apart = min(apart, 360.0 - apart)
    way = wanted - surface
    gone = float((shown - surface) @ way) / max(float(way @ way), 1.0)
    return max(
        shortfall(apart, _FINE_HUE, _HUE),
        shortfall(gone, _FINE_WAY, _WAY),
        shortfall(_chroma(shown), 2 * _CHROMA, _CHROMA),
    )


def _grey_shortfall(shown: np.ndarray, surface: np.ndarray, wanted: np.ndarray) -> float:
    # A colour less than before is what a grey layer leaves of the surface's own.
    tint = min(_chroma(shown), max(_chroma(shown) - 0.6 * _chroma(surface), 0.0) + _GREY)
    # Black may be blacker, and white whiter.
    way = float(wanted[0] - surface[0])
    apart = float(wanted[0] - shown[0]) * (1.0 if way > 0 else -1.0)
    apart = abs(apart) if 25.0 < wanted[0] < 90.0 else max(apart, 0.0)
    gone = float(shown[0] - surface[0]) / way if abs(way) > 1.0 else 1.0
    lightness = min(shortfall(apart, _FINE_LIGHTNESS, _LIGHTNESS), shortfall(gone, _FINE_WAY, 0.45))
    return max(shortfall(tint, _GREY, 2 * _GREY), lightness)
