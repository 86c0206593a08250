"""A local edit in numbers: what a prompt paragraph asks the image generator to render."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from .description import Attributes

# What is as a person asks for it, and nothing else.
_AS_ASKED = ("tone", "colour", "width", "angle", "relation", "part", "part_number", "shape", "gloss", "relief", "place")
#: Fields that a prompt can stress.
INSISTABLE = (
    "count", "place", "colour", "tone", "direction", "width", "shape", "size", "relation", "edge", "gloss", "relief",
)  # fmt: skip
#: (x0, y0, x1, y1) as fractions of width and height.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Edit:
    """One kind of defect to render. None means: the renderer draws it at random within what is plausible.

    family: a registered family's name. variant: the name of a form of it, e.g. "bump" of "dent", None for the first.
    box: where, as fractions of the image. place: where on the product, one of description.PLACES.
    size: longest extent of one defect as a fraction of the product's size (square root of its area), 0.01-1.5.
    severity: 0 (at the limit of visibility) to 1 (gross). tone: "dark", "bright" or None. colour: sRGB 0-255.
    angle: direction of the long axis in degrees, 0 = horizontal, 90 = vertical, anticlockwise on the screen.
    softness: 0 sharp to 1 diffuse. count: how many, 1-12. width, direction, relation, part, part_number, shape, gloss, relief:
    as in description.Attributes; direction where angle is None. halo: whether a weaker rim lies around it. insisted: fields,
    of INSISTABLE, that a prompt stresses as an editor has missed them.
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
    width: str | None = None
    direction: str | None = None
    relation: str | None = None
    part: str | None = None
    part_number: int | None = None
    shape: str | None = None
    halo: bool | None = None
    gloss: str | None = None
    relief: str | None = None
    insisted: tuple[str, ...] = ()

    def with_(self, **changes: object) -> Edit:
        """A copy with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def held_to(self, asked: Attributes) -> Edit:
        """A copy with all that was asked: what is outside a range is moved into it, the rest is as asked."""
        said = dict(asked.said())
        changes: dict[str, object] = {name: said[name] for name in _AS_ASKED if name in said}
        for name in ("size", "severity"):
            if name in said:
                value = getattr(self, name)
                low, high = said[name]
                changes[name] = round((low * high) ** 0.5, 3) if value is None else min(max(value, low), high)
        if asked.count is not None:
            changes["count"] = min(max(self.count or asked.count[0], asked.count[0]), asked.count[1])
        if asked.direction == "diagonal":
            changes["angle"] = _nearest_diagonal(self.angle)
        elif asked.direction is not None:
            changes |= {"direction": asked.direction, "angle": None}
        if asked.edge == "halo":
            changes["halo"] = True
        elif asked.edge is not None:
            low, usual, high = (0.0, 0.15, 0.3) if asked.edge == "sharp" else (0.6, 0.8, 1.0)
            if self.softness is None or not low <= self.softness <= high:
                changes["softness"] = usual
        if asked.tone is not None and asked.colour is None and self.colour is not None:
            changes["colour"] = None
        return replace(self, **changes)  # type: ignore[arg-type]

    def completed(self, asked: Attributes) -> Edit:
        """A copy in which what this edit leaves open is as asked."""
        held = self.held_to(asked)
        where = ("box", "place", "relation", "part", "part_number")
        open_place = all(getattr(self, name) is None for name in where)
        changes = {
            field.name: getattr(held, field.name)
            for field in fields(self)
            if getattr(self, field.name) is None and (field.name not in where or open_place)
        }
        if self.angle is not None:
            changes.pop("direction", None)
        if self.colour is not None or self.tone is not None:
            changes = {name: value for name, value in changes.items() if name not in ("tone", "colour")}
        return replace(self, **changes)

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


def _nearest_diagonal(angle: float | None) -> float:
    """A diagonal, degrees, within some degrees of 45 or 135."""
    if angle is None:
        return 45.0
    middle = 45.0 if angle % 180 < 90 else 135.0
    return min(max(angle % 180, middle - 12.0), middle + 12.0)
