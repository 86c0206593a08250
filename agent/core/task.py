"""What the agent is asked to do."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .errors import InputError

#: Longest item or anomaly type, and longest prompt of a user or a policy, in characters.
MAX_NAME, MAX_PROMPT = 200, 20_000
#: Longest canonical description of what an anomaly type means, in characters: three kinds of defect with all that can be said.
MAX_MEANING = 600
#: Shortest and longest side of an image that the tools accept, in pixels.
MIN_SIDE, MAX_SIDE = 64, 4096
#: (least, most).
Range = tuple[float, float]
#: What Edit.size and Edit.severity can be.
SIZES: Range = (0.01, 1.5)
SEVERITIES: Range = (0.0, 1.0)
#: (least, most), whole.
Counts = tuple[int, int]
#: What Edit.count can be.
COUNTS: Counts = (1, 12)


@dataclass(frozen=True, eq=False)
class Task:
    """One anomaly to synthesize on one normal image.

    image: (H, W, 3) uint8 RGB, sides 64-4096 px. item: the product, e.g. "bottle". anomaly: a defect type in free text.
    region: (H, W) bool, True where a defect may go, or None for anywhere on the product. seed: 0 or more.
    size: (least, most) longest extent of a defect as a fraction of the product's size, 0.01-1.5. severity: (least, most),
    from 0, the limit of visibility, to 1, gross. defects: (least, most) defects of the type in the picture, 1-12, each at a
    place and of a size of its own. None: as the anomaly type's family usually has it. prompt: the first prompt in the user's
    own words, "" where the prompt generator writes it. meaning: what is asked for in the words of a description, where the
    anomaly type does not say it itself or a person corrected how it was taken; "": the anomaly type says it. looked_up: whether
    notes or word vectors gave the meaning, rather than a person.
    Raises InputError for an image, a region or a range that no tool could work on, and for a text that is too long or broken.
    """

    image: np.ndarray
    item: str
    anomaly: str
    region: np.ndarray | None = None
    seed: int = 0
    image_name: str = ""
    size: Range | None = None
    severity: Range | None = None
    defects: Counts | None = None
    prompt: str = ""
    meaning: str = ""
    looked_up: bool = False

    @property
    def corrected(self) -> bool:
        """Whether a person said how the anomaly type is meant."""
        return bool(self.meaning) and not self.looked_up

    @property
    def asked(self) -> str:
        """The text that says what to draw."""
        return self.meaning or self.anomaly

    @cached_property
    def image_key(self) -> int:
        """A number of 32 bits that tells pictures apart: with the seed, what is drawn depends on it."""
        return zlib.crc32(self.image.tobytes())

    def __post_init__(self) -> None:
        check_image(self.image)
        if not self.item.strip():
            raise InputError("item is empty: name the product in the picture, e.g. 'bottle'")
        if not self.anomaly.strip():
            raise InputError("anomaly type is empty: name a defect, e.g. 'scratch'")
        check_text(self.item, MAX_NAME, "item")
        check_text(self.anomaly, MAX_NAME, "anomaly type")
        check_text(self.prompt, MAX_PROMPT, "prompt")
        check_text(self.meaning, MAX_MEANING, "meaning")
        if self.seed < 0:
            raise InputError(f"seed must be 0 or more, got {self.seed}")
        if self.region is not None:
            check_region(self.region, self.image.shape[:2])
        check_range(self.size, SIZES, "size")
        check_range(self.severity, SEVERITIES, "severity")
        check_range(self.defects, COUNTS, "defects")


def check_text(text: str, most: int, what: str) -> None:
    """Raises InputError, which calls the text `what`, for more than `most` characters, and for one that no file can hold: an
    escape that lost its other half gives half a character."""
    if len(text) > most:
        raise InputError(f"{what} has {len(text)} characters, but {most} is the most: shorten it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{what} holds half a character (\\ud800-\\udfff): take it out") from error


def check_image(image: np.ndarray) -> None:
    """Raises InputError unless image is (H, W, 3) uint8 with sides of 64-4096 px."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise InputError(f"image must be (height, width, 3) uint8 RGB, got shape {image.shape} of {image.dtype}")
    height, width = image.shape[:2]
    if min(height, width) < MIN_SIDE or max(height, width) > MAX_SIDE:
        raise InputError(
            f"image is {width}x{height} px, but each side must be {MIN_SIDE}-{MAX_SIDE} px: resize or tile it first"
        )


def check_region(region: np.ndarray, size: tuple[int, int]) -> None:
    """Raises InputError unless region is a non-empty bool mask of (height, width) = size."""
    if region.dtype != np.bool_:
        raise InputError(f"region must be a bool mask, got {region.dtype}")
    if region.shape != size:
        raise InputError(
            f"region is {region.shape[-1]}x{region.shape[0]} px but the image is {size[1]}x{size[0]} px: "
            "draw the region at the image's size"
        )
    if not region.any():
        raise InputError("region is empty: paint where the defect may go (white), or leave the region out")


def check_range(given: Range | None, limits: Range, what: str) -> None:
    """Raises InputError, which calls the range `what`, unless it is within its limits and its least value comes first."""
    if given is not None and not limits[0] <= given[0] <= given[1] <= limits[1]:
        raise InputError(
            f"{what} must be two numbers from {limits[0]:g} to {limits[1]:g}, the smaller one first, "
            f"got {given[0]:g} and {given[1]:g}"
        )
