"""Repeating products that fill the frame: fabric, wire mesh, circuit board, ceramic tiles."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..imaging.ramps import smoothstep
from .shading import Rendering, Scene, blend, colour, displaced, lamp, mirror, shade


def small_turn(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """The grid's coordinates, shifted at random and a little out of square."""
    rng = scene.rng("lay")
    angle = float(np.clip(rng.normal(0, 0.05), -0.14, 0.14))
    shift = rng.uniform(-0.2, 0.2, 2)
    return scene.turn(angle, (float(shift[0]), float(shift[1])))


def strand(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which strand each position (in strand widths) is in, and where in it, -0.5 to 0.5."""
    index = np.round(position)
    return index, position - index


def woven_fabric(scene: Scene) -> Rendering:
    rng = scene.rng("cloth")
    u, v = small_turn(scene)
    pitch = rng.uniform(0.021, 0.03)
    u = u + pitch * (0.35 * scene.noise("drift u", 0.4, 2) + 0.04 * scene.noise("jig u", 0.03, 2))
    v = v + pitch * (0.35 * scene.noise("drift v", 0.4, 2) + 0.04 * scene.noise("jig v", 0.03, 2))
    a, b = u / np.float32(pitch), v / np.float32(pitch)
    (warp, in_warp), (weft, in_weft) = strand(a), strand(b)
    # Plain weave or 2/1 twill: which thread is on top at each crossing, and how it bows over it.
    twill = rng.random() < 0.5
    if twill:
        rise_warp = np.cos(2 * math.pi * (b + warp - 0.5) / 3)
        rise_weft = np.cos(2 * math.pi * (a + weft - 2) / 3)
    else:
        rise_warp = np.cos(math.pi * (b + warp))
        rise_weft = -np.cos(math.pi * (a + weft))
    thick = 1 + 0.06 * scene.line("warp thickness", warp * 0.02, 0.02, 1)
    thin = 1 + 0.06 * scene.line("weft thickness", weft * 0.02, 0.02, 1)
    body_warp = np.sqrt(np.clip(1 - (in_warp / (0.5 * thick)) ** 2, 0, 1))
    body_weft = np.sqrt(np.clip(1 - (in_weft / (0.5 * thin)) ** 2, 0, 1))
    height_warp, height_weft = body_warp + 0.8 * rise_warp, body_weft + 0.8 * rise_weft
    top = smoothstep(height_warp - height_weft, -0.12, 0.12)
    # Twisted fibres run aslant along each thread.
    twist_warp = np.sin(2 * math.pi * (2.1 * in_warp + 1.5 * b + 0.5 * scene.noise("twist", 0.04, 2)))
    twist_weft = np.sin(2 * math.pi * (2.1 * in_weft + 1.5 * a + 0.5 * scene.noise("twist b", 0.04, 2)))
    twist = top * twist_warp + (1 - top) * twist_weft
    fuzz = scene.noise("fuzz", 0.009, 2, 0.9)
    height = np.maximum(height_warp, height_weft) + 0.06 * twist + 0.06 * fuzz
    dyes = ("39506f 8f9aa8", "a79c88 b9ae99", "5a5f57 6d7268", "7b3438 8c4a49", "c9c3b6 b8b2a6", "3a4046 565e66")
    first, second = dyes[rng.integers(6)].split()
    albedo = blend(colour(second), colour(first), top)
    slub = top * scene.line("slub", warp * 0.02, 0.02, 1) + (1 - top) * scene.line("slub b", weft * 0.02, 0.02, 1)
    albedo = albedo * np.exp(0.07 * slub + 0.06 * twist + 0.08 * fuzz + 0.04 * scene.noise("dye", 0.4, 3))[..., None]
    depth = np.clip(0.72 + 0.22 * np.maximum(height_warp, height_weft), 0.25, 1.15)
    wave = 0.003 * scene.noise("wave", 0.5, 2)
    return Rendering(1.35 * shade(scene, 0.22 * pitch * height + wave, albedo * depth[..., None], 0.012, 8, 0.42))


def wire_mesh(scene: Scene) -> Rendering:
    rng = scene.rng("mesh")
    u, v = small_turn(scene)
    pitch = rng.uniform(0.065, 0.1)
    wire = pitch * rng.uniform(0.15, 0.2)
    bend_u = u + pitch * 0.05 * scene.noise("drift u", 0.4, 2)
    bend_v = v + pitch * 0.05 * scene.noise("drift v", 0.4, 2)
    a, b = bend_u / np.float32(pitch), bend_v / np.float32(pitch)
    (column, _), (row, _) = strand(a), strand(b)
    off_column = (a - column - 0.035 * scene.line("columns", column * 0.02, 0.02, 1)) * np.float32(pitch)
    off_row = (b - row - 0.035 * scene.line("rows", row * 0.02, 0.02, 1)) * np.float32(pitch)
    # Crimped wires sway sideways a touch where they pass one another.
    bow_column, bow_row = np.cos(math.pi * (b + column)), -np.cos(math.pi * (a + row))

    def tube(offset: np.ndarray, bow: np.ndarray) -> np.ndarray:
        return np.sqrt(np.clip(wire**2 - offset**2, 0, None)) + 0.9 * wire * bow

    cover_column, cover_row = scene.cover(np.abs(off_column) - wire), scene.cover(np.abs(off_row) - wire)
    high_column = np.where(cover_column > 0, tube(off_column, bow_column), -9)
    high_row = np.where(cover_row > 0, tube(off_row, bow_row), -9)
    upper = high_column > high_row
    cover = np.maximum(cover_column, cover_row)
    # A drawn wire mirrors along its own length: take its slope from its own tube, not across the crossing.
    side = np.where(upper, off_column, off_row) / wire
    side = np.clip(side, -0.98, 0.98).astype(np.float32)
    axis_x, axis_y = slope_axis(scene, bend_u)
    across_x, across_y = np.where(upper, axis_x, -axis_y), np.where(upper, axis_y, axis_x)
    lx, ly, lz, near = lamp(scene)
    rise = np.sqrt(1 - side**2)
    facing = side * (across_x * lx + across_y * ly) + rise * lz
    # Half angle between lamp and camera, in the plane across the wire.
    half = side * (across_x * lx + across_y * ly) + rise * (1 + lz)
    half = half / np.sqrt((across_x * lx + across_y * ly) ** 2 + (1 + lz) ** 2)
    bow = np.where(upper, bow_column, bow_row)
    level = 0.1 + 0.26 * np.clip(facing, 0, 1) * near + 0.95 * np.clip(half, 0, 1) ** 26 * (0.75 + 0.25 * bow)
    level *= 0.42 + 0.58 * rise
    level *= 0.8 + 0.2 * bow
    level *= np.exp(0.08 * scene.noise("tarnish", 0.15, 4, 0.6) + 0.07 * scene.noise("fine", 0.008, 1))
    metal = (level * 0.85)[..., None] * colour(("d9dcde", "dccda0", "d8b49a", "c8ccd0")[rng.integers(4)])
    dark = rng.random() < 0.6
    floor = colour(("2b2e31", "3b3733")[rng.integers(2)] if dark else ("a9adb0", "b8b4aa")[rng.integers(2)])
    ground = shade(scene, 0.0004 * scene.noise("floor", 0.012, 2), floor, 0.01, 8, 0.4)
    ground = ground * np.exp(0.06 * scene.noise("floor tone", 0.5, 3))[..., None]
    # The mesh lies a little above its ground; the shadow falls away from the lamp.
    lift = 2.2 * wire
    cast = displaced(scene, cover, lift, cv2.BORDER_REFLECT_101)
    ground = ground * (1 - 0.55 * scene.blur(cast, 0.22 * lift + 0.002))[..., None]
    # A wire is darker right beside the one that passes over it.
    covered = np.where(upper, np.abs(off_row), np.abs(off_column)) / wire
    metal = metal * np.where(bow < 0, 0.55 + 0.45 * smoothstep(covered, 0.9, 2.2), 1.0)[..., None]
    return Rendering(blend(ground, metal, cover).astype(np.float32))


def slope_axis(scene: Scene, coordinate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit direction in the picture along which a coordinate grows, at every pixel."""
    along_x = cv2.Sobel(coordinate, cv2.CV_32F, 1, 0, scale=scene.side / 8, borderType=cv2.BORDER_REPLICATE)
    along_y = cv2.Sobel(coordinate, cv2.CV_32F, 0, 1, scale=scene.side / 8, borderType=cv2.BORDER_REPLICATE)
    norm = np.maximum(np.sqrt(along_x**2 + along_y**2), 1e-3)
    return along_x / norm, along_y / norm


# The board is laid out on a grid of this many places a frame side.
_PLACES = 40


def circuit_board(scene: Scene) -> Rendering:
    rng = scene.rng("board")
    copper, mask_open, hole, ink = _layout(scene)
    solid = scene.blur(copper, 0.0022)
    weave_u, weave_v = small_turn(scene)
    weave = np.sin(weave_u * 2 * math.pi / 0.0135) * 0.5 + np.sin(weave_v * 2 * math.pi / 0.0135) * 0.5
    weave *= 0.6 + 0.4 * scene.noise("glass", 0.1, 2)
    height = 0.0017 * solid - 0.0008 * mask_open - 0.004 * scene.blur(hole, 0.001) + 0.0004 * ink
    height = height + 0.00009 * weave + 0.00018 * scene.noise("flow", 0.035, 2)
    height = height + 0.0015 * scene.noise("warpage", 0.5, 1)
    lacquers = ("1d4a33 2f7048", "20523a 3d8458", "1d4f38 37794f", "1b3f5c 2f6387", "16372b 2a5a41")
    board, trace = lacquers[rng.integers(5)].split()
    albedo = blend(colour(board), colour(trace), solid)
    albedo = albedo * np.exp(0.05 * weave * (1 - solid) + 0.05 * scene.noise("cloud", 0.4, 3))[..., None]
    albedo = blend(albedo, colour("d8dad2"), 0.85 * ink * (0.9 + 0.08 * scene.noise("ink", 0.008, 2)))
    lacquer = 1.25 * shade(scene, height, albedo, 0.14, 40, 0.4)
    lacquer = lacquer + (0.022 * mirror(scene, 2.0 * height, 1.3))[..., None]
    # Tinned pads are domed, gold ones flat.
    tin = rng.random() < 0.6
    swell = scene.blur(mask_open, 0.006 if tin else 0.002) * (0.012 if tin else 0.002)
    finish = swell + 0.0004 * scene.noise("solder", 0.014, 3, 0.7)
    tone = colour("d6d8da") if tin else colour("d9b464")
    metal = tone * (0.62 * mirror(scene, finish, 1.1) * np.exp(0.08 * scene.noise("stain", 0.05, 3)))[..., None]
    image = blend(lacquer, metal, mask_open)
    image = blend(image, colour("14120f"), hole)
    return Rendering(image.astype(np.float32))


def _layout(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Copper, solder mask openings, drilled holes and legend of a board, each (side, side) float32 0-1.

    Parts and traces are placed on a grid, and only where nothing has been placed yet.
    """
    rng = scene.rng("layout")
    taken = np.zeros((_PLACES, _PLACES), np.uint8)
    layers = {name: np.zeros((scene.side, scene.side), np.uint8) for name in ("copper", "open", "hole", "ink")}
    unit = scene.side / _PLACES

    def at(x: float, y: float) -> tuple[int, int]:
        return round((x + 0.5) * unit * 16), round((y + 0.5) * unit * 16)

    def disc(layer: str, x: float, y: float, radius: float) -> None:
        cv2.circle(layers[layer], at(x, y), round(radius * unit * 16), 255, -1, cv2.LINE_AA, 4)

    def box(layer: str, x: float, y: float, wide: float, high: float, line: int = -1) -> None:
        left, right, top, bottom = x - wide / 2, x + wide / 2, y - high / 2, y + high / 2
        corners = np.array([at(left, top), at(right, top), at(right, bottom), at(left, bottom)], np.int32)
        if line < 0:
            cv2.fillConvexPoly(layers[layer], corners, 255, cv2.LINE_AA, 4)
        else:
            cv2.polylines(layers[layer], [corners], True, 255, line, cv2.LINE_AA, 4)

    def claim(x: float, y: float, wide: float, high: float) -> bool:
        x0, x1 = math.floor(x - wide / 2), math.ceil(x + wide / 2) + 1
        y0, y1 = math.floor(y - high / 2), math.ceil(y + high / 2) + 1
        area = taken[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
        if area.size == 0 or area.any():
            return False
        area[:] = 1
        return True

    stroke = max(1, round(0.18 * unit))
    for _ in range(10):  # rows of pads: chips and passives, either way round
        count, level = int(rng.integers(2, 7)), rng.random() < 0.5
        x, y, gap = int(rng.integers(3, 37)), int(rng.integers(3, 37)), int(rng.choice([5, 7]))
        wide, high = (2 * count, gap + 3) if level else (gap + 3, 2 * count)
        if not claim(x, y, wide, high):
            continue
        for k in range(count):
            for end in (-1, 1):
                shift, reach = 2 * k - count + 1, end * gap / 2
                px, py = (x + shift, y + reach) if level else (x + reach, y + shift)
                size = (1.15, 1.9) if level else (1.9, 1.15)
                box("copper", px, py, size[0] + 0.3, size[1] + 0.3)
                box("open", px, py, *size)
        box("ink", x, y, *((wide - 0.6, gap - 3.2) if level else (gap - 3.2, high - 0.6)), stroke)
    for _ in range(16):  # plated holes
        x, y = int(rng.integers(1, 39)), int(rng.integers(1, 39))
        if claim(x, y, 1.6, 1.6):
            disc("copper", x, y, 1.0)
            disc("open", x, y, 0.88)
            disc("hole", x, y, 0.42)
    for text in range(5):  # legend
        label = "RCUDQL"[rng.integers(6)] + str(rng.integers(1, 99))
        x, y = int(rng.integers(2, 34)), int(rng.integers(3, 38))
        if text < 4 and claim(x + 1.5, y - 0.8, 3.6, 1.6):
            origin = (round(x * unit), round(y * unit))
            cv2.putText(layers["ink"], label, origin, cv2.FONT_HERSHEY_SIMPLEX, unit * 0.085, 255, stroke, cv2.LINE_AA)
    width = max(1, round(0.5 * unit))
    for _ in range(160):  # traces: straight, one slanted stretch, straight; vias where they end
        x, y = int(rng.integers(0, _PLACES)), int(rng.integers(0, _PLACES))
        level = rng.random() < 0.5
        lengths, slant = rng.integers(2, 16, 2), int(rng.integers(-6, 7))
        steps = [(1, 0)] * int(lengths[0]) + [(1, int(np.sign(slant)))] * abs(slant) + [(1, 0)] * int(lengths[1])
        path = np.cumsum([(x, y)] + [s if level else s[::-1] for s in steps], axis=0)
        inside = path[((path >= 0) & (path < _PLACES)).all(axis=1)]
        if len(inside) < 5 or taken[inside[:, 1], inside[:, 0]].any():
            continue
        taken[inside[:, 1], inside[:, 0]] = 1
        points = np.array([at(*p) for p in inside], np.int32)
        cv2.polylines(layers["copper"], [points], False, 255, width, cv2.LINE_AA, 4)
        for end in (path[0], path[-1]):
            if rng.random() < 0.7:
                disc("copper", end[0], end[1], 0.62)
                disc("hole", end[0], end[1], 0.2)
    copper, opening, hole, ink = (layers[name].astype(np.float32) / 255 for name in ("copper", "open", "hole", "ink"))
    return copper, opening, hole, ink * (1 - copper)


def ceramic_tiles(scene: Scene) -> Rendering:
    rng = scene.rng("tiles")
    u, v = small_turn(scene)
    pitch = rng.uniform(0.2, 0.34)
    ratio = rng.choice([1.0, 1.0, 2.0])
    joint = pitch * rng.uniform(0.028, 0.045)
    b, in_b = strand(v / np.float32(pitch))
    running = 0.5 * (b % 2) if ratio > 1 else 0.0
    a, in_a = strand(u / np.float32(pitch * ratio) + running)
    corner = 0.05 * pitch
    qx = (np.abs(in_a) - 0.5) * np.float32(pitch * ratio) + corner
    qy = (np.abs(in_b) - 0.5) * np.float32(pitch) + corner
    distance = cv2.magnitude(np.clip(qx, 0, None), np.clip(qy, 0, None)) + np.minimum(np.maximum(qx, qy), 0)
    edge = distance + np.float32(joint - corner) + 0.0009 * scene.noise("ragged", 0.05, 3)
    tile = scene.cover(edge)
    # Each tile has a shade and a tilt of its own.
    table = rng.standard_normal((3, 64, 64)).astype(np.float32)
    own = table[:, b.astype(int) % 64, a.astype(int) % 64]
    pillow = -0.35 * joint * np.clip(1 + edge / (1.3 * joint), 0, 1) ** 2
    glaze = 0.0008 * scene.noise("glaze", 0.09, 3) + 0.00012 * scene.noise("orange", 0.02, 1)
    tilt = 0.006 * (own[1] * in_a + own[2] * in_b) * pitch
    height = tilt + pillow + glaze
    tone = colour(("cfcabd", "5f8590", "b9b9b4", "7c9077", "8a5a44", "3f5675")[rng.integers(6)])
    mottle = 0.03 * scene.noise("mottle", 0.05, 4, 0.7) + 0.035 * own[0]
    albedo = tone * np.exp(mottle - 0.1 * smoothstep(edge, -1.6 * joint, 0.0))[..., None]
    face = shade(scene, height.astype(np.float32), albedo, 0.25, 140, 0.42)
    face = face + (0.07 * mirror(scene, height.astype(np.float32), 1.3))[..., None]
    sand = scene.noise("sand", 0.009, 2, 0.9)
    bed = -0.6 * joint + 0.3 * joint * smoothstep(edge, 0.0, joint) * 0.5 + 0.0009 * sand
    grout = colour(("a8a49c", "77756f", "c2beb5")[rng.integers(3)]) * np.exp(0.1 * sand)[..., None]
    rim = 0.6 + 0.4 * smoothstep(edge, 0.0, 0.7 * joint)
    floor = shade(scene, bed.astype(np.float32), grout * rim[..., None], 0.01, 8, 0.45)
    return Rendering(blend(floor, face, tile).astype(np.float32))
