"""Paint Region: a mask that the user paints on the node and the workflow keeps."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from comfy_api.latest import io

from ..agent.core.errors import InputError
from ..agent.core.json_reading import read_json
from ..agent.imaging.outline import picture_url
from .schema import image_input, schema
from .tensors import check_painted, mask_tensor, pictures

# Positions are rasterised with this many bits below the pixel.
_SHIFT = 4
_MOST_CHARACTERS = 2_000_000


class PaintRegion(io.ComfyNode):
    """Strokes over the image, as a MASK of its size."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentPaintRegion",
            display_name="Paint Region (Anomaly)",
            category="AnomalyAgent/load",
            description=(
                "Paint on the node where a defect may go. The strokes are saved in the workflow, and scale with the image. "
                "The image shows after the first run. Nothing painted: anywhere."
            ),
            search_aliases=["anomaly region", "draw mask", "brush mask", "region of interest"],
            has_intermediate_output=True,
            inputs=[
                image_input("The image to paint on."),
                io.String.Input(
                    "strokes",
                    default="[]",
                    multiline=True,
                    tooltip=(
                        'What was painted, as JSON: a list of {"points": [[x, y], ...], "width": w, "erase": false}, '
                        "all in fractions of the image's width; written by the brush."
                    ),
                ),
            ],
            outputs=[
                io.Image.Output("image", tooltip="The image as it came in."),
                io.Mask.Output("region", tooltip="What was painted, at the image's size; one mask for each image."),
            ],
        )

    @classmethod
    def execute(cls, image: Any, strokes: str) -> io.NodeOutput:
        """Rasterises the strokes."""
        found = pictures([image], "image")
        painted = [draw_strokes(strokes, array.shape[:2]) for array in found.arrays]
        shown = {"anomaly_agent_picture": [picture_url(found.arrays[0], 768)]}
        # The page learns of the picture even where nothing is painted yet.
        if not strokes.strip().strip("[]"):
            return io.NodeOutput(image, mask_tensor([np.ones_like(mask) for mask in painted]), ui=shown)
        check_painted(
            painted, "strokes", "all that was painted is erased; paint where the defect may go, or clear the region"
        )
        return io.NodeOutput(image, mask_tensor(painted), ui=shown)


def draw_strokes(text: str, size: tuple[int, int]) -> np.ndarray:
    """(H, W) bool of size (height, width) from strokes in JSON, in order. Raises InputError for text that is none."""
    if len(text) > _MOST_CHARACTERS:
        raise InputError("strokes: more than 2 MB of strokes; clear the region and paint it with fewer")
    try:
        strokes = read_json(text or "[]")
        mask = np.zeros(size, np.uint8)
        width = size[1]
        for stroke in strokes:
            points = np.asarray(stroke["points"], np.float64).reshape(-1, 2)
            thick = float(stroke["width"])
            if not (np.isfinite(points).all() and np.abs(points).max(initial=0) < 16 and 0 < thick <= 1):
                raise ValueError("a point or width outside the image")
            value = 0 if stroke.get("erase") else 1
            pixels = np.round((points * width - 0.5) * 2**_SHIFT).astype(np.int32)
            radius = max(1, round(thick * width / 2 * 2**_SHIFT))
            cv2.polylines(mask, [pixels], False, value, max(1, round(thick * width)), cv2.LINE_8, _SHIFT)
            for x, y in pixels[[0, -1]]:
                cv2.circle(mask, (int(x), int(y)), radius, value, -1, cv2.LINE_8, _SHIFT)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise InputError(
            f'strokes: not a list of {{"points", "width", "erase"}} ({error}); clear the region and paint it again'
        ) from error
    return mask > 0
