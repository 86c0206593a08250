"""Dents and bumps: smooth relief that only the shading shows."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import fractal_noise
from ...imaging.quantiles import percentile
from ...imaging.ramps import smoothstep
from ..drawing.optics import relief
from ..drawing.shapes import wide_blur
from ..drawing.window import Layer, Window
from ..family import BROAD, COMPACT, Appearance, Bilevel, Family, Form, Silhouette


def render_dent(window: Window, rng: np.random.Generator) -> Layer:
    """A hollow (variant "bump": a rise), (h, w) px, by shading alone: Lambert's law on a height map multiplies the
    surface, so that its texture goes on; smooth surfaces add a narrow glint where the slope mirrors the light, and the
    texture is drawn together where the slope tilts it. A dent has a steep side where the blow came from."""
    half = window.size / 2
    drawn_out = {"round": (0.95, 1.0), "streak": (0.26, 0.36)}.get(window.edit.shape or "", (0.6, 1.0))
    stretch = float(rng.uniform(*drawn_out))
    along, across = window.axes
    u, v = along / half, across / (half * stretch)
    uneven = 0.06 if window.edit.shape == "round" else 0.15
    reach = np.sqrt(u * u + v * v) * (1 + uneven * fractal_noise(window.shape, rng, half, 3, 0.45))
    # The blow's side is steep, the other runs out.
    turn = float(rng.uniform(0, 2 * np.pi))
    side = (u * np.cos(turn) + v * np.sin(turn)) / np.maximum(reach, 0.05)
    power = float(rng.uniform(2.4, 3.4)) + float(rng.uniform(0.2, 0.8)) * np.clip(side, -1, 1)
    bowl = np.exp(-((reach * 1.5) ** power)).astype(np.float32)
    bowl *= smoothstep(np.maximum(np.abs(u), np.abs(v) * stretch), 1.3, 0.8)
    bump = window.edit.variant == "bump"
    ripple = 1 + 0.05 * fractal_noise(window.shape, rng, 0.4 * half, 2)
    height = wide_blur((bowl * ripple).astype(np.float32), max(0.05 * half, 0.5)) * ((0.5 if bump else -0.5) * half)
    shading = relief(height, window.light, 1.0)
    shading = shading / max(percentile(np.abs(shading), 99.5), 1e-3)
    # The light is dimmed deep in a hollow; on a rise the summit looks up to the lamp.
    ambient = (0.16 if bump else -0.26) * bowl
    amount = window.step(18, 84)
    # A dark surface has little diffuse light to lose.
    loss = 0.8 if window.local_luma > 90 else 0.45
    change = amount * (0.62 * np.where(shading < 0, loss * shading, shading) + ambient * loss)
    if window.scene.roughness < 6:
        glint = np.clip(shading - 0.62, 0, 0.5) ** 2 * float(rng.uniform(1.5, 4.0))
        change = change + amount * glint
    # Matter tilted away shows compressed: the picture moves with the slope.
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125)
    dx, dy = window.offsets
    map_x = (dx + window.centre[0] + 0.9 * slope_x * window.unit).astype(np.float32)
    map_y = (dy + window.centre[1] + 0.9 * slope_y * window.unit).astype(np.float32)
    moved = cv2.remap(window.pixels, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    # Reflected light scales what is there; a share of it, the gloss, comes on top whatever the colour.
    surface = max(window.local_luma, 45.0)
    gain = np.clip(1.0 + 0.75 * change / surface, 0.4, 3.0)
    pixels = moved * per_channel(gain) + per_channel(0.25 * change)
    return Layer(pixels, smoothstep(bowl, 0.01, 0.1), smoothstep(bowl, 0.02, 0.16))


FAMILY = Family(
    name="dent",
    noun="dent",
    look="a smooth hollow, shaded on the side towards the light and brighter on the far side",
    example="dent",
    forms=(
        Form("dent", ("dent", "dented", "ding", "depression", "poke", "poked", "poke insulation", "indentation",
                      "pressed", "impression", "squeeze", "squeezed", "crush", "crushed", "impact", "sink mark",
                      "fold", "crease", "wrinkle", "damaged case", "undercut",
                      "dimple", "dimpled", "ejector pin mark", "pressure mark", "pinch mark", "hail damage", "hail dent",
                      "rutting", "rut", "cold lap", "overlap seam", "wrinkled", "creased", "folded", "pucker", "puckering",
                      "puckered", "crumple", "crumpled", "hammer mark", "shrink mark", "clamp mark", "fish eye", "fisheye",
                      "cave in", "caved in", "flattened", "weld undercut", "pinched", "jaw mark", "indent", "dinged",
                      "tire dent", "slump mark", "stretch mark", "squashed",
                      "dint", "bash", "bashed", "bashed in", "knock", "knock mark", "stove in", "smashed in",
                      "pushed in spot", "hollow spot", "crease mark", "fold mark", "gate mark", "pull mark", "crinkle",
                      "crinkled", "rumple", "rumpled", "crinkling", "ding mark", "boot dent", "hammer blow",
                      "vacuum void mark", "dip in the surface", "pressed mark", "finger dent", "crushed corner",
                      "crush mark", "handling dent", "bruise dent", "scrunched")),
        Form("bump", ("bump", "bulge", "blister", "bubble", "swelling", "protrusion", "raised", "lump", "extra wax",
                      "air bubble", "extra wax in candle", "flash", "sag",
                      "sagging", "paint run", "runs in the paint", "curtaining", "bulged", "blistering", "blistered",
                      "air pocket", "air inclusion", "air entrapment", "trapped air", "gas bubble", "seed bubble", "pimple",
                      "nodule", "slub", "excess material", "excess weld", "weld bead excess", "parting line flash",
                      "mold flash", "moulding flash", "fin flash", "upheaval", "frost heave", "solvent pop", "drip mark",
                      "tear drop", "swollen", "coating sag",
                      "hump", "wart", "welt", "pustule", "paint sag", "paint blister", "gate vestige",
                      "raised grain", "raised spot", "raised area", "mound",
                      "scab on the casting", "paint bubble", "bubbling", "bubbled", "blob of weld", "weld bump",
                      "excess metal", "fin on the casting", "proud spot"), noun="bump"),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("dent", "dented", "ding", "depression", "indentation", "poke"),
        ("bubble", "blister"),
    ),
    size=(0.12, 0.3),
    beyond_frame=None,
    many=(1, 1),
    tone=None,
    place=None,
    mask_margin=1.0,
    render=render_dent,
    silhouette=Silhouette.COMPACT,
    bilevel=Bilevel.PATCHY,
    soft_edge=False,
    seeks_low_activity=True,
    stays_dark=False,
    inside_one_tone=False,
    covers_picture=False,
    moves_outline=False,
    breaks_outline=False,
    by_default=True,
    common=True,
    needs_shades=True,
    needs_structure=False,
    appearance=Appearance(COMPACT, BROAD, extent=(0.03, 0.06, 0.6, 0.9), cover=(-1, -1, 0.25, 0.5)),
    confused_with="scratch",
    kin=None,
)  # fmt: skip
