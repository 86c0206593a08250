"""Draws docs/icon.png: a grey tile, a crack by the pack's own renderer, and the outline of its mask."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.prompt_text import write_prompt
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator

_SIDE, _RENDERED, _ROUND, _SEED = 256, 96, 44, 16
_OUTLINE = (255, 92, 40)


def draw_icon() -> Image.Image:
    """(256, 256) RGBA; small when rendered, so that the crack still shows at the size of a list's entry."""
    grey = render_normal("painted_metal", 4, _RENDERED).mean(axis=2, keepdims=True)
    tile = np.rint(np.clip(grey + 60, 0, 255)).astype(np.uint8).repeat(3, axis=2)
    task = Task(tile, "painted sheet", "crack", seed=_SEED)
    prompt = write_prompt(Edit("crack", size=1.0, severity=1.0, box=(0.3, 0.3, 0.7, 0.7)), task.item, task.anomaly)
    made = ProceduralGenerator().generate(task, analyze_scene(task.image), prompt, _SEED)
    assert made.mask is not None
    icon = cv2.resize(made.image, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    mask = cv2.resize(made.mask.astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    mask = cv2.dilate(
        (cv2.GaussianBlur(mask, (0, 0), 2) > 0.3).astype(np.uint8),
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (17, 17)),
    )
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(icon, contours, -1, _OUTLINE, 4, cv2.LINE_AA)
    corners = np.zeros((4 * _SIDE, 4 * _SIDE), np.uint8)
    inner, last = 4 * _ROUND, 4 * _SIDE - 1
    for x in (inner, last - inner):
        for y in (inner, last - inner):
            cv2.circle(corners, (x, y), inner, 255, -1)
    corners[inner : last - inner, :] = 255
    corners[:, inner : last - inner] = 255
    alpha = cv2.resize(corners, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return Image.fromarray(np.dstack([icon, alpha]), "RGBA")


if __name__ == "__main__":
    draw_icon().save(Path(__file__).with_name("icon.png"), optimize=True)
