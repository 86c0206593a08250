"""The pictures that samples are made on, what may be asked of each, and where the product is on them.

Rendered products come with their true silhouette. Photographs of objects get one from their plain background; a photograph of a
texture is all product.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...agent.products.catalogue import EXAMPLE_PRODUCTS, render_foreground, render_normal
from .pixels import components, dilate, erode, filled, lab

SIDE = 256
#: What people call the products of the seven sets.
ITEMS = {
    "asphalt": "asphalt road", "bottle": "glass bottle", "cookie": "cookie", "lightguide": "light guide plate",
    "magnetic_tile": "magnetic tile", "nanofiber": "nanofibre mat", "pcb": "printed circuit board",
}  # fmt: skip
# Half the width of the widest strip of copper that is a trace, px.
_STRIP = 14
# What a person sees at a glance, by product. Tags that pixels decide are added to them.
_TAGS = {
    "bottle": "object round", "cookie": "object", "washer": "object round opening", "bottle_base": "object round",
    "hex_nut": "object corners opening shadow", "capsule": "object axis shadow", "tablet": "object round shadow",
    "biscuit": "object shadow", "brushed_steel": "texture grain", "wood": "texture grain", "magnetic_tile": "texture grain",
    "pcb": "texture traces", "lightguide": "texture dots",
    "nanofiber": "texture fibres",
    "wire_mesh": "texture wires", "woven_fabric": "texture cloth", "leather": "texture leather",
    "concrete": "texture mineral", "asphalt": "texture mineral", "ceramic_tiles": "texture mineral",
    "circuit_board": "texture board",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Picture:
    """A normal picture. name: unique. image: (H, W, 3) uint8 RGB. product: (H, W) bool, its silhouette, exact but for slack px.
    tags: what may be
    asked of it."""

    name: str
    item: str
    image: np.ndarray
    product: np.ndarray
    slack: float
    tags: frozenset[str]

    @property
    def kind(self) -> str:
        """The product's name, without the picture's number."""
        return self.name.split("/")[0]


def names_of(data: Path | None, each: int) -> list[str]:
    """Names of pictures, `each` of every product: "bottle/003.jpg" of the sets in a folder, "wood/1" of those rendered."""
    found = [f"{name}/{seed}" for name in EXAMPLE_PRODUCTS for seed in range(each)]
    for kind in ITEMS if data is not None else ():
        paths = sorted((data / kind / "train" / "good").glob("*.*"))  # type: ignore[operator]
        found += [f"{kind}/{paths[index * len(paths) // each].name}" for index in range(min(each, len(paths)))]
    return found


def read_picture(name: str, data: Path | None) -> Picture:
    """The picture of a name as names_of gives it, at most 256 px on its long side."""
    kind, rest = name.split("/")
    if kind in EXAMPLE_PRODUCTS:
        image, item = render_normal(kind, int(rest), SIDE), EXAMPLE_PRODUCTS[kind].item
        product = render_foreground(kind, int(rest), SIDE)
        slack = 1.0
    else:
        slack = 2.5
        assert data is not None
        image, item = _read(data / kind / "train" / "good" / rest), ITEMS[kind]
        product = silhouette(image) if "object" in _TAGS.get(kind, "") else np.ones(image.shape[:2], bool)
    return Picture(
        name, item, image, product, slack, frozenset(_TAGS.get(kind, "texture").split()) | _seen(image, product)
    )


def _read(path: Path) -> np.ndarray:
    image = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    height, width = image.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    return cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def silhouette(image: np.ndarray) -> np.ndarray:
    """The object on a plain background, (H, W) bool without holes: what differs from the tone along the picture's border by
    more than Otsu's threshold, its largest part."""
    values = lab(image)
    border = np.concatenate(
        [
            values[:3].reshape(-1, 3),
            values[-3:].reshape(-1, 3),
            values[:, :3].reshape(-1, 3),
            values[:, -3:].reshape(-1, 3),
        ]
    )
    away = np.linalg.norm(
        (values - np.median(border, axis=0)) * (0.5, 1.5, 1.5), axis=2
    )  # colour tells more than shade
    grey = np.clip(cv2.GaussianBlur(away, (0, 0), 1.0) * 3, 0, 255).astype(np.uint8)
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    there = cv2.morphologyEx((grey > 0.8 * level).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return filled(components(there > 0)[0])


def _seen(image: np.ndarray, product: np.ndarray) -> frozenset[str]:
    """Tags that pixels decide: colour or grey, bilevel, dim, pale, smooth."""
    values = lab(image)
    light = values[..., 0][product]
    tags = {"grey" if int(np.ptp(image.astype(int), axis=2).max()) <= 2 else "colour"}
    ink, ground = float((light < 12).mean()), float((light > 92).mean())
    if ink + ground > 0.9 and min(ink, ground) > 0.03:
        tags.add("bilevel")
        # A board may show nothing but planes, which nobody calls traces: a strip is gone where its planes are left.
        copper = light < 50
        ink_map = np.zeros(product.shape, bool)
        ink_map[product] = copper
        if (ink_map & ~dilate(erode(ink_map, _STRIP), _STRIP)).sum() > 0.05 * copper.sum():
            tags.add("strips")
    middle = float(np.median(light))
    tags |= {"dim"} if middle < 28 else {"pale"} if middle > 82 else set()
    fine = values[..., 0] - cv2.GaussianBlur(values[..., 0], (0, 0), 3)
    if float(fine[product].std()) < 2.5:
        tags.add("smooth")
    return frozenset(tags)
