"""One renderer a defect family."""

from __future__ import annotations

from ..drawing.window import Layer, Renderer, Window
from .bend import render_bend
from .chip import render_chip
from .contamination import render_contamination
from .corrosion import render_corrosion
from .crack import render_crack
from .cut import render_cut
from .dent import render_dent
from .discoloration import render_discoloration
from .hole import render_hole
from .print_defect import render_print
from .scratch import render_scratch
from .thread import render_thread

#: Family -> renderer; the keys are those of FAMILIES.
RENDERERS: dict[str, Renderer] = {
    "scratch": render_scratch,
    "crack": render_crack,
    "dent": render_dent,
    "hole": render_hole,
    "chip": render_chip,
    "contamination": render_contamination,
    "discoloration": render_discoloration,
    "thread": render_thread,
    "cut": render_cut,
    "bend": render_bend,
    "corrosion": render_corrosion,
    "print": render_print,
}

__all__ = ["RENDERERS", "Layer", "Renderer", "Window"]
