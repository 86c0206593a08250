"""Discoloration: the tone drifts, the surface stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...imaging.channels import per_channel
from ...imaging.noise import fractal_noise
from ...imaging.quantiles import percentile
from ...imaging.ramps import smoothstep
from ..drawing.shapes import SHARP, SOFT, SOFT_WIDTH, blob
from ..drawing.window import Layer, Window
from ..family import Appearance, Bilevel, Family, Form, Silhouette


def render_discoloration(window: Window, rng: np.random.Generator) -> Layer:
    """A cloud of changed reflectance, (h, w) px: a gain on the picture, so that texture and shading continue; colour
    drifts with it on coloured products. Low softness gives one side a border like a tide mark, a little denser along it
    as matter settled there. core passes 0.5 where the change is 38 % of its peak."""
    half = window.size / 2
    soft = window.edit.softness if window.edit.softness is not None else float(rng.choice([0.25, 0.6, 0.9]))
    from_edge = window.edit.place == "edge" and window.edge_normal != (0.0, 0.0)
    if from_edge:
        window = replace(window, angle=float(np.arctan2(window.edge_normal[0], -window.edge_normal[1])))
    field = blob(window, rng, float(rng.uniform(0.2, 0.32)), float(rng.uniform(0.45, 1.0)), 4 if soft > 0.5 else 6)
    # Outside the outline the cloud is gone; inside it takes the more depth the softer it is.
    wide = 0.04 + 0.9 * soft
    pixel = window.unit / max(half, 1.0)
    wide = max(wide, SOFT_WIDTH * pixel) if soft >= SOFT else min(wide, 3.0 * pixel) if soft <= SHARP else wide
    cloud = smoothstep(field, 0.0, min(wide, 0.95)) if soft > 0.5 else smoothstep(field, -0.5 * wide, 0.7 * wide)
    mottle = 1.0 + 0.13 * fractal_noise(window.shape, rng, 0.45 * window.size, 4, 0.6)
    if soft < 0.5:
        turn = float(rng.uniform(0, 2 * np.pi))
        along, across = window.axes
        from_border = (along * np.cos(turn) + across * np.sin(turn)) / half
        fades = (0.95, 0.15) if soft <= SHARP else (0.8, 0.45)
        mottle *= np.clip(fades[0] - fades[1] * from_border, 0.12, 1.0)
        tide = np.exp(-(((field - 0.06) / 0.07) ** 2)) * np.clip(0.4 - 0.6 * from_border, 0, 1)
        mottle += 0.3 * tide
    if from_edge:
        # What burns or fades from the edge does so inward, along it.
        depth = window.depth_from_edge
        cloud = cloud * smoothstep(depth, float(rng.uniform(0.3, 0.45)) * window.size, 0.05 * window.size)
    cloud = np.clip(cloud * mottle, 0, 1.3).astype(np.float32)
    darker = window.darker(rng, 0.6)
    change = window.step(9, 62) / max(window.local_luma, 40.0)
    # Pale patches stay below white, where the texture would end.
    room = 0.75 * max(245.0 - window.local_luma, 12.0) / max(window.local_luma, 40.0)
    change = min(change, 0.55) if darker else min(change, 1.1, room)
    haze: np.ndarray = np.zeros((1, 1), np.float32)
    if window.edit.colour is not None:
        target = np.clip(np.asarray(window.edit.colour, np.float32) / np.maximum(window.local_rgb, 12.0), 0.25, 3.0)
        gain = 1.0 + (target - 1.0) * (0.35 + 0.6 * window.severity) * per_channel(cloud)
    else:
        colour = np.ones(3, np.float32)
        if np.ptp(np.asarray(window.scene.mean_rgb)) > 4.0:
            # Burning, ageing and moisture take blue first; fading takes the saturation.
            colour = np.array([0.93, 1.0, 1.12], np.float32) if darker else np.array([0.97, 1.0, 1.06], np.float32)
        gain = 1.0 + (-1.0 if darker else 0.6) * change * colour * per_channel(cloud)
        if not darker:
            # What pales a surface scatters neutral light on top of its own.
            haze = 0.4 * change * max(window.local_luma, 40.0) * cloud
    # Highlights are mirrored light: reflectance does not change them.
    bright = per_channel(smoothstep(window.grey, 215.0, 255.0)) * (0.6 if window.local_luma < 190 else 0.0)
    gain = 1.0 + (np.clip(gain, 0.1, 4.0) - 1.0) * (1 - bright)
    pixels = window.pixels * gain + per_channel(np.asarray(haze, np.float32))
    present = cloud[cloud > 0.02]
    peak = max(percentile(present, 95), 1e-3) if len(present) else 1.0
    return Layer(pixels, smoothstep(cloud, 0.0, 0.04), np.clip(cloud / peak / 0.76, 0, 1))


FAMILY = Family(
    name="discoloration",
    noun="discolored area",
    look="a patch where the tone drifts gradually while the surface texture continues",
    example="faded patch",
    forms=(
        Form(phrases=("discoloration", "discolouration", "discolor", "discolour", "discolored", "discoloured",
                      "color", "colour", "uneven", "uneven shade", "shade", "shading", "fade", "faded", "fading",
                      "burn", "burnt", "burned", "scorch", "scorched", "yellowing", "tarnish", "similar colour spot",
                      "same colour spot", "similar color spot", "same color spot", "pill type", "bleached",
                      "darkening", "overheated", "moisture", "wet", "mura", "bruise", "dark area", "black core",
                      "dark streak", "light streak", "bright streak", "pale streak", "knot",
                      "color variation", "colour variation", "color deviation", "color shift", "color difference",
                      "color mismatch", "colour mismatch", "shade variation", "off shade", "off color", "off colour",
                      "barriness", "dye streak", "dyeing defect", "dye defect", "color bleeding", "uneven dyeing",
                      "streakiness", "tiger stripe", "silver streak", "gas burn", "heat tint", "heat mark", "heat stain",
                      "heat discoloration", "temper color", "burn mark", "burn spot", "burn streak", "cigarette burn",
                      "scorch mark", "singe", "singed", "singe mark", "charred", "charring", "char mark", "browning",
                      "browned", "blackening", "whitening", "whitened", "stress whitening", "chalking", "sun fading",
                      "sun bleached", "sunburn", "greening", "yellowed", "blue stain", "sapstain", "blue fungus", "dead knot",
                      "live knot", "sound knot", "wood knot", "heartwood streak", "mineral streak", "bruised", "bruising",
                      "blush", "blushing", "iridescence", "overbaked", "overcooked", "undercooked", "underbaked",
                      "water soaked", "damp patch", "wet patch", "black heart", "tarnished", "sulfur stain", "dullness",
                      "freezer burn", "splay", "splay mark", "gate blush", "diesel burn", "mottling", "measling",
                      "arc strike", "scorching", "sun faded", "uv fading", "sunburnt", "sunburned", "weld discoloration",
                      "bluing", "blueing", "temper colours", "heat bluing", "tan line", "sallow", "foxed",
                      "yellow patch", "brown patch", "white patch", "dark patch", "pale patch", "light patch",
                      "bright patch", "grey patch", "gray patch", "black patch", "dark blotch", "light blotch",
                      "hot spot", "oxidised look", "age spot", "stale color", "spalted", "spalting", "bitter pit",
                      "black rot", "brown heart", "enzymatic browning", "dye spot", "shade bar", "tone difference",
                      "dewetting", "off tone")),
    ),
    bright_matter=(),
    dark_matter=("moisture", "wet"),
    search_words=(
        ("discoloration", "color", "discolor", "discolored", "shade"),
        ("burnt", "burn", "scorch", "burned"),
    ),
    size=(0.25, 0.7),
    beyond_frame=None,
    many=(1, 1),
    tone=None,
    place=None,
    mask_margin=1.0,
    render=render_discoloration,
    silhouette=Silhouette.AREA,
    bilevel=Bilevel.PATCHY,
    soft_edge=True,
    seeks_low_activity=True,
    stays_dark=False,
    inside_one_tone=False,
    covers_picture=False,
    moves_outline=False,
    breaks_outline=False,
    by_default=True,
    common=False,
    needs_shades=True,
    needs_structure=False,
    appearance=Appearance(
        (-9, -9, 8.0, 16.0), (0.03, 0.08, 9, 9), extent=(0.1, 0.25, 1.6, 2.2), cover=(0.004, 0.02, 0.6, 0.85),
        edge_sharpness=(-9, -9, 0.55, 0.9),
    ),
    confused_with="crack",
    kin=None,
)  # fmt: skip
