"""Can an eye see it, and how strongly?"""

from __future__ import annotations

import cv2
import numpy as np

from ....core.verdict import Fact
from ....imaging.quantiles import percentile
from .grading import KEPT, fact, shortfall
from .seen import SeenDefect

#: A just noticeable difference of two patches side by side, CIE 1976 Delta E (Mahy, Van Eycken and Oosterlinck, Color Research
#: and Application 19, 1994).
NOTICEABLE = 2.3
# What is to be found at a glance, beside nothing to compare it with, must be this many times as strong.
_AT_A_GLANCE = 2.0
# A small target needs more: by Piper's law its threshold goes as one over the root of its area. Width and area, px of a
# 256 px picture, from which more of it helps no further.
_WIDE, _LARGE = 6.0, 80.0
# How strongly the surface's own variation hides a change (contrast masking goes in proportion: Legge and Foley, JOSA 70, 1980).
_MASKING = 0.7
# Of that, on a pattern that repeats.
_REGULAR = 0.75
# Times the least visible change: plain from the first on, and the least that passes; people differ by more than it is above 1.
_PLAIN, _SEEN = 2.2, 1.15
# The same where the text asks for it at the limit of visibility: it is found at a second look.
_PLAIN_FAINT, _SEEN_FAINT = 1.4, 0.95
# As a severity asked for: up to the first a defect may be at the limit of visibility, up to the second it is to be faint, from
# the third on gross.
_LIMIT, _FAINT, _GROSS = 0.35, 0.45, 0.7
# Share of the product from which a change is gross by its extent alone.
_WIDESPREAD = 0.06


def visible(seen: SeenDefect) -> Fact:
    """The upper quartile of the change in Delta E, over what can be seen there. A text that asks for a defect at the limit of
    visibility has it there."""
    ratio = visibility(seen)
    severity = seen.attributes.severity
    faint = severity is not None and severity[1] <= _LIMIT
    plain, limit = (_PLAIN_FAINT, _SEEN_FAINT) if faint else (_PLAIN, _SEEN)
    strength = shortfall(float(np.log(max(ratio, 1e-3))), float(np.log(plain)), float(np.log(limit)))
    told = "plain" if strength == 0 else "weak" if strength <= KEPT else "hardly"
    return fact("visible", "yes", told, strength, seen.family)


def severity(seen: SeenDefect) -> Fact | None:
    """A faint defect does not leap to the eye, and a gross one does; between them people do not agree."""
    asked = seen.attributes.severity
    if asked is None or (asked[1] > _FAINT and asked[0] < _GROSS):
        return None
    ratio = visibility(seen)
    if asked[1] <= _FAINT:
        strength = shortfall(ratio, 3.0, 5.0)
    else:
        share = seen.whole.area / seen.view.size**2
        strength = 0.0 if share >= _WIDESPREAD and ratio >= 1.0 else shortfall(ratio, 3.0, 1.7)
    return fact("severity", asked, round(ratio, 2), strength, seen.family)


def visibility(seen: SeenDefect) -> float:
    """Strength over the least that is seen at a glance: 1 just visible."""
    view = seen.view
    # Where only two tones are, the eye sees any pixel that changes sides.
    own = 0.0 if view.scene.bilevel else surface_variation(seen)
    # What breaks the rule of a regular pattern stands out from it.
    masking = _MASKING * (_REGULAR if view.regular else 1.0)
    unit = max(view.unit, 1e-3)
    wide = min(seen.whole.width / unit / _WIDE, 1.0)
    large = min(seen.whole.area / unit**2 / _LARGE, 1.0)
    small = 1.0 / np.sqrt(max(wide, 1 / _WIDE) * max(large, 1 / _LARGE))
    least = np.hypot(_AT_A_GLANCE * NOTICEABLE * min(small, 3.0), masking * own)
    return percentile(seen.weights, 75) / float(least)


def surface_variation(seen: SeenDefect) -> float:
    """Standard deviation, in Delta E, of the normal surface around the change and under it, at the scale of the change and
    finer."""
    view = seen.view
    reach = float(np.clip(1.5 * seen.whole.width, 2.0 * max(view.unit, 0.5), 12.0 * max(view.unit, 0.5)))
    lightness = np.ascontiguousarray(view.before[..., 0])
    fine = lightness - cv2.GaussianBlur(lightness, (0, 0), reach)
    near = view.product | seen.mask
    # The silhouette's own step hides nothing on either side of it.
    inside = (
        cv2.erode(near.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=max(1, round(reach)), borderValue=1) > 0
    )
    values = np.abs(fine[inside]) if np.count_nonzero(inside) > 50 else np.abs(fine[near])
    return 1.4826 * float(np.median(values)) if values.size else 0.0
