"""Drawn products whose parts are known."""

import cv2
import numpy as np

from anomaly_agent.agent.scene.scene import analyze_scene


def canvas(side=256, tone=225):
    return np.full((side, side, 3), tone, np.uint8)


def finish(image, seed=0, noise=1.5):
    """As a camera sees it: lit from the left, slightly soft, and with noise."""
    soft = cv2.GaussianBlur(image, (0, 0), 0.8) * np.linspace(1.1, 0.75, image.shape[1])[None, :, None]
    noisy = soft + np.random.default_rng(seed).normal(0, noise, (*image.shape[:2], 1))
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def scaled(side, *values):
    """Lengths drawn for 256 px, at another size, whole px."""
    return tuple(round(value * side / 256) for value in values)


def ring(side=256, outer=90, inner=40):
    image = canvas(side)
    centre = scaled(side, 128, 120)
    cv2.circle(image, centre, *scaled(side, outer), (70, 80, 90), -1)
    cv2.circle(image, centre, *scaled(side, inner), (225, 225, 225), -1)
    return finish(image)


def plate(side=256, bores=((90, 128), (170, 128)), radius=14, hole=(225, 225, 225)):
    image = canvas(side)
    cv2.rectangle(image, scaled(side, 40, 70), scaled(side, 216, 186), (150, 130, 110), -1)
    for bore in bores:
        cv2.circle(image, scaled(side, *bore), *scaled(side, radius), hole, -1)
    return finish(image)


def turned_rectangle(degrees, size=(150, 70), side=256):
    """A rectangle whose long side is turned anticlockwise, and its corners (x, y)."""
    image = canvas(side, 40)
    corners = cv2.boxPoints(((128.0 * side / 256, 128.0 * side / 256), tuple(v * side / 256 for v in size), -degrees))
    cv2.fillConvexPoly(image, np.rint(corners).astype(np.int32), (190, 180, 170), cv2.LINE_AA)
    return finish(image), corners


def stripes(degrees, side=256, period=9.0):
    """Lines that run in a direction, anticlockwise from horizontal."""
    y, x = np.mgrid[0:side, 0:side].astype(float)
    turn = np.radians(degrees)
    across = x * np.sin(turn) + y * np.cos(turn)
    grey = 128 + 40 * np.sin(2 * np.pi * across / (period * max(1, side / 256)))
    return finish(np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=2))


def board(copper=0, other=255):
    """Three traces of 8 px with pads at their ends; the upper two run 12 px apart along 80 px, the last is 60 px off."""
    image = np.full((256, 256, 3), other, np.uint8)
    tone = (copper,) * 3
    cv2.rectangle(image, (40, 60), (200, 67), tone, -1)
    cv2.rectangle(image, (80, 80), (159, 87), tone, -1)
    cv2.rectangle(image, (30, 190), (220, 197), tone, -1)
    for x, y in ((40, 64), (200, 64), (30, 194), (220, 194)):
        cv2.circle(image, (x, y), 13, tone, -1)
    return image


def printed_plate(text="LOT 42A", ink=(30, 30, 40)):
    """A plate with a line of print, and where it is: x0, y0, x1, y1."""
    image = canvas()
    cv2.rectangle(image, (20, 40), (236, 216), (190, 185, 175), -1)
    cv2.putText(image, text, (56, 150), cv2.FONT_HERSHEY_SIMPLEX, 1.0, ink, 2, cv2.LINE_AA)
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)
    return finish(image), (56, 150 - high, 56 + wide, 150)


def labelled_plate():
    image = canvas()
    cv2.ellipse(image, (128, 128), (105, 90), 0, 0, 360, (60, 90, 60), -1)
    cv2.rectangle(image, (84, 100), (172, 160), (230, 225, 190), -1)
    return finish(image), (84, 100, 173, 161)


def noise(side=256, seed=0):
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(128, 12, (side, side, 1)) + np.zeros(3), 0, 255).astype(np.uint8)


def parts_of(image):
    return analyze_scene(np.ascontiguousarray(image)).parts


def centre(mask):
    """The middle of a mask, x and y in fractions."""
    rows, columns = np.nonzero(mask)
    return np.array([(columns.mean() + 0.5) / mask.shape[1], (rows.mean() + 0.5) / mask.shape[0]])


def overlap(first, second):
    return (first & second).sum() / (first | second).sum()
