"""Single products on a background, seen from above: washer, nut, capsule, tablet, bottle base, biscuit."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..imaging.ramps import smoothstep
from .shading import Rendering, Scene, blend, colour, groove_glint, lamp, mirror, shade, shadow


def rubber_mat(scene: Scene) -> np.ndarray:
    """A dark, finely pebbled mat; radiance (S, S, 3)."""
    fine, coarse = scene.noise("mat fine", 0.011, 2, 0.9), scene.noise("mat coarse", 0.5, 3)
    height = 0.0011 * fine + 0.0006 * scene.noise("mat grain", 0.03, 2)
    tone = blend(colour("35373a"), colour("4c4a47"), np.full_like(fine, scene.pick("mat tone", 0, 1)))
    dust = smoothstep(scene.noise("mat dust", 0.0075, 1), 3.1, 3.8)
    albedo = tone * np.exp(0.08 * coarse + 0.1 * fine)[..., None] + 0.1 * dust[..., None]
    return shade(scene, height, albedo, 0.022, 10, 0.35, 0.4)


def paper(scene: Scene) -> np.ndarray:
    """Light, faintly fibrous paper or card; radiance (S, S, 3)."""
    fibre = scene.noise("paper fibre", 0.02, 3, 0.85)
    tone = colour(("d9d7d1", "cfd3d6", "d6cfc2", "b9c0c4")[scene.rng("paper").integers(4)])
    albedo = tone * np.exp(0.012 * fibre + 0.02 * scene.noise("paper cloud", 0.6, 2))[..., None]
    return 0.85 * shade(scene, 0.00022 * fibre, albedo, 0.01, 6, 0.45)


def tray(scene: Scene) -> np.ndarray:
    """Worn baking tin: dark metal with a faint rolling direction; radiance (S, S, 3)."""
    angle = scene.pick("tin angle", 0, math.pi)
    lines = scene.noise("tin lines", 0.01, 2, 0.9, 30, angle)
    cloud = scene.noise("tin cloud", 0.35, 4, 0.6)
    sheen = groove_glint(scene, math.cos(angle), math.sin(angle), 14.0, 0.004 * lines)
    level = (0.045 + 0.12 * sheen) * np.exp(0.1 * cloud + 0.05 * lines + 0.05 * scene.noise("tin speck", 0.007, 2))
    tone = colour(("8f8d8a", "7c7d80", "96897c")[scene.rng("tin").integers(3)])
    return 2.6 * tone * (level * (0.55 + 0.45 * lamp(scene)[3]))[..., None]


def stand(scene: Scene, ground: np.ndarray, product: np.ndarray, coverage: np.ndarray, thickness: float) -> Rendering:
    """The product over its ground, with its shadow."""
    lit = ground * shadow(scene, coverage, thickness)[..., None]
    return Rendering(blend(lit, product, coverage), coverage)


def turned_washer(scene: Scene) -> Rendering:
    rng = scene.rng("washer")
    u, v = scene.pose()
    outer = rng.uniform(0.3, 0.405)
    inner = outer * rng.uniform(0.42, 0.58)
    radius = np.sqrt(u**2 + v**2) + 1e-6
    edge = np.maximum(radius - outer, inner - radius)
    bevel = outer * rng.uniform(0.035, 0.06)
    drop = np.clip(1 + edge / bevel, 0, 1)
    rough = 0.0004 * scene.noise("rough", 0.012, 2)
    height = -bevel * 0.55 * drop**2 + rough
    # Grooves of the tool: concentric, each of its own depth, with a little chatter.
    groove = scene.line("grooves", radius + 0.0008 * scene.noise("chatter", 0.08, 2), 0.012, 3, 0.9)
    fine = scene.line("fine", radius, 0.0045, 1)
    tangent_x, tangent_y = tangents(scene, u, v, radius)
    cloud = scene.noise("cloud", 0.2, 4)
    tilt = 0.05 * scene.noise("wobble", 0.25, 2) + 0.015 * groove
    sheen = groove_glint(scene, tangent_x, tangent_y, rng.uniform(14, 30), tilt)
    level = (0.12 + 0.62 * sheen) * np.exp(0.085 * groove + 0.08 * fine + 0.05 * cloud)
    rim = mirror(scene, height)
    level = level * (1 - smoothstep(drop, 0.0, 0.5)) + 0.55 * rim * smoothstep(drop, 0.0, 0.5)
    level *= 0.75 + 0.25 * lamp(scene)[3]
    level *= np.exp(0.03 * scene.noise("speck", 0.008, 2))
    tone = colour(("dfe0e0", "e3ded2", "d9c79a", "d0d4d8")[rng.integers(4)])
    return stand(scene, rubber_mat(scene), level[..., None] * tone, scene.cover(edge), 0.045)


def tangents(scene: Scene, u: np.ndarray, v: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Direction in the picture of circles about the object's centre; u, v as Scene.pose gave them."""
    gradient_x = cv2.Sobel(radius, cv2.CV_32F, 1, 0, scale=scene.side / 8)
    gradient_y = cv2.Sobel(radius, cv2.CV_32F, 0, 1, scale=scene.side / 8)
    norm = np.maximum(np.sqrt(gradient_x**2 + gradient_y**2), 0.2)
    return -gradient_y / norm, gradient_x / norm


def hex_nut(scene: Scene) -> Rendering:
    rng = scene.rng("nut")
    u, v = scene.pose()
    apothem = rng.uniform(0.27, 0.36)
    bore = apothem * rng.uniform(0.56, 0.64)
    radius = np.sqrt(u**2 + v**2) + 1e-6
    flats = np.max([np.abs(u * math.cos(a) + v * math.sin(a)) for a in (0, math.pi / 3, 2 * math.pi / 3)], axis=0)
    hexagon = flats.astype(np.float32) - np.float32(apothem)
    # The chamfer is a cone: it cuts the corners in six arcs and leaves a round face.
    cone = np.clip(radius - apothem * 0.965, 0, None) * 0.6
    soft = np.clip(1 + hexagon / (0.03 * apothem), 0, 1) ** 2 * 0.012 * apothem
    mouth = np.clip(bore * 1.13 - radius, 0, None) * 0.9
    dents = 0.0012 * scene.noise("form", 0.12, 3) + 0.00016 * scene.noise("rough", 0.012, 2, 0.8)
    height = -1.25 * cone - soft - mouth + dents
    face = mirror(scene, 1.2 * height, 1.25)
    tangent_x, tangent_y = tangents(scene, u, v, radius)
    sheen = groove_glint(scene, tangent_x, tangent_y, 8.0, 0.1 * scene.noise("wobble", 0.2, 2))
    turned = scene.line("grooves", radius, 0.01, 2, 0.9)
    flat = smoothstep(radius, apothem * 0.975, apothem * 0.955)
    level = 0.4 * face + flat * (0.34 * sheen - 0.04)
    level *= np.exp(0.06 * turned * flat + 0.06 * scene.noise("cloud", 0.1, 4, 0.6))
    level *= np.exp(0.03 * scene.noise("speck", 0.007, 2))
    # Through the bore: thread crests one below the other, darker as they go down, then the ground in shade.
    inside = smoothstep(radius, bore * 1.02, bore * 0.98)
    bearing = np.arctan2(v, u)
    floor = bore * rng.uniform(0.80, 0.86)
    depth = np.clip((bore - radius) / (bore - floor), 0, 1)
    pitch = rng.uniform(3.0, 4.5)
    crest = 0.5 + 0.5 * np.sin(2 * math.pi * (pitch * depth**0.8 + bearing / (2 * math.pi)))
    px, py, _ = scene.light
    facing = -(tangent_y * px - tangent_x * py) / math.hypot(px, py)
    thread = (0.05 + 0.3 * crest**2 * (0.55 + 0.45 * facing)) * (1 - 0.65 * depth)
    level = level * (1 - inside) + thread * inside
    level *= 0.75 + 0.25 * lamp(scene)[3]
    tone = colour(("d8dbe0", "dcd6c4", "d9c48c", "c4c8cc")[rng.integers(4)])
    hole = scene.cover(radius - np.float32(floor))
    coverage = scene.cover(hexagon) * (1 - hole)
    return stand(scene, rubber_mat(scene), level[..., None] * tone * np.float32(1.1), coverage, 0.1)


def rod(u: np.ndarray, v: np.ndarray, reach: float) -> np.ndarray:
    """Distance to the stretch of the u axis from -reach to reach."""
    return np.sqrt((u - np.clip(u, -reach, reach)) ** 2 + v**2)


def capsule(scene: Scene) -> Rendering:
    rng = scene.rng("capsule")
    u, v = scene.pose(0.04)
    length = rng.uniform(0.72, 0.85)
    body = length * rng.uniform(0.185, 0.205)
    joint = rng.uniform(-0.02, 0.05)
    cap = body * 1.045
    inner, outer = (rod(u, v, length / 2 - radius) for radius in (body, cap))
    is_cap = scene.cover(np.float32(joint) - u)
    radius = np.where(u > joint, np.float32(cap), np.float32(body))
    distance = np.where(u > joint, outer, inner)
    round_off = np.clip(np.abs(u - joint - 0.002) / 0.008, 0, 1)
    shape = np.sqrt(np.clip(radius**2 - distance**2, 1e-7, None))
    lock = 0.006 * np.exp(-(((u - joint + 0.1 * length) / 0.009) ** 2))
    shape = shape - (0.1 * cap - 0.1 * cap * round_off) * (u > joint) * 0.3 - lock
    shape = scene.blur(shape.astype(np.float32), 0.0022) + 0.00022 * scene.noise("skin", 0.05, 3)
    dyes = ("c23a2e e6dcc0", "2f6f9e e9e6de", "3f8a5c dfd9a8", "d98a2b f0ece4", "7a3f7a d8d4dc", "a8342c 2f3b66")
    first, second = dyes[rng.integers(6)].split()
    albedo = blend(colour(second), colour(first), is_cap)
    print_mark = lettering(scene, u, v, rng, length)
    albedo = albedo * (1 - 0.72 * print_mark * smoothstep(1 - distance / radius, 0.2, 0.8))[..., None]
    albedo = albedo * np.exp(0.02 * scene.noise("powder", 0.06, 3))[..., None]
    matt = shade(scene, 0.55 * shape, albedo, 0.0, 1, 0.42)
    gel = matt + (0.13 * mirror(scene, 0.75 * shape, 1.3) * (0.4 + distance / radius))[..., None]
    glint = shade(scene, shape, np.zeros(3, np.float32), 0.5, 90, 0.4)
    seam = 1 - 0.35 * np.exp(-(((u - joint + 0.004) / 0.004) ** 2))
    product = (gel * np.float32(0.8) + glint) * seam[..., None]
    edge = np.where(u > joint, outer - cap, inner - body).astype(np.float32)
    return stand(scene, paper(scene), product, scene.cover(edge), 0.09)


def lettering(scene: Scene, u: np.ndarray, v: np.ndarray, rng: np.random.Generator, length: float) -> np.ndarray:
    """A printed code along the object's u axis, (S, S) float32 0-1."""
    text = "".join("ABCEGHKLMPRTX"[i] for i in rng.integers(0, 13, 2)) + str(rng.integers(10, 999))
    sheet = np.zeros((96, 320), np.uint8)
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 2.0, 5)
    cv2.putText(sheet, text, ((320 - wide) // 2, (96 + high) // 2), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 5, cv2.LINE_AA)
    shift = rng.uniform(0.12, 0.2) * length * (1 if rng.random() < 0.5 else -1)
    scale = np.float32(320 / (0.3 * length))
    map_x, map_y = (u - np.float32(shift)) * scale + 160, v * scale + 48
    mark = cv2.remap(sheet, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return scene.blur(mark.astype(np.float32) / 255, 0.001) * (0.85 + 0.1 * scene.noise("ink", 0.01, 2))


def scored_tablet(scene: Scene) -> Rendering:
    rng = scene.rng("tablet")
    u, v = scene.pose()
    half = rng.uniform(0.29, 0.4)
    slim = rng.choice([1.0, 1.0, 0.62])
    # A rounded oblong, or a disc where both half axes are alike.
    radius = rod(u, v, half * (1 - slim))
    size = half * slim
    edge = (radius - size).astype(np.float32)
    rim = 0.12 * size
    dome = 0.30 * size * np.sqrt(np.clip(1 - (radius / (1.35 * size)) ** 2, 0, 1))
    band = -0.7 * rim * np.clip(1 + edge / rim, 0, 1) ** 2.2
    groove = size * rng.uniform(0.055, 0.075)
    score = -0.75 * groove * np.exp(-((u / groove) ** 2)) * smoothstep(-edge, 0.0, 0.35 * size)
    chalk = scene.noise("chalk", 0.014, 3, 0.8)
    height = dome + band + score + 0.00045 * chalk
    tone = colour(("e8e4da", "dccfa6", "d8a79a", "a9c3d1", "d9b98a", "c9d3b4")[rng.integers(6)])
    speck = smoothstep(scene.noise("granules", 0.011, 2), 2.3, 3.1) * rng.uniform(0, 0.3)
    albedo = tone * np.exp(0.014 * chalk + 0.025 * scene.noise("blend", 0.1, 3) - speck)[..., None]
    height = scene.blur(height.astype(np.float32), 0.002)
    coating = rng.uniform(0.02, 0.14)
    product = 0.92 * shade(scene, height, albedo, coating, 30, 0.36, 0.5)
    return stand(scene, paper(scene), product, scene.cover(edge), 0.075)


def bottle_base(scene: Scene) -> Rendering:
    rng = scene.rng("bottle")
    u, v = scene.pose(0.035)
    outer = rng.uniform(0.34, 0.42)
    radius = np.sqrt(u**2 + v**2) + 1e-6
    bearing = np.arctan2(v, u)
    # Moulded glass is not quite round: rings wander by a little, the same way at neighbouring radii.
    wander = 0.002 * scene.noise("wander", 0.4, 2) + 0.0009 * scene.noise("waves", 0.07, 2)
    r = radius / outer
    w = r + wander * smoothstep(r, 1.0, 0.85) * 2.2

    def ring(at: float, width: float) -> np.ndarray:
        return np.exp(-(((w - at) / width) ** 2))

    heel, bearing_ring, punt = rng.uniform(0.78, 0.84), rng.uniform(0.6, 0.68), rng.uniform(0.44, 0.5)
    # Path through the glass: long at the wall, short in the push-up's middle, with lens rings between.
    path = 0.55 + 2.3 * smoothstep(w, 0.86, 0.97) + 0.55 * smoothstep(w, punt - 0.05, punt + 0.1)
    path += 0.9 * ring(bearing_ring, 0.035) + 0.5 * ring(heel, 0.02) + 0.6 * ring(punt, 0.012)
    path += 0.24 * scene.line("rings", w, 0.04, 3, 0.8) * smoothstep(w, 0.35, 0.55)
    path += 0.06 * scene.noise("cords", 0.25, 4)
    around = scene.line("around", np.abs(bearing) * 0.4, 0.12, 3)
    bright = (0.9 + 0.5 * around) * ring(heel + 0.035, 0.016) + 0.6 * ring(0.925, 0.012)
    bright += (0.55 - 0.4 * around) * ring(punt + 0.035, 0.01) + 0.35 * ring(bearing_ring + 0.05, 0.012)
    bright += 0.4 * ring(0.967, 0.006)
    # Stippling pressed on the bearing ring.
    knurl = np.sin(bearing * rng.integers(70, 96)) * ring(bearing_ring, 0.028)
    path += 0.3 * knurl * (1 + 0.4 * scene.noise("press", 0.05, 2))
    seam = np.exp(-((v / (0.004 * outer * 3)) ** 2)) * smoothstep(r, 0.45, 0.6) * 0.25
    path += seam
    absorb = ((0.35, 0.95, 2.6), (1.5, 0.42, 1.1), (0.95, 0.6, 0.5), (0.65, 0.85, 1.7))[rng.integers(4)]
    density = np.array(absorb, np.float32) * np.float32(rng.uniform(0.8, 1.15))
    card = np.float32(rng.uniform(0.78, 0.95)) * (1 + 0.03 * scene.noise("card", 0.8, 2))[..., None]
    tint = np.array([1.0, 1.0, 0.985], np.float32) * card
    glass = tint * np.exp(-(0.35 + path[..., None]) * density) * (0.3 + 0.34 * smoothstep(r, 0.9, 0.3))[..., None]
    glass = glass + 0.5 * np.clip(bright, 0, None)[..., None] * np.exp(-0.75 * density) * tint
    # Total reflection at the wall, and what the ring lamp leaves on the near surface.
    glass = glass * (1 - 0.8 * smoothstep(r, 0.955, 0.99))[..., None]
    height = outer * (0.05 * ring(heel, 0.06) + 0.03 * ring(punt, 0.05))
    glass = glass + 0.5 * shade(scene, height.astype(np.float32), np.zeros(3, np.float32), 0.25, 160, 0.4)
    edge = (radius - outer).astype(np.float32)
    coverage = scene.cover(edge)
    halo = 1 - 0.12 * scene.blur(coverage, 0.02)
    return Rendering(blend(tint * 1.35 * halo[..., None], glass, coverage).astype(np.float32), coverage)


def biscuit(scene: Scene) -> Rendering:
    rng = scene.rng("biscuit")
    u, v = scene.pose()
    size = rng.uniform(0.3, 0.39)
    radius = np.sqrt(u**2 + v**2)
    bearing = np.arctan2(v, u)
    lobes = int(rng.integers(18, 26))
    scallop = rng.choice([0.0, 0.014])
    edge = radius + 0.006 * scene.noise("outline", 0.25, 3) + 0.0022 * scene.noise("ragged", 0.02, 2)
    edge = edge + np.float32(scallop * size * 1.5) * np.cos(lobes * bearing) - np.float32(size)
    inward = np.clip(-edge / size, 0, 1)
    dome = 0.11 * size * (1 - (1 - np.clip(inward / 0.22, 0, 1)) ** 2.2)
    crumb, crust = scene.noise("crumb", 0.022, 4, 0.75), scene.noise("crust", 0.12, 4, 0.6)
    pits = smoothstep(scene.noise("pits", 0.016, 2, 0.8), 1.5, 2.6)
    holes = np.zeros_like(radius)
    if rng.random() < 0.7:
        spacing = size * rng.uniform(0.3, 0.38)
        wobble_u = u + 0.0035 * scene.noise("dock u", 0.06, 2)
        wobble_v = v + 0.0035 * scene.noise("dock v", 0.06, 2)
        du = (wobble_u / spacing) - np.round(wobble_u / spacing)
        dv = (wobble_v / spacing) - np.round(wobble_v / spacing)
        centre = np.hypot(np.round(wobble_u / spacing), np.round(wobble_v / spacing)) * spacing
        holes = smoothstep(np.hypot(du, dv) * spacing, 0.028, 0.012) * (centre < 0.74 * size)
    height = dome + 0.0036 * crust + 0.0017 * crumb - 0.006 * pits - 0.02 * holes
    brown = 0.33 + 0.13 * crust + 0.07 * crumb + 0.5 * smoothstep(inward, 0.22, 0.0) - 0.25 * pits + 0.25 * holes
    brown += 0.15 * scene.noise("oven", 0.4, 2) + rng.uniform(-0.1, 0.1)
    albedo = blend(colour("d9aa6c"), colour("7d4a22"), np.clip(brown, -0.15, 1.0))
    albedo = albedo * np.exp(0.05 * scene.noise("flour", 0.009, 2))[..., None]
    product = 1.12 * shade(scene, height.astype(np.float32), albedo, 0.02, 10, 0.36, 0.7)
    return stand(scene, tray(scene), product, scene.cover(edge.astype(np.float32)), 0.055)
