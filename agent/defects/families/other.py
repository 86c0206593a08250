"""Other: types that are none of the known families, for what asks for them by that name. Drawn as irregularities are."""

from __future__ import annotations

from ..family import Bilevel, Family, Form, Silhouette
from .irregularity import render_irregularity

FAMILY = Family(
    name="other",
    noun="unclassified defect",
    look="a part of the surface that is not as the rest is, in tone, in texture or in both, like none of the usual defects",
    example="",
    # No word that a text has by the way: "on the other side" asks for nothing. The name alone is one, see resolve.
    forms=(
        Form(phrases=("unclassified defect", "unclassified anomaly", "unlisted defect", "novel defect", "novel anomaly")),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(),
    size=(0.4, 1.3),
    beyond_frame=None,
    many=(1, 1),
    tone=None,
    place=None,
    mask_margin=0.5,
    render=render_irregularity,
    silhouette=Silhouette.AREA,
    bilevel=Bilevel.GREY,
    soft_edge=False,
    seeks_low_activity=True,
    stays_dark=False,
    inside_one_tone=True,
    covers_picture=True,
    moves_outline=False,
    breaks_outline=False,
    by_default=False,
    common=False,
    needs_shades=False,
    needs_structure=False,
    appearance=None,
    confused_with=None,
    kin="contamination",
)  # fmt: skip
