"""Does it run the way that was asked for?"""

from __future__ import annotations

from ....core.verdict import Fact
from .grading import fact, shortfall
from .pieces import Piece, angle_between
from .seen import SeenDefect

# Degrees: half of the way from horizontal to diagonal is where people change the word.
_FINE, _LIMIT = 10.0, 24.0
# Below this elongation nothing has a direction; from the second on it has one plainly.
_NONE, _PLAIN = 1.5, 3.0


def direction(seen: SeenDefect) -> Fact | None:
    """The principal axis of each defect; the one that is furthest off rules. "along" and "across" go by the product's axis, or
    else by its texture; where it has neither, nothing can be said."""
    asked = seen.attributes
    if asked.angle is not None:
        wanted: tuple[float, ...] = (asked.angle % 180.0,)
    elif asked.direction == "diagonal":
        wanted = (45.0, 135.0)
    elif asked.direction in ("along", "across"):
        parts = seen.view.scene.parts
        axis = parts.axis if parts.axis is not None else parts.texture_direction
        if axis is None:
            return None
        wanted = ((axis + (90.0 if asked.direction == "across" else 0.0)) % 180.0,)
    else:
        return None

    def apart(defect: Piece) -> float:
        return min(angle_between(defect.angle, angle) for angle in wanted)

    worst = max(seen.defects, key=apart)
    told = asked.direction if asked.angle is None and asked.direction is not None else wanted[0]
    vague = min(defect.elongation for defect in seen.defects)
    if vague < _NONE:
        return fact("direction", told, "none", 0.7, seen.family)
    strength = max(shortfall(apart(worst), _FINE, _LIMIT), shortfall(vague, _PLAIN, _NONE))
    return fact("direction", told, round(worst.angle, 1), strength, seen.family)
