"""Near-duplicates: changes of the same shape, tone, colour and size at the same place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .features import Features

#: Cosine between two signatures from which two changes look the same: above what another compression, a shift by a pixel
#: or camera noise leave, see the tests.
SAME_SIGNATURE = 0.9
# At most this far apart, by their extent; at least 1 % of the picture's longer side.
_APART, _LEAST_APART = 0.25, 0.01
_SIZE_RATIO = 1.3
# Colours differ by no more than this share of the stronger change, and a few grey levels.
_COLOUR_SHARE, _COLOUR_FLOOR = 0.3, 4.0


def near_duplicates(features: Sequence[Features]) -> dict[int, tuple[int, float]]:
    """Goes through in order; those that are like an earlier one that stays: {index: (the earlier one, cosine)}."""
    dropped: dict[int, tuple[int, float]] = {}
    if not features:
        return dropped
    signatures = np.stack([one.signature for one in features])
    centres = np.stack([one.centre for one in features])
    colours = np.stack([one.colour for one in features])
    extents = np.array([one.extent for one in features])
    shares = np.array([one.share for one in features])
    strengths = np.linalg.norm(colours, axis=1)
    staying: list[int] = []
    for index in range(len(features)):
        if staying:
            near = np.array(staying)
            cosine = signatures[near] @ signatures[index]
            apart = np.linalg.norm(centres[near] - centres[index], axis=1)
            ratio = shares[near] / shares[index]
            stronger = np.maximum(strengths[near], strengths[index])
            other = np.linalg.norm(colours[near] - colours[index], axis=1)
            same = (
                (cosine >= SAME_SIGNATURE)
                & (apart <= np.maximum(_APART * np.minimum(extents[near], extents[index]), _LEAST_APART))
                & (np.maximum(ratio, 1 / ratio) <= _SIZE_RATIO)
                & (other <= _COLOUR_SHARE * stronger + _COLOUR_FLOOR)
            )
            if same.any():
                best = int(np.where(same, cosine, -1).argmax())
                dropped[index] = (int(near[best]), float(cosine[best]))
                continue
        staying.append(index)
    return dropped
