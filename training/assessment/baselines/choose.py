"""The synthesizers by name, from the paths that a user gives."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ....agent.core.errors import InputError
from .base import Synthesizer
from .draem import Draem
from .embedded_loop import EmbeddedLoop
from .natural_synthetic import NaturalSynthetic
from .perlin import AnomalibPerlin

#: Of the agent itself.
OURS = "ours"
#: The same with defects of one type on each picture, as `synthesize --defects` makes them: in one episode, not several.
ALIKE = "ours, one type"
_MOST_DEFECTS = 4
# Half of the pictures show what is of no known kind: likeness alone loses to diversity.
_IRREGULAR = 0.5
# Clearly above the product's own texture; and masks with room around the defect, 4 px of 256.
_LEAST_CONSPICUITY, _MASK_MARGIN = 2.0, 2 / 128
#: Every method, in the order of tables.
METHODS = (OURS, ALIKE, "CutPaste", "NSA", "DRAEM", AnomalibPerlin.name)


def choose_methods(
    names: Sequence[str] = (), nsa: Path | None = None, draem: Path | None = None, textures: Path | None = None
) -> list[Synthesizer]:
    """Those named, or without a name those that can run: whose checkout is given, anomalib where it is installed.

    nsa, draem: checkouts. textures: a folder for DRAEM and anomalib to blend in. Raises InputError for one that cannot run.
    """
    able = {
        OURS: True, ALIKE: True, "CutPaste": nsa is not None, "NSA": nsa is not None, "DRAEM": draem is not None,
        AnomalibPerlin.name: find_spec("anomalib") is not None,
    }  # fmt: skip
    return [_make(name, nsa, draem, textures) for name in METHODS if (name in names if names else able[name])]


def _make(name: str, nsa: Path | None, draem: Path | None, textures: Path | None) -> Synthesizer:
    if name in (OURS, ALIKE):
        return EmbeddedLoop(
            name,
            most_defects=_MOST_DEFECTS if name == OURS else 1,
            alike=None if name == OURS else (1, _MOST_DEFECTS),
            irregular=_IRREGULAR if name == OURS else 0.0,
            least_conspicuity=_LEAST_CONSPICUITY,
            mask_margin=_MASK_MARGIN,
        )
    if name == AnomalibPerlin.name:
        return AnomalibPerlin(textures)
    if name == "DRAEM":
        if draem is None:
            raise InputError("DRAEM needs --draem PATH: a checkout of https://github.com/VitjanZ/DRAEM")
        return Draem(draem, textures)
    if nsa is None:
        raise InputError(f"{name} needs --nsa PATH: a checkout of https://github.com/hmsch/natural-synthetic-anomalies")
    return NaturalSynthetic("CutPaste" if name == "CutPaste" else "NSA", nsa)
