"""Products that fill the frame: metal, concrete, leather, wood, paint."""

from __future__ import annotations

import math

import numpy as np

from ..imaging.ramps import smoothstep
from .shading import Rendering, Scene, blend, colour, groove_glint, lamp, mirror, shade


def grain_angle(scene: Scene) -> float:
    """Direction of the grain, radians: upright or level, a little off as a fixture leaves it."""
    rng = scene.rng("grain")
    return float(rng.integers(0, 2) * math.pi / 2 + rng.normal(0, 0.03) + 1e-4)


def brushed_steel(scene: Scene) -> Rendering:
    angle = grain_angle(scene)
    wide = scene.noise("wide", 0.05, 3, 0.7, 60, angle)
    lines = scene.noise("lines", 0.012, 2, 0.9, 60, angle)
    fine = scene.noise("fine", 0.0055, 1, 1, 40, angle)
    hair = np.clip(scene.noise("hair", 0.006, 1, 1, 60, angle) - 1.9, 0, None)
    tilt = 0.02 * scene.noise("tilt", 0.7, 2) + 0.006 * lines
    tangent = (math.cos(angle), math.sin(angle))
    along, across = scene.turn(angle)
    bend = scene.pick("bend", -0.35, 0.35)
    sheen = groove_glint(scene, *tangent, 9.0, tilt + bend * along + 0.15 * across)
    near = lamp(scene)[3]
    level = (0.10 + 0.34 * sheen) * (0.6 + 0.4 * near / near.mean())
    level *= np.exp(0.04 * wide + 0.05 * lines + 0.105 * fine + 0.2 * hair)
    level *= 1 + 0.03 * scene.noise("cloud", 0.4, 3)
    tint = blend(colour("dcdedf"), colour("e4dfd8"), np.full_like(level, scene.pick("warm", 0, 1)))
    return Rendering(level[..., None] * tint * np.float32(scene.pick("level", 0.85, 1.35)))


def concrete(scene: Scene) -> Rendering:
    rng = scene.rng("mix")
    cloud, mottle = scene.noise("cloud", 0.5, 4, 0.6), scene.noise("mottle", 0.07, 4, 0.75)
    sand = scene.noise("sand", 0.012, 3, 0.9)
    shape_u = scene.x + 0.006 * scene.noise("warp u", 0.03, 3)
    shape_v = scene.y + 0.006 * scene.noise("warp v", 0.03, 3)
    # Air voids: most cells hold none, the others one of random size.
    height = 0.0011 * scene.noise("form", 0.25, 3) + 0.0007 * mottle + 0.0006 * sand
    voids = np.zeros_like(cloud)
    for label, scale, share in (("large", 0.085, 0.35), ("small", 0.032, 0.45)):
        distance, _, identity = scene.cells(label, scale, shape_u, shape_v)
        radius = np.clip(share - identity, 0, None) * (0.42 if label == "large" else 0.55)
        pit = smoothstep(distance / np.maximum(radius, 1e-3), 1.0, 0.45) * (radius > 0.04)
        height -= scale * 0.3 * radius * pit
        voids = np.maximum(voids, pit * np.clip(radius * 7, 0, 1))
    grit = scene.noise("grit", 0.009, 2, 1.0)
    albedo = np.exp(0.09 * cloud + 0.05 * mottle + 0.055 * sand)
    albedo *= 1 - 0.45 * smoothstep(grit, 1.9, 2.6) + 0.25 * smoothstep(-grit, 2.1, 2.8)
    albedo *= 1 - 0.35 * voids
    tone = colour(("9c9a95", "a8a49b", "8d9090", "b0aca6")[rng.integers(4)]) * rng.uniform(0.85, 1.15)
    warm = 1 + 0.02 * scene.noise("warm", 0.3, 2)[..., None] * np.array([1, 0.1, -1], np.float32)
    return Rendering(1.05 * shade(scene, height, albedo[..., None] * warm * tone, 0.01, 8, 0.4, 0.5))


def leather(scene: Scene) -> Rendering:
    rng = scene.rng("hide")
    grain = rng.uniform(0.024, 0.036)
    bend_u = scene.x + 0.3 * grain * scene.noise("warp u", 3 * grain, 3)
    bend_v = scene.y + 0.3 * grain * scene.noise("warp v", 3 * grain, 3)
    squeeze = rng.uniform(0.75, 1.0)
    near, far, identity = scene.cells("pebbles", grain, bend_u, bend_v * np.float32(squeeze))
    crease = far - near
    pebble = 1 - np.exp(-4.2 * crease)
    near_small, far_small, _ = scene.cells("wrinkles", grain * 0.45, bend_u, bend_v)
    wrinkle = 1 - np.exp(-5 * (far_small - near_small))
    height = grain * (0.16 * pebble + 0.05 * wrinkle + 0.03 * identity)
    height += 0.004 * scene.noise("drape", 0.5, 3) + grain * 0.01 * scene.noise("fine", 0.01, 2)
    hide = colour(("5a3a26", "2b2725", "7d5335", "6a2f22", "39424c", "8d7355")[rng.integers(6)])
    albedo = hide * (0.55 + 0.45 * pebble * (0.7 + 0.3 * wrinkle))[..., None]
    albedo = albedo * np.exp(0.12 * scene.noise("dye", 0.35, 4) + 0.06 * scene.noise("speck", 0.008, 2))[..., None]
    gloss = rng.uniform(0.05, 0.11) * (0.3 + 0.7 * pebble) * (1 + 0.25 * scene.noise("wear", 0.12, 3))
    return Rendering(1.6 * shade(scene, height, albedo, gloss, 22, 0.3, 0.5))


def wood(scene: Scene) -> Rendering:
    rng = scene.rng("tree")
    angle = grain_angle(scene)
    along, across = scene.turn(angle)
    wander = 0.05 * scene.noise("wander", 0.45, 3, 0.5, 5, angle) + 0.012 * scene.noise("ripple", 0.1, 2, 0.5, 4, angle)
    # A plain-sawn board: the cut runs through the trunk at a shallow angle, which opens the rings to arches.
    depth, pith = rng.uniform(0.25, 0.7), rng.uniform(-0.6, 0.6)
    cone = np.float32(rng.uniform(0.05, 0.35)) * along
    radius = np.sqrt((across + wander - pith) ** 2 + (depth + cone) ** 2)
    rings = scene.rng("rings").uniform(22, 40)
    phase = radius * rings + 0.5 * scene.line("years", radius, 0.09, 2)
    year = phase - np.floor(phase)
    late = smoothstep(year, 0.15, 0.88) * smoothstep(year, 1.0, 0.93)
    late *= 0.65 + 0.3 * np.tanh(scene.line("strength", np.floor(phase) / rings, 1 / rings, 1))
    fibre = scene.noise("fibre", 0.012, 3, 0.85, 26, angle)
    fine = scene.noise("fine", 0.006, 1, 1, 12, angle)
    pores = smoothstep(scene.noise("pores", 0.0062, 1, 1, 10, angle) - 0.7 * late + 0.3, 1.25, 2.3)
    species = (("d2a878", "9a6a3d"), ("c79a6b", "85552f"), ("b98b62", "6e4729"), ("dcbf94", "b08550"))
    light, dark = species[rng.integers(4)]
    share = np.clip(0.75 * late + 0.12 * fibre + 0.1 * scene.noise("stain", 0.4, 3, 0.5, 4, angle), -0.3, 1.3)
    albedo = blend(colour(light), colour(dark), share)
    albedo = albedo * np.exp(0.045 * fibre + 0.05 * fine - 0.38 * pores)[..., None]
    albedo = albedo * (1 + 0.05 * scene.noise("tone", 0.8, 2, 0.5, 3, angle))[..., None]
    height = 0.0003 * fibre + 0.00022 * fine - 0.0009 * pores + 0.0002 * late
    return Rendering(1.1 * shade(scene, height, albedo, 0.03 + 0.03 * late, 14, 0.45))


def painted_metal(scene: Scene) -> Rendering:
    rng = scene.rng("paint")
    peel = rng.uniform(0.02, 0.034)
    height = peel * rng.uniform(0.016, 0.026) * scene.noise("peel", peel, 2, 0.4)
    height += 0.02 * peel * scene.noise("long", 4 * peel, 2) + 0.005 * scene.noise("sheet", 0.9, 1)
    code = ("2f5f8a", "8a2f2b", "c9c8c2", "3f4a44", "c58a2a", "56606a", "2d6b52")[rng.integers(7)]
    body = colour(code) * np.float32(rng.uniform(0.85, 1.15))
    flake = scene.noise("flake", 0.006, 1)
    albedo = body * np.exp(rng.uniform(0.015, 0.07) * flake + 0.02 * scene.noise("tone", 0.5, 3))[..., None]
    matt = shade(scene, height, albedo, rng.uniform(0.05, 0.12), 60, 0.4)
    room = mirror(scene, 1.6 * height, 1.4)
    return Rendering(matt + (np.float32(rng.uniform(0.07, 0.12)) * room)[..., None])
