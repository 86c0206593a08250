"""What a product is made of, in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from .parts import Parts
from .scene import Scene

_SIDES = {(0, -1): "above", (1, -1): "the upper right", (1, 0): "the right", (1, 1): "the lower right", (0, 1): "below",
          (-1, 1): "the lower left", (-1, 0): "the left", (-1, -1): "the upper left"}  # fmt: skip
# Light less sure than this is a convention, see Scene.
_SURE = 0.2


def say_parts(parts: Parts) -> str:
    """The parts and directions, e.g. "parts: rim, openings 1-2, background; long axis 30 degrees; mirrored about 30 degrees"."""
    said = [f"parts: {', '.join(say_names(parts)) or 'none'}"]
    said.append("long axis none" if parts.axis is None else f"long axis {_degrees(parts.axis)}")
    if parts.symmetry is not None:
        said.append(f"mirrored about {_degrees(parts.symmetry)}")
    if parts.texture_direction is not None:
        said.append(f"texture along {_degrees(parts.texture_direction)}")
    return "; ".join(said)


def say_names(parts: Parts) -> list[str]:
    """Each name that the product has parts of, with their numbers where there are several: "rim", "corners 1-4"."""
    counted = [(name, len(list(same))) for name, same in groupby(part.name for part in parts.parts)]
    return [_numbered(name, count) for name, count in counted]


def say_shared(several: Sequence[Parts]) -> str:
    """The parts that all have, with numbers where these agree; at least one Parts."""
    common = [name for name in several[0].names if all(name in parts.names for parts in several)]
    counts = {name: {len(parts.named(name)) for parts in several} for name in common}
    return (
        ", ".join(_numbered(name, max(counts[name])) if len(counts[name]) == 1 else f"{name}s" for name in common)
        or "none"
    )


def _numbered(name: str, count: int) -> str:
    return name if count == 1 else f"{name}s 1-{count}"


def say_scene(scene: Scene) -> str:
    """A picture's kind, its parts, and its light, in one line."""
    kind = "two-tone picture that fills the frame" if scene.bilevel else "surface that fills the frame"
    if scene.category == "object":
        kind = "object on a background" if scene.products == 1 else f"{scene.products} objects on a background"
    return f"{kind}; {say_parts(scene.parts)}; {_say_light(scene)}"


def _degrees(angle: float) -> str:
    return f"{round(angle) % 180} degrees"


def _say_light(scene: Scene) -> str:
    if scene.light_confidence < _SURE:
        return "light even"
    eighth = np.round(np.arctan2(scene.light[1], scene.light[0]) / (np.pi / 4)) * (np.pi / 4)
    return f"light from {_SIDES[round(float(np.cos(eighth))), round(float(np.sin(eighth)))]}"
