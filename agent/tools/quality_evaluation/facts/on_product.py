"""Does it keep to the product, and to the region?"""

from __future__ import annotations

import cv2
import numpy as np

from ....core.task import Task
from ....core.verdict import BACKGROUND, OUTSIDE_REGION, Fact
from ....defects.description import Asked, Description
from ....defects.families import FAMILIES
from ....scene.scene import UNCERTAIN, allowed_area
from .grading import fact, shortfall
from .view import ChangeView
from .visible import NOTICEABLE

# An outline is known to this share of the product's size, and where it is broken to the second; a family that moves it may pass
# it by the third, and so does the shadow of a part that is gone.
_SLACK, _BROKEN, _MOVED = 0.012, 0.03, 0.12
# Share of the change beyond: fine, and the limit.
_FINE, _LIMIT = 0.004, 0.02
# Fewer px, of a 256 px picture, are no stroke over the table.
_LEAST = 4


def on_product(view: ChangeView, task: Task, description: Description) -> Fact:
    """By the share of the visible change that lies beyond the product, or outside the region, with the outline's own
    uncertainty."""
    first = description.first
    where = BACKGROUND if task.region is None else OUTSIDE_REGION
    off, share = off_target(view, task.region, description)
    strength = shortfall(share, _FINE, _LIMIT) if off >= _LEAST else 0.0
    asked = "product" if task.region is None else "region"
    return fact("on_product", asked, where if strength > 0 else asked, strength, first.family)


def off_target(view: ChangeView, region: np.ndarray | None, description: Description) -> tuple[float, float]:
    """Px of a 256 px picture, and share of the change, that lie beyond the product, or the region, (H, W) bool."""
    share = max(_beyond(asked) for asked in description.defects)
    allowed = allowed_area(view.scene, region, inside=share == _SLACK)
    # A region's border is exact, but for the change's own antialiasing.
    slack = 1
    if region is None and view.scene.category == "object":
        known = UNCERTAIN * view.unit / view.scale if allowed is view.scene.inside else 0.0
        slack = max(1, round(share * view.scene.product_size + known))
    box = tuple(slice(max(0, side.start - slack), side.stop + slack) for side in view.box)
    near = cv2.dilate(allowed[box].astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * slack + 1,) * 2))
    top, left = view.box[0].start - box[0].start, view.box[1].start - box[1].start
    height, width = view.change.support[view.box].shape
    inside = near[top : top + height, left : left + width]
    if inside.shape != view.shape:
        inside = cv2.resize(inside, (view.shape[1], view.shape[0]), interpolation=cv2.INTER_NEAREST)
    changed = view.delta_e > NOTICEABLE
    beyond = changed & (inside == 0)
    total = float(view.delta_e[changed].sum())
    pixels = float(np.count_nonzero(beyond)) / max(view.unit, 1e-3) ** 2
    return pixels, float(view.delta_e[beyond].sum()) / total if total else 0.0


def _beyond(asked: Asked) -> float:
    """By how much a defect may change what lies beyond the outline, as a share of the product's size."""
    family = FAMILIES[asked.family]
    if family.moves_outline or family.form(asked.form).shows_background:
        return _MOVED
    return _BROKEN if family.breaks_outline else _SLACK
