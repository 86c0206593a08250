"""How well mask_gen finds known masks from two pictures: mean IoU by disturbance and by family.

Pairs: normal images of each category with a rendered defect, whose mask is known. The edited picture is disturbed as an
editor or a camera would: brightness x0.9-1.1, JPEG quality 80, a shift of up to 2 px, and all of them.

    python benchmarks/mask_iou.py DATA [--seed 0]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.naming import default_families
from anomaly_agent.agent.imaging.io import read_image
from anomaly_agent.agent.imaging.picture_files import list_images
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.mask_generation import ChangeMaskGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator

DISTURBANCES = ("none", "brightness", "jpeg", "shift", "all")
PAIRS_A_FAMILY = 8


def disturb(image: np.ndarray, mask: np.ndarray, how: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The picture after a disturbance, and the mask where it then lies."""
    if how in ("shift", "all"):
        dx, dy = rng.uniform(-2, 2, 2)
        shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        size = (image.shape[1], image.shape[0])
        image = cv2.warpAffine(image, shift, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpAffine(mask.astype(np.float32), shift, size) > 0.5
    if how in ("brightness", "all"):
        image = np.clip(np.rint(image * rng.uniform(0.9, 1.1)), 0, 255).astype(np.uint8)
    if how in ("jpeg", "all"):
        _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    return np.ascontiguousarray(image), mask


def iou(found: np.ndarray, known: np.ndarray) -> float:
    """Intersection over union of two bool masks."""
    return float((found & known).sum() / max((found | known).sum(), 1))


def main() -> None:
    """Prints the mean IoU by category and disturbance, and by family over all disturbances."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    planner, generator, masks = ScenePromptGenerator(), ProceduralGenerator(), ChangeMaskGenerator()
    by_family: dict[str, list[float]] = defaultdict(list)
    everything: list[float] = []
    print(f"{'category':15}" + "".join(f"{how:>12}" for how in DISTURBANCES))
    for root in sorted(path for path in options.data.iterdir() if (path / "train" / "good").is_dir()):
        paths = list_images(root / "train" / "good")
        rng = np.random.default_rng(options.seed)
        rows: dict[str, list[float]] = defaultdict(list)
        for family in default_families():
            for _ in range(PAIRS_A_FAMILY):
                image = read_image(paths[int(rng.integers(len(paths)))])
                scene, seed = analyze_scene(image), int(rng.integers(2**31))
                task = Task(image, root.name, family, None, seed)
                try:
                    made = generator.edit(task, scene, planner.plan(task, scene), seed)
                except InputError:
                    continue
                assert made.mask is not None
                for how in DISTURBANCES:
                    edited, known = disturb(made.image, made.mask, how, rng)
                    value = iou(masks.segment(image, edited), known)
                    rows[how].append(value)
                    by_family[family].append(value)
        everything += [value for values in rows.values() for value in values]
        print(f"{root.name:15}" + "".join(f"{np.mean(rows[how]):12.3f}" for how in DISTURBANCES))
    print("\nby family: " + ", ".join(f"{family} {np.mean(values):.2f}" for family, values in by_family.items()))
    print(f"mean IoU of all pairs: {np.mean(everything):.3f}")


if __name__ == "__main__":
    main()
