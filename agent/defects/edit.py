"""A local edit in numbers: what a prompt paragraph asks the image generator to render."""

from __future__ import annotations

from dataclasses import dataclass, replace

#: (x0, y0, x1, y1) as fractions of width and height.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Edit:
    """One kind of defect to render. None means: the renderer draws it at random within what is plausible.

    family: a registered family's name. variant: the name of a form of it, e.g. "bump" of "dent", None for the first.
    box: where, as fractions of the image. place: where on the product: "edge", "centre" or None.
    size: longest extent of one defect as a fraction of the product's size (square root of its area), 0.01-1.5.
    severity: 0 (at the limit of visibility) to 1 (gross). tone: "dark", "bright" or None. colour: sRGB 0-255.
    angle: direction of the long axis in degrees, 0 = horizontal, 90 = vertical, anticlockwise on the screen.
    softness: 0 sharp to 1 diffuse. count: how many, 1-12.
    """

    family: str
    variant: str | None = None
    box: Box | None = None
    place: str | None = None
    size: float | None = None
    severity: float | None = None
    tone: str | None = None
    colour: tuple[int, int, int] | None = None
    angle: float | None = None
    softness: float | None = None
    count: int | None = None

    def with_(self, **changes: object) -> Edit:
        """A copy with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def within(
        self,
        size: tuple[float, float] | None,
        severity: tuple[float, float] | None,
        count: tuple[int, int] | None = None,
    ) -> Edit:
        """A copy with size, severity and count moved into their ranges, (least, most); what is None is not limited.

        What the edit leaves open becomes the middle of its range, but one defect stays one where one is allowed.
        """
        few = self.count if count is None else min(max(self.count or 1, count[0]), count[1])
        return replace(self, size=_moved(self.size, size), severity=_moved(self.severity, severity), count=few)


def _moved(value: float | None, limits: tuple[float, float] | None) -> float | None:
    if limits is None:
        return value
    return sum(limits) / 2 if value is None else min(max(value, limits[0]), limits[1])
