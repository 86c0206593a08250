"""The change between two pictures of the same scene, apart from camera noise, a shift, and a change of light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .channels import largest_channel, luma, per_channel
from .quantiles import median, percentile

# A shift beyond this many px of a 256 px picture is no camera jitter.
_MOST_SHIFT = 4.0
# Below this many grey levels nothing counts as a change, however quiet the pictures are.
_FLOOR = 2.0

# Re-encoding leaves at most about this many grey levels of smoothed noise.
_MOST_NOISE = 4.0


@dataclass(frozen=True, eq=False)
class Change:
    """difference: (H, W, 3) float32, edited less predicted, grey levels. magnitude: (H, W) float32, lightly smoothed.
    noise: (H, W) float32, the magnitude that noise alone reaches (one standard deviation).
    support: (H, W) bool, where the change is real: connected areas around clear peaks."""

    difference: np.ndarray
    magnitude: np.ndarray
    noise: np.ndarray
    support: np.ndarray


def find_change(normal: np.ndarray, edited: np.ndarray, registered: bool = False) -> Change:
    """The change from normal to edited, (H, W, 3) uint8 of one size.

    registered: the pictures are known to fit to the pixel in place and light, as an editor's composited output does;
    otherwise a shift of a few px and a global gain and offset a channel are estimated and removed first.
    """
    unit = max(min(normal.shape[:2]) / 256.0, 0.5)
    if registered and (box := _changed_box(normal, edited, unit)) is not None:
        return _placed(_change(normal[box], edited[box], unit, True, 0.0), box, normal.shape[:2])
    return _change(normal, edited, unit, registered)


def _change(
    normal: np.ndarray, edited: np.ndarray, unit: float, registered: bool, spread: float | None = None
) -> Change:
    """unit: px of this picture for one of a 256 px picture. spread: the noise where it is known."""
    before, after = normal.astype(np.float32), edited.astype(np.float32)
    tolerance = 0.0
    if not registered:
        before, moved = _align(before, after, unit)
        before = _match_light(before, after)
        tolerance = 0.22 if moved else 0.15
    difference = after - before
    smoothed = cv2.GaussianBlur(difference, (0, 0), 0.8 * unit)
    # Chroma carries less than luma, to the eye and in a JPEG.
    grey = luma(smoothed)
    smoothed -= per_channel(grey)
    chroma = largest_channel(np.abs(smoothed, out=smoothed))
    chroma *= chroma
    chroma *= 0.5
    grey *= grey
    grey += chroma
    magnitude = np.sqrt(grey, out=grey)
    spread = _spread(magnitude) if spread is None else spread
    if registered:  # where most of the picture differs in full, that is no noise
        spread = min(spread, _MOST_NOISE)
    noise = np.full(magnitude.shape, spread, np.float32)
    if tolerance:
        grey = cv2.cvtColor(before, cv2.COLOR_RGB2GRAY)
        slope = cv2.magnitude(
            cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
        )
        noise = np.hypot(noise, tolerance * cv2.dilate(slope, np.ones((3, 3), np.uint8)))
    return Change(difference, magnitude, noise, _support(magnitude, noise, unit))


def _changed_box(normal: np.ndarray, edited: np.ndarray, unit: float) -> tuple[slice, slice] | None:
    """The part of a registered picture outside which it equals the normal one, with room for filters around it.

    None where that is most of the picture: then the whole is looked at. A part is faster by far in a large picture, and
    gives the same: the rest is zero, its noise too.
    """
    height, width = normal.shape[:2]
    changed = (normal != edited).reshape(height, width * 3)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0)) // 3
    if rows.size == 0:
        return None
    box = []
    for found, length in ((rows, height), (columns, width)):
        # The blur reaches 4 units. The larger area is taken for the outside, the others for holes, so it must stay the larger.
        room = round(8 * unit) + (int(found[-1]) - int(found[0])) // 5 + 2
        box.append(slice(max(0, int(found[0]) - room), min(length, int(found[-1]) + room + 1)))
    part = (box[0].stop - box[0].start) * (box[1].stop - box[1].start)
    return (box[0], box[1]) if part < 0.4 * height * width else None


def _placed(part: Change, box: tuple[slice, slice], size: tuple[int, int]) -> Change:
    """The change of a part in the whole picture of (height, width)."""
    whole = []
    for values in (part.difference, part.magnitude, part.noise, part.support):
        target = np.zeros((*size, *values.shape[2:]), values.dtype)
        target[box] = values
        whole.append(target)
    return Change(*whole)


def _spread(magnitude: np.ndarray) -> float:
    """Standard deviation of a quiet picture's magnitudes, from the lower half, which a defect does not reach."""
    sample = magnitude[:: max(1, magnitude.shape[0] // 256), :: max(1, magnitude.shape[1] // 256)]
    if np.count_nonzero(sample) < sample.size // 2:
        return 0.0
    return median(sample) * 1.2


def _support(magnitude: np.ndarray, noise: np.ndarray, unit: float) -> np.ndarray:
    """Hysteresis: areas above the low level that hold a pixel above the high one, each relative to its own peak."""
    floor = np.maximum(_FLOOR, 3.0 * noise)
    seeds = magnitude > np.maximum(1.6 * floor, 3.5)
    if not seeds.any():
        return seeds
    weak = (magnitude > floor).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(weak, connectivity=8)
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, labels[seeds], magnitude[seeds])
    overall = percentile(magnitude[seeds], 90)
    smallest = max(3.0, 3.0 * unit**2)
    real = (peaks > 0.3 * overall) & (stats[:, cv2.CC_STAT_AREA] >= smallest)
    real[0] = False
    # The edge of a change is where it has fallen to a fifth of its piece's peak, and to half of the strongest change
    # beside it: so a thin line is not as wide as its blur.
    reach = 2 * max(1, round(1.5 * unit)) + 1
    beside = cv2.dilate(magnitude, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    there = np.flatnonzero(weak)
    owner, height = labels.take(there), magnitude.take(there)
    clear = (
        real[owner] & (height > np.minimum(0.2 * overall, 0.25 * peaks[owner])) & (height > 0.5 * beside.take(there))
    )
    support = np.zeros(magnitude.shape, np.uint8)
    support.flat[there[clear]] = 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3) if unit < 1.5 else (5, 5))
    closed = cv2.morphologyEx(support, cv2.MORPH_CLOSE, kernel)
    return _filled(closed, smallest)


def _filled(mask: np.ndarray, largest_hole: float) -> np.ndarray:
    """Small holes filled: at most as large as a tenth of the area around them, or as a speck."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    limit = max(largest_hole, 0.1 * np.count_nonzero(mask))
    small = stats[:, cv2.CC_STAT_AREA] <= limit
    small[0] = False
    return (mask > 0) | small[labels] if small.any() else mask > 0


def _align(before: np.ndarray, after: np.ndarray, unit: float) -> tuple[np.ndarray, bool]:
    """`before` moved by the camera's shift, to a fraction of a pixel, where that fits better; and whether it was."""
    grey_before, grey_after = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (before, after))
    window = cv2.createHanningWindow((before.shape[1], before.shape[0]), cv2.CV_32F)
    flat = [grey - cv2.GaussianBlur(grey, (0, 0), 4 * unit) for grey in (grey_before, grey_after)]
    (dx, dy), _ = cv2.phaseCorrelate(flat[0] * window, flat[1] * window)
    if max(abs(dx), abs(dy)) > _MOST_SHIFT * max(unit, 1.0) or max(abs(dx), abs(dy)) < 0.1:
        return before, False

    def moved(picture: np.ndarray) -> np.ndarray:
        shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        size = (picture.shape[1], picture.shape[0])
        return cv2.warpAffine(picture, shift, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    residual_here = float(np.mean(np.abs(flat[1] - flat[0])))
    residual_there = float(np.mean(np.abs(flat[1] - moved(flat[0]))))
    return (moved(before), True) if residual_there < 0.9 * residual_here else (before, False)


def _match_light(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """`before` under `after`'s exposure: gain and offset a channel, by least squares with the outliers left out."""
    step = max(1, int(np.sqrt(before[..., 0].size / 40_000)))
    predicted = np.empty_like(before)
    for channel in range(3):
        x, y = before[::step, ::step, channel].ravel(), after[::step, ::step, channel].ravel()
        usable = (x > 2) & (x < 253) & (y > 2) & (y < 253)
        gain, offset = 1.0, 0.0
        if np.count_nonzero(usable) > 50:
            x, y = x[usable], y[usable]
            gain = median(y / np.maximum(x, 1.0))
            for _ in range(3):
                error = np.abs(y - gain * x - offset)
                kept = error <= percentile(error, 70) + 0.5
                spread = float(x[kept].std())
                if spread < 2.0:
                    offset = median(y[kept] - gain * x[kept])
                    continue
                gain = float(np.cov(x[kept], y[kept], bias=True)[0, 1]) / spread**2
                offset = float(y[kept].mean()) - gain * float(x[kept].mean())
        predicted[..., channel] = np.clip(gain * before[..., channel] + offset, 0, 255)
    return predicted
