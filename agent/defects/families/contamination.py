"""Contamination: films and blotches of foreign matter, solid grains of it, or deposits in islands and streaks."""

from __future__ import annotations

import cv2
import numpy as np

from ...imaging.channels import luma, per_channel
from ...imaging.noise import fractal_noise, log_uniform
from ...imaging.quantiles import percentile
from ...imaging.ramps import smoothstep
from ..drawing.optics import cast_shadow, enlarged_piece, grain, relief, soften, tint
from ..drawing.shapes import SOFT, SOFT_WIDTH, blob, grains
from ..drawing.window import Layer, Window
from ..family import BROAD, COMPACT, Appearance, Bilevel, Family, Form, Silhouette


def _matter(window: Window, rng: np.random.Generator, faint: float, strong: float) -> np.ndarray:
    """Colour of the foreign matter, (3,): the edit's, or a muted one that stands off the surface by a step of grey
    between faint and strong. Grey pictures get grey matter."""
    if window.edit.colour is not None:
        return tint(window, (0, 0, 0))
    contrast = window.step(faint, strong)
    grey = window.local_luma
    dark = window.darker(rng, 0.68)
    if window.edit.tone is None and not 12.0 < grey + (-contrast if dark else contrast) < 232.0:
        # No room left on this side: what would be as black or as white as the picture gets does not show.
        dark = grey > 127.0
    level = max(grey - contrast, 0.25 * grey, 10.0) if dark else min(grey + contrast, 0.4 * grey + 150.0)
    if np.ptp(np.asarray(window.scene.mean_rgb)) < 3.0:
        return np.full(3, level, np.float32)
    # Dirt, oil and glue are a neutral brown, rarely vivid, and lie in the light that colours the surface.
    warm = np.array([1.0, rng.uniform(0.88, 0.97), rng.uniform(0.7, 0.95)], np.float32)
    own = window.local_rgb / max(grey, 8.0)
    mixed = warm / float(luma(warm)) * 0.65 + 0.35 * np.clip(own, 0.4, 1.8)
    return (level * mixed / float(luma(mixed))).astype(np.float32)


def _stain(window: Window, rng: np.random.Generator) -> Layer:
    """A film: pigment that lets the surface through, denser where it pooled and along the rim where it dried."""
    half = window.size / 2
    field = blob(
        window, rng, float(rng.uniform(0.14, 0.3)), float(rng.uniform(0.5, 1.0)), 6, int(rng.choice([1, 2, 3, 4]))
    )
    soft = window.edit.softness if window.edit.softness is not None else float(rng.uniform(0.05, 0.6))
    pixel = window.unit / max(half, 1.0)
    width = 0.8 * pixel + 0.55 * soft * soft
    if soft >= SOFT:
        width = max(width, SOFT_WIDTH * pixel)  # soft to the eye, also where it is small
    film = smoothstep(field, -0.3 * width, 0.9 * width)
    speck = fractal_noise(window.shape, rng, max(0.2 * half, 3.0 * window.unit), 2)
    drops = smoothstep(speck + 1.4 * np.clip(field, -0.8, 0), 1.9, 2.15) * smoothstep(field, -0.5, -0.25)
    film = np.maximum(film, float(rng.uniform(0.4, 0.9)) * drops)
    density = 0.66 + 0.17 * fractal_noise(window.shape, rng, 0.9 * half, 3, 0.5)
    # Fine mottling where the pigment settled in the pores: densest where the surface is already dark.
    density -= np.clip(window.texture.mean(axis=2) / 60.0, -0.25, 0.25)
    density += 0.05 * fractal_noise(window.shape, rng, 4 * window.unit, 3, 0.7)
    reach = (1.0 + 1.2 * float(rng.random())) * pixel + 0.08 * soft
    drying = np.exp(-(((field - reach - 0.4 * width) / reach) ** 2)) * float(rng.uniform(0.15, 0.6)) * (1 - 0.7 * soft)
    broken = np.clip(0.75 + 0.45 * fractal_noise(window.shape, rng, 0.6 * half, 3), 0.1, 1.4)
    opacity = (0.42 + 0.38 * window.severity) * (density + drying * broken)
    opacity = soften((np.clip(opacity, 0.04, 0.95) * film).astype(np.float32), window)
    dense = per_channel(opacity)
    matter = _matter(window, rng, 30, 105)
    # The film follows the light that falls on the surface, and the texture stays, weaker with density.
    shade = per_channel(np.clip(luma(window.base) / max(window.local_luma, 12.0), 0.55, 1.6))
    pixels = window.base * (1 - dense) + matter * (0.4 + 0.6 * shade) * dense + window.texture * (1 - 0.4 * dense)
    # A film has a thickness: its border catches the light.
    pixels = pixels + per_channel(relief(opacity * 1.6 * window.unit, window.light, 8.0 * (1 - soft)))
    peak = max(percentile(opacity[field > 0.15], 80) if (field > 0.15).any() else float(opacity.max()), 1e-3)
    return Layer(pixels, smoothstep(opacity, 0.0, 0.05), np.clip(opacity / (0.75 * peak), 0, 1))


def _debris(window: Window, rng: np.random.Generator) -> Layer:
    """Grains or flakes: opaque, faceted, with a lit and an unlit side and a contact shadow away from the light."""
    count = int(rng.choice([1, 2, 3, 4, 5, 7]))
    stretch = float(rng.uniform(0.35, 0.9))
    # One round grain, a trail of some, or a scatter of many.
    count, stretch = {"round": (1, 0.95), "streak": (9, 0.12), "spray": (14, 1.0)}.get(
        window.edit.shape or "", (count, stretch)
    )
    sharp, height = grains(window, rng, count, stretch)
    body = soften(sharp, window)
    rough = fractal_noise(window.shape, rng, 4 * window.unit, 4, 0.7)
    height = soften(height + 0.35 * window.unit * rough * sharp, window, 0.35 * window.unit)
    shade = relief(height, window.light, 1.0)
    matter = _matter(window, rng, 34, 110)
    gain = per_channel(np.clip(0.9 + 0.6 * shade + 0.09 * rough, 0.2, 1.7))
    noise = window.scene.noise * rng.standard_normal(window.shape, dtype=np.float32)
    solid = matter * gain + per_channel(14.0 * np.clip(shade, 0, 1) + noise)
    if window.scene.glossy or rng.random() < 0.35:
        solid = solid + per_channel(soften(np.clip(shade - 0.45 + 0.12 * rough, 0, 1), window) * 150)
    # The camera rolls off before white, so that lit faces keep their roughness.
    solid = np.where(solid > 200.0, 200.0 + 0.3 * (solid - 200.0), solid)
    tall = max(percentile(height[body > 0.5], 90) if (body > 0.5).any() else 1.0, 0.6 * window.unit)
    shadow = cast_shadow(body, window.light, 0.8 * tall + 0.4 * window.unit, 0.4 * tall + 0.5 * window.unit)
    shadow *= (0.32 + 0.22 * window.severity) * (1 - body)
    opaque = per_channel(body)
    pixels = window.pixels * per_channel(1 - shadow) * (1 - opaque) + solid * opaque
    return Layer(pixels, smoothstep(np.maximum(body, shadow), 0.01, 0.1), body)


def _deposit(window: Window, rng: np.random.Generator) -> Layer:
    """Islands, (h, w) px, of a fractal outline, from one broad cake to a spray of specks, streaked or not. They are of the
    product's own matter from elsewhere, as swarf, dust and splashes are, or coat the surface; the size is that of the whole
    scatter, and severity how far its tone is off.
    """
    half = window.size / 2
    scatter = blob(window, rng, 0.3, float(rng.uniform(0.4, 1.0)), 4, int(rng.integers(1, 4)))
    if rng.random() < 0.5:
        # One cake or a few: denser towards the middle.
        islands = _streaked(window, rng, window.size * log_uniform(rng, 0.08, 0.6))
        field = islands + 2.2 * np.clip(scatter, -1.0, 0.6) - float(rng.uniform(-0.6, 0.5))
    else:
        # A spray: specks of one grain all over, the sparser the finer they lie.
        islands = _streaked(window, rng, window.unit * log_uniform(rng, 4.0, 40.0))
        field = islands - float(rng.uniform(0.7, 2.0)) - 4.0 * np.clip(-scatter, 0.0, 1.0)
    pixel = window.unit / max(half, 1.0)
    border = max(0.12, 1.5 * pixel) * float(rng.choice([1.0, 1.0, 4.0]))
    if window.edit.shape in ("round", "ring", "streak"):
        # A cake of that outline, uneven inside.
        field = scatter + 0.06 * islands
        border = 2.0 * pixel if window.edit.softness is None else border
    if window.edit.softness is not None:
        border = max(SOFT_WIDTH * pixel, 0.5) if window.edit.softness >= SOFT else min(border, 1.5 * pixel)
    body = soften(smoothstep(field, -0.5 * border, 0.5 * border), window)
    opacity = per_channel(np.clip(float(rng.uniform(0.45, 1.0)) * (0.5 + 0.5 * window.severity), 0, 1) * body)
    sign = -1.0 if window.darker(rng, 0.6) else 1.0
    offset = sign * window.step(4, 70)
    matter = _own_matter(window, rng, offset) if rng.random() < 0.7 else _coat(window, rng, offset)
    if window.edit.colour is not None:
        matter = tint(window, (0, 0, 0)) + matter - matter.mean(axis=(0, 1))
    height = body * float(rng.uniform(0.0, 1.2)) * window.unit
    shading = relief(height.astype(np.float32), window.light, window.step(4, 24))
    pixels = window.pixels * (1 - opacity) + matter * opacity + per_channel(shading)
    return Layer(pixels, smoothstep(body, 0.02, 0.2), body)


def _streaked(window: Window, rng: np.random.Generator, scale: float) -> np.ndarray:
    """Fractal noise, (h, w) float32, drawn out up to eightfold along the defect's axis in one case of two."""
    noise = fractal_noise(window.shape, rng, max(scale, 2.0 * window.unit), int(rng.integers(2, 6)), 0.55)
    if rng.random() < 0.5:
        return noise
    along = cv2.getRotationMatrix2D(window.centre, float(np.rad2deg(-window.angle)), 1.0)
    stretch = np.array([[log_uniform(rng, 0.12, 0.6), 0, 0], [0, 1, 0], [0, 0, 1]])
    there = np.vstack([along, [0, 0, 1]])
    middle = np.eye(3)
    middle[:2, 2] = window.centre
    matrix = (np.linalg.inv(there) @ middle @ stretch @ np.linalg.inv(middle) @ there)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (window.shape[1], window.shape[0])
    return cv2.warpAffine(noise, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT)


def _own_matter(window: Window, rng: np.random.Generator, offset: float) -> np.ndarray:
    """The product's own surface, turned, at another scale and of another tone, (h, w, 3)."""
    source = np.rot90(window.pixels, int(rng.integers(4)))
    source = source[:, ::-1] if rng.random() < 0.5 else source
    other = enlarged_piece(source, window.shape, rng, 0.4)
    middle = other.mean(axis=(0, 1))
    contrast = float(rng.choice([-1.0, 0.6, 1.0, 1.8]))  # a print of it may be inverted, as wet and dry are
    return np.clip(middle + contrast * (other - middle) + offset, 4.0, 251.0)


def _coat(window: Window, rng: np.random.Generator, offset: float) -> np.ndarray:
    """A coat of uneven thickness that hides the surface's texture, (h, w, 3)."""
    uneven = fractal_noise(window.shape, rng, max(0.3 * window.size, 3.0 * window.unit), 4, 0.6)
    fine = grain(window, rng) * float(rng.uniform(0.1, 0.6))
    return np.clip(window.base + per_channel(offset * (1 + 0.25 * uneven)) + fine, 4.0, 251.0)


FAMILY = Family(
    name="contamination",
    noun="stain",
    look="an irregular blotch of foreign matter, uneven in density, with a soft, slightly darker border",
    example="stain",
    forms=(
        Form(phrases=("contamination", "contaminated", "stain", "stained", "spot", "smear", "smudge", "blotch",
                      "residue", "glue", "glue strip", "liquid", "leak", "leakage", "spill", "drip", "splash",
                      "paint", "ink", "grease", "oil", "adhesive", "fingerprint", "water mark", "watermark", "mud",
                      "melt", "wax melded out of the candle", "different colour spot", "different color spot",
                      "color spot", "colour spot", "gray stroke", "grey stroke", "soiling", "gum", "slime", "mold",
                      "mould", "droplet", "solder splash", "water", "wax", "resin", "milk", "chalk", "overflow",
                      "crayon mark", "crayon", "marker pen", "marker scribble", "marker line", "felt pen", "pen mark",
                      "pencil mark", "pencil line", "biro", "graffiti", "scribble", "bird dropping", "fly speck", "flyspeck",
                      "insect stain", "finger mark", "fingermark", "hand print", "handprint", "palm print", "tape residue",
                      "sticker residue", "label residue", "glue residue", "adhesive residue", "flux residue", "flux stain",
                      "solvent stain", "coffee stain", "coffee ring", "tea stain", "wine stain", "blood stain", "water ring",
                      "water spot", "water stain", "tide mark", "tidemark", "coolant stain", "oil film", "oil spot",
                      "oil mark", "oil streak", "grease mark", "lubricant", "ink blot", "ink spot", "ink blob", "blot",
                      "dye stain", "lipstick", "chocolate", "ketchup", "syrup", "chewing gum", "bubble gum", "bubblegum",
                      "tire mark", "tyre mark", "skid mark", "shoe print", "shoe mark", "footprint", "boot print",
                      "heel mark", "paint drip", "paint drop", "paint splash", "paint spot", "pitch pocket", "pitch streak",
                      "resin pocket", "resin bleed", "mildew", "fungus", "fungal stain", "algae", "lichen", "tar spot",
                      "tar stain", "asphalt bleed", "sap stain", "speck", "speckle", "spot mark", "spotting", "smirch",
                      "smutch", "splotch", "splodge", "blemish", "foxing", "clouding", "cloudy spot", "sebum", "sweat stain",
                      "excess glue", "glue overflow", "squeeze out", "silver paste leak", "paste residue",
                      "dross", "bacterial growth",
                      "gunk", "goo", "gunge", "grime", "grimy spot", "muck", "tear stain", "smeared", "smudged",
                      "greasy film", "oily film", "puddle", "splat", "splattered mark", "dribble", "dab of paint",
                      "daub", "blob", "blob of glue", "blob of paint", "drool", "spatter stain", "sticky spot",
                      "sticky residue", "dirt stain", "fuel stain", "rust stain water", "nicotine stain", "sauce",
                      "juice stain", "beer stain", "food stain", "paint smear", "paint smudge", "ink smudge",
                      "varnish drip", "glue drip", "glue spot", "glue mark", "glue stain", "coffee spill", "tide line",
                      "drying mark", "drying stain", "handling stain", "bark pocket", "gum pocket", "gum spot",
                      "paint splat", "soap residue", "detergent residue", "cleaning residue", "polish residue",
                      "streaking residue", "bloom of mold", "mouldy", "moldy")),
        Form("debris", ("metal contamination", "debris", "particle", "foreign particle", "foreign particals",
                        "foreign particals on candle", "foreign body", "foreign object", "foreign matter", "dirt",
                        "dust", "grain", "sand", "crumb", "inclusion", "chip residue", "swarf", "stuck together",
                        "fryum stuck together", "extra", "copper", "spurious copper", "dirty", "slag", "fragment",
                        "black speck", "speck of dust", "dust particle", "dust speck", "dust nib", "foreign material",
                        "foreign insect", "insect", "mosquito", "beetle", "shell fragment", "bone fragment",
                        "stone inclusion", "sand inclusion", "slag inclusion", "oxide inclusion", "refractory inclusion",
                        "tramp metal", "metal shaving", "metal chip", "metal flake", "metal filings", "shavings", "sawdust",
                        "wood chip", "plastic fragment", "glass fragment", "glass shard", "shard", "solder ball",
                        "solder bead", "bead of solder", "pellet", "grit", "lump of dirt", "flake of paint", "eraser crumb",
                        "breadcrumb", "rubble", "excess solder ball", "embedded particle", "protruding particle", "nib",
                        "extra copper", "excess copper", "copper island", "copper splash", "stray copper", "copper remnant",
                      "nep", "black spot particle", "stone in the glass", "unmelted particle", "bits of dirt",
                      "flyaway dirt", "dust bunny", "plastic shaving", "metal sliver", "wood splinter particle",
                      "sliver", "fish scale particle", "embedded dirt", "seed husk", "husk", "stem piece",
                      "foreign seed", "twinned tablets", "twinning", "broken glass particle", "ash particle",
                      "rust particle", "rust flake", "coke particle"),
             noun="foreign particle", render=_debris,
             relations=(("near", ("spurious copper", "copper", "extra copper", "excess copper", "copper island", "copper splash",
                                  "stray copper", "copper remnant")),)),
        Form("deposit", ("deposit", "splatter", "spatter", "buildup", "encrustation", "limescale", "efflorescence",
                         "soot", "slurry", "overspray", "dust layer",
                         "weld spatter", "weld splatter", "sputter", "solder splatter", "scum", "silt", "salt deposit",
                         "salt stain", "crusted", "mineral deposit", "lime deposit", "hard water deposit", "carbon deposit",
                         "carbon buildup", "sludge", "dry spray", "powder residue", "flour dust", "frost deposit", "fouling",
                         "biofilm", "scale deposit", "build up", "overspray mist", "paint mist",
                      "dusting", "caked", "encrusted", "calcified", "calcification",
                      "calcium deposit", "furring", "plaque", "crystallised", "crystallized",
                      "salt crystals", "residue crust", "bloom deposit", "splay deposit"),
             noun="deposit", size=(0.15, 0.6), bilevel=Bilevel.PATTERNED, render=_deposit),
    ),
    bright_matter=("glue", "glue strip", "adhesive", "resin", "wax", "milk", "chalk", "limescale", "efflorescence"),
    dark_matter=("oil", "grease", "ink", "mud", "water", "soot"),
    search_words=(
        ("contamination", "contaminated", "stain", "stained", "smear", "smudge", "dirt", "spot", "blotch", "residue"),
        ("oil", "grease", "liquid"),
    ),
    size=(0.1, 0.3),
    beyond_frame=None,
    many=(1, 2),
    tone=None,
    place=None,
    mask_margin=1.0,
    render=_stain,
    silhouette=Silhouette.COMPACT,
    bilevel=Bilevel.SOLID,
    soft_edge=True,
    seeks_low_activity=True,
    stays_dark=False,
    inside_one_tone=True,
    covers_picture=False,
    moves_outline=False,
    breaks_outline=False,
    by_default=True,
    common=True,
    needs_shades=False,
    needs_structure=False,
    appearance=Appearance(COMPACT, BROAD, extent=(0.02, 0.04, 0.6, 1.0), cover=(-1, -1, 0.3, 0.5)),
    confused_with="crack",
    kin=None,
)  # fmt: skip
