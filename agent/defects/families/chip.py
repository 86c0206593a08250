"""Chips and breaks: pieces broken out, at the silhouette or of the surface, with a fracture face."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...imaging.channels import colours_at, median_colour, per_channel
from ...imaging.noise import fractal_noise
from ...imaging.ramps import smoothstep
from ...imaging.robust_std import robust_std
from ..drawing.optics import grain, relief, soften
from ..drawing.shapes import cleft, facets, polygon, wide_blur
from ..drawing.window import Layer, Window
from ..family import ANGULAR, BROAD, REPLACED, Appearance, Bilevel, Family, Form, Silhouette

# Share of breaks at the silhouette where no piece is gone but the matter gapes.
_GAPES = 0.45
# How far inside the silhouette the middle of a piece is that broke off, over half its extent.
_INWARD = (0.15, 0.45)


def render_chip(window: Window, rng: np.random.Generator) -> Layer:
    """An angular chip, (h, w) px, or a break (variant "break"): a larger piece broken off, or a gap where the matter came
    apart. Where the silhouette is near, the piece is gone: the background shows, framed by a fracture wall. Elsewhere a
    shallow spall: facets of the bare matter, shaded by the light, within a chipped rim whose wall towards the light lies in
    shadow."""
    half = window.size / 2
    broken = window.edit.variant == "break"
    opens = window.edge_normal != (0.0, 0.0) and int(np.count_nonzero(~window.product)) > 30
    # Glass shatters, metal tears: what gapes is dull.
    dull = not window.scene.glossy and not _is_glassy(window)
    # Who says which corner is gone does not mean a gap.
    gapes = broken and opens and dull and bool(rng.random() < _GAPES) and window.edit.place != "corner"
    if gapes:
        field = cleft(window, rng) + 0.012 * fractal_noise(window.shape, rng, max(0.2 * window.size, 3.0), 4, 0.6)
    else:
        field = _piece(window, rng, broken, opens)
    rim = 0.9 * window.unit / max(half, 1.0)
    inside = soften(smoothstep(field, -rim * 0.5, rim * 0.5), window)
    lip = relief(-2.2 * window.unit * inside, window.light, window.step(8, 40))
    opaque = per_channel(inside)
    pixels = (window.pixels + per_channel(lip)) * (1 - opaque)
    pixels += _fracture(window, rng, inside, opens) * opaque
    if opens:
        # The wall is a band along the break, of uneven width; past it one looks at the background.
        # A flat product shows little of its thickness, and where a piece is gone most of what one sees is the background.
        thickness = float(
            rng.uniform(0.02, 0.05) if gapes else rng.uniform(0.03, 0.12) if broken else rng.uniform(0.2, 0.45)
        )
        band = thickness * (1 + 0.35 * fractal_noise(window.shape, rng, 0.5 * window.size, 4, 0.6))
        gone = smoothstep(field - np.clip(band, 0.02 if broken else 0.05, None), -rim, rim)
        gone = per_channel(soften(np.minimum(gone, smoothstep(field, -rim, rim)), window))
        pixels = pixels * (1 - gone) + _behind(window, rng) * gone
    return Layer(pixels, smoothstep(inside, 0.02, 0.45), inside)


def _corner(window: Window, rng: np.random.Generator) -> np.ndarray:
    """All that lies beyond a rough line across a corner, (h, w) float32 as _piece has it."""
    half = window.size / 2
    dx, dy = window.offsets
    turn = float(rng.normal(0.0, 0.2))
    x, y = window.edge_normal
    x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    beyond = (dx * x + dy * y + float(rng.uniform(0.4, 0.55)) * window.size) / half
    rough = 0.1 * fractal_noise(window.shape, rng, max(0.5 * window.size, 3.0), 5, 0.6)
    near = 2.4 - np.hypot(dx, dy) / half
    return np.minimum(beyond + rough, near).astype(np.float32)


def _piece(window: Window, rng: np.random.Generator, broken: bool, opens: bool) -> np.ndarray:
    """The outline of a piece that is gone, (h, w) float32 signed distance over half the extent: positive inside."""
    half = window.size / 2
    if broken and opens and window.edit.place == "corner":
        return _corner(window, rng)
    if broken and opens:
        # What breaks off is a piece, no sliver along the silhouette: it reaches well into the product.
        inward = float(rng.uniform(*_INWARD)) * half
        x, y = (at - inward * out for at, out in zip(window.centre, window.edge_normal, strict=True))
        window = replace(window, centre=(x, y))
    field = polygon(window, rng, int(rng.integers(4 if broken else 5, 10)), float(rng.uniform(0.55, 0.95)))
    field += (0.1 if broken else 0.07) * fractal_noise(window.shape, rng, max(0.35 * window.size, 3.0), 5, 0.6)
    dx, dy = window.offsets
    if opens:
        outward = (dx * window.edge_normal[0] + dy * window.edge_normal[1]) / half
        # The break runs out over the silhouette, so that no rim of the product is left standing.
        field += 1.1 * np.clip(outward + 0.2, 0, 0.8)
    # Neither may the warp carry the break beyond its extent.
    return field - 2 * np.clip(np.hypot(dx, dy) / half - 1.05, 0, None)


def _fracture(window: Window, rng: np.random.Generator, inside: np.ndarray, opens: bool) -> np.ndarray:
    """A fracture face, (h, w, 3): facets under the light. Glossy or dark matter breaks with mirror-like glints, other
    matter with a rough, lighter or darker face."""
    height, tone = facets(window, rng, int(rng.integers(9, 16)))
    glassy = _is_glassy(window)
    crumbs = fractal_noise(window.shape, rng, 6 * window.unit, 4, 0.7)
    # Rough matter crumbles, smooth matter breaks in facets.
    crumbly = 0.2 if glassy else 0.9 * float(np.clip((window.scene.roughness / 10.0) ** 1.5, 0.15, 1.0))
    height = soften(height + crumbly * window.unit * crumbs, window, 0.3 * window.unit)
    shade = relief(height.astype(np.float32), window.light, 1.0)
    gain = window.step(22, 105)
    base = _own_colour(window, max(0.12 * window.size, 1.5))
    if glassy:
        # Each facet mirrors another part of the surroundings; the few that meet the lamp burn out.
        mirror = soften(0.55 * tone + 0.45 * shade, window)
        # Ripples run across a conchoidal face.
        ripple = np.sin(height * float(rng.uniform(0.8, 1.4)) / window.unit + 2.0 * crumbs)
        level = gain * (0.28 * mirror + 0.06 * ripple + 0.05 * crumbs)
        lamp = soften(smoothstep(0.6 * tone + 0.5 * shade + 0.28 * crumbs, 0.75, 1.25), window)
        glint = lamp * (40 + 170 * window.severity)
        colour = np.ones(3, np.float32)
        if np.ptp(np.asarray(window.scene.mean_rgb)) > 3:
            colour = np.array([1.0, 0.97, 0.9], np.float32)
        return base + per_channel(level) + per_channel(glint) * colour + 0.8 * grain(window, rng)
    if window.edit.colour is not None:
        base = 0.3 * base + 0.7 * np.asarray(window.edit.colour, np.float32)
        offset = 0.0
    else:
        offset = (-0.26 if window.darker(rng, 0.65) else 0.2) * gain
    # Walls shadow the floor: deeper in it is dimmer, and the wall towards the lamp is dark.
    sink = relief(-0.22 * window.size * wide_blur(inside, 0.12 * window.size), window.light, 0.55)
    rough = 0.55 * shade + sink + 0.22 * crumbly * crumbs + 0.1 * tone
    face = base * per_channel(np.clip(1 + 0.5 * gain / max(window.local_luma, 50.0) * rough, 0.15, 2.2))
    face += per_channel(offset + 0.35 * gain * rough)
    return face + (0.7 if opens else 0.9) * grain(window, rng)


def _own_colour(window: Window, sigma: float) -> np.ndarray:
    """The product's colour without detail, (h, w, 3) float32, carried on beyond it: the background has no part in it."""
    own = window.product.astype(np.float32)
    weight = per_channel(wide_blur(own, sigma))
    return (wide_blur(window.pixels * per_channel(own), sigma) + 0.01 * window.local_rgb) / (weight + 0.01)


def _is_glassy(window: Window) -> bool:
    """Whether the matter is glossy or dark and smooth, so that it breaks like glass."""
    return window.local_luma < 75 and window.scene.roughness < 5


def _behind(window: Window, rng: np.random.Generator) -> np.ndarray:
    """The background continued under the missing piece, (h, w, 3): its colour carried inwards, with its own grain."""
    away = max(3, 2 * round(1.5 * window.unit) + 1)
    outside = cv2.erode((~window.product).astype(np.uint8), np.ones((away, away), np.uint8)).astype(np.float32)
    if outside.sum() < 10:
        outside = (~window.product).astype(np.float32)
    # Far carrying at low resolution: the colour it spreads has no detail.
    shrink = min(1.0, 96.0 / max(window.shape))
    size = (max(4, round(window.shape[1] * shrink)), max(4, round(window.shape[0] * shrink)))
    weight = cv2.resize(outside, size, interpolation=cv2.INTER_AREA)
    colours = cv2.resize(window.pixels * per_channel(outside), size, interpolation=cv2.INTER_AREA)
    sigma = max(0.22 * window.size * shrink, 1.0)
    weight, colours = cv2.GaussianBlur(weight, (0, 0), sigma), cv2.GaussianBlur(colours, (0, 0), sigma)
    chosen = colours_at(window.pixels, outside)
    far = median_colour(chosen[:: max(1, len(chosen) // 5000)])
    # Where little of the background is near, its median serves.
    carried = (colours + 0.01 * far) / per_channel(weight + 0.01)
    carried = cv2.resize(carried.astype(np.float32), (window.shape[1], window.shape[0]), interpolation=cv2.INTER_LINEAR)
    detail = colours_at(window.texture, outside).ravel()
    spread = robust_std(detail[:: max(1, len(detail) // 15000)])
    noise = fractal_noise(window.shape, rng, max(2.0, 1.5 * window.unit), 2, 0.8)
    # Beside the product the background is seen already.
    seen = per_channel(cv2.GaussianBlur(outside, (0, 0), window.unit))
    return (carried + per_channel(spread * noise)) * (1 - seen) + window.pixels * seen


FAMILY = Family(
    name="chip",
    noun="chip",
    look="a broken-out piece with an angular outline, exposing a rough fracture surface",
    example="chip",
    forms=(
        Form(phrases=("chip", "chipped", "small chip around edge", "chip around edge and corner", "spall", "spalling",
                      "nick", "notch", "mousebite", "mouse bite", "nibble", "broken teeth", "missing cable", "missing wire",
                      "cut lead", "manipulated front", "defective", "damage", "damaged",
                      "damaged corner of packaging", "edge damage", "corner damage", "fray", "frayed", "flaking",
                      "peeling", "delamination",
                      "delaminated", "delam", "chipping", "chip off", "chip out", "breakout", "break out", "spalled",
                      "scabbing", "scaling off", "exfoliation", "flake off", "flaked", "paint peel", "paint peeling",
                      "paint flaking", "paint chip", "peeled", "peel off", "ravel", "raveling", "ravelling", "edge chip",
                      "edge break", "edge chipping", "corner chip", "corner crush", "stone chip", "jagged edge", "nicked",
                      "notched", "dog ear", "rat bite", "rat nibble", "nibbling", "frayed edge", "fraying", "unraveled",
                      "unravelled", "splinter", "splintered", "splintering", "clipped edge", "conchoidal fracture",
                      "lifted edge", "debonding", "debond", "disbond", "veneer loss", "enamel loss", "glaze chip",
                      "plating peel", "coating peel", "shattered",
                      "chipped off", "chipped out", "flaked off", "crumbled", "crumbling", "crumbled away", "capping",
                      "picking", "tear out chip", "edge spall", "enamel chip", "chipped enamel", "lifting paint",
                      "lifting coating", "paint lifting", "bark edge", "wane", "scab", "gouged out", "shelling",
                      "blown out edge", "chip mark", "varnish loss", "lacquer loss", "gilding loss",
                      "decal peeling", "peeling label", "shelled off", "chewed", "chewed edge", "gnawed", "nibbled",
                      "jagged break"),
             relations=(("bite", ("mousebite", "mouse bite", "rat bite", "nibble")),)),
        Form("break", ("broken", "broken large", "broken small", "break", "breakage", "broken off", "broken piece",
                       "missing part", "missing piece", "missing chunk", "chunk", "chunk of wax missing",
                       "chunk of gum missing", "corner missing", "corner or edge breakage", "missing", "bitten",
                       "short shot", "incomplete fill", "misrun", "underfill", "underfilled", "unfilled", "missing corner",
                       "missing material", "missing tooth", "missing head", "missing component", "missing pin",
                       "missing screw", "missing cap", "missing washer", "snapped", "snapped off", "sheared off", "torn off",
                       "fragment missing", "broken tooth", "broken pin", "broken lead", "broken leg", "broken tip",
                       "broken needle", "knocked off",
                       "bite",
                      "bitten off", "chewed off", "broken away", "cracked off", "come off", "came off", "knocked out",
                      "lost corner", "lost piece", "lost tooth", "broken corner", "broken edge", "broken out",
                      "piece gone", "piece broken off", "piece missing", "chunk missing", "corner broken off",
                      "corner gone", "ripped off", "bit off", "split off", "cold run", "no fill", "non fill",
                      "half pill", "half tablet"), noun="break", size=(0.2, 0.8), always_at_place=True, shows_background=True),
    ),
    bright_matter=(),
    dark_matter=(),
    search_words=(
        ("chip", "chipped", "nick", "notch", "spall", "breakage"),
    ),
    size=(0.12, 0.36),
    beyond_frame=None,
    many=(1, 1),
    tone=None,
    place="edge",
    mask_margin=1.0,
    render=render_chip,
    silhouette=Silhouette.COMPACT,
    bilevel=Bilevel.BITE,
    soft_edge=False,
    seeks_low_activity=True,
    stays_dark=False,
    inside_one_tone=False,
    covers_picture=False,
    moves_outline=False,
    breaks_outline=True,
    by_default=True,
    common=False,
    needs_shades=False,
    needs_structure=False,
    appearance=Appearance(ANGULAR, BROAD, extent=(0.02, 0.04, 0.8, 1.3), cover=(-1, -1, 0.25, 0.5), texture=REPLACED),
    confused_with="crack",
    kin=None,
)  # fmt: skip
