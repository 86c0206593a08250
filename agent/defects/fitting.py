"""What of a description a picture can have: the parts that it names, the colours that its camera sees."""

from __future__ import annotations

from dataclasses import replace

from ..imaging.channels import luma_of
from ..scene.scene import Scene
from .attribute_reader import tone_of
from .description import Asked, Attributes, Description
from .families import FAMILIES

# What a part is called where it is missed.
_MISSED = {
    "trace": "traces",
    "gap": "gaps between traces",
    "opening": "opening",
    "rim": "rim",
    "label": "label",
    "print": "print",
    "corner": "corners",
    "unit": "repeated parts",
    "edge": "edge",
}
# A grey this near to grey is no colour, in sRGB levels between its channels.
_GREY = 24
# How far a dark or bright colour's luma lies from the product's, as a share of that, to be dark or bright there.
_TONE = 0.25


def fitted(description: Description, scene: Scene) -> Description:
    """The description as far as a scene has what it speaks of, and the nearest for the rest; a remark on each thing that it has
    not."""
    defects, remarks = [], list(description.remarks)
    for asked in description.defects:
        attributes, missing = _fitted(asked, scene)
        defects.append(replace(asked, attributes=attributes))
        remarks += missing
    return Description(tuple(defects), tuple(dict.fromkeys(remarks)))


def _fitted(asked: Asked, scene: Scene) -> tuple[Attributes, list[str]]:
    said, remarks = asked.attributes, []
    noun = FAMILIES[asked.family].noun_of(asked.form)
    if said.part is not None and scene.parts.mask(said.part, said.part_number) is None:
        number = "" if said.part_number is None else f" {said.part_number}"
        # A rim that is not there is an edge for most.
        nearest = {"rim": "edge", "opening": "centre"}.get(said.part)
        told = f"near the {nearest}" if nearest else "without regard to it"
        remarks.append(f"the picture shows no {_MISSED[said.part]}{number}: the {noun} is drawn {told}")
        said = said.with_(relation=None, part=None, part_number=None, place=nearest or said.place)
    elif said.relation == "bridge" and not scene.gap_sites:
        remarks.append("no two traces in the picture face each other: a spur of one is drawn")
        said = said.with_(relation="spur")
    if said.place == "corner" and scene.parts.mask("corner") is None:
        remarks.append(f"the product has no corners: the {noun} is drawn near the edge")
        said = said.with_(place="edge")
    if said.direction in ("along", "across") and scene.parts.axis is None and scene.parts.texture_direction is None:
        remarks.append(f"neither product nor texture has a direction: the {noun} is drawn in any")
        said = said.with_(direction=None)
    if said.colour is not None and scene.monochrome and max(said.colour) - min(said.colour) > _GREY:
        remarks.append("the picture has no colours: the colour is drawn as its grey")
        darker = luma_of(said.colour) < scene.grey
        said = said.with_(colour=None, tone=said.tone or ("dark" if darker else "bright"))
    elif said.colour is not None and said.tone == tone_of(said.colour) and not _clearly(said.colour, said.tone, scene):
        # A dark red is brighter than a black surface: what it is beside that, its own colour says.
        said = said.with_(tone=None)
    return said, remarks


def _clearly(colour: tuple[int, int, int], tone: str | None, scene: Scene) -> bool:
    """Whether a colour of a tone has that beside the product's colour, too."""
    share = luma_of(colour) / max(scene.grey, 1.0)
    return share < 1.0 - _TONE if tone == "dark" else share > 1.0 + _TONE
