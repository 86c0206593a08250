"""Does the critic tell real defects from spoiled ones? Prints the AUC of its score by category and kind of flaw.

Real side: a real defect image, its normal side rebuilt by inpainting the mask. Spoiled side, on normal images of the
category: a patch pasted with a hard edge; the right defect on the background or outside the region; far too large;
invisible; and a defect of another family, drawn from all families of another silhouette.

    python benchmarks/critic_auc.py DATA [--seed 0]

DATA: folders in the MVTec AD layout with ground_truth/. Nothing is fitted here, and no constant came from this data.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.describing import resolve
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.naming import default_families
from anomaly_agent.agent.defects.prompt_text import write_prompt
from anomaly_agent.agent.imaging.inpaint import rebuild_normal
from anomaly_agent.agent.imaging.io import read_image
from anomaly_agent.agent.imaging.picture_files import list_images
from anomaly_agent.agent.scene.scene import Scene, allowed_area, analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator
from anomaly_agent.agent.tools.quality_evaluation import ComputedCritic

FLAWS = ("pasted", "misplaced", "too large", "invisible", "wrong family")
SPOILED_A_FLAW = 60


def real_scores(root: Path, critic: ComputedCritic) -> Iterator[float]:
    """Scores of the real defects of a category."""
    for mask_path in sorted((root / "ground_truth").glob("*/*_mask.png")):
        kind = mask_path.parent.name
        image = read_image(next((root / "test" / kind).glob(mask_path.name.replace("_mask.png", ".*"))))
        mask = cv2.imread(str(mask_path), cv2.IMREAD_GRAYSCALE) > 127
        if mask.shape != image.shape[:2] or not mask.any():
            continue
        normal = rebuild_normal(image, mask)
        yield critic.judge(Task(normal, root.name, kind), analyze_scene(normal), image).score


def spoiled_scores(root: Path, flaw: str, seed: int, critic: ComputedCritic) -> Iterator[float]:
    """Scores of spoiled edits of a category's normal images, the anomaly types in turn."""
    kinds = sorted(path.name for path in (root / "ground_truth").iterdir())
    paths = list_images(root / "train" / "good")
    rng = np.random.default_rng([seed, FLAWS.index(flaw)])
    made = 0
    while made < SPOILED_A_FLAW:
        kind = kinds[made % len(kinds)]
        image = read_image(paths[int(rng.integers(len(paths)))])
        scene = analyze_scene(image)
        try:
            task, edited = spoil(flaw, image, scene, root.name, kind, rng)
        except InputError:
            continue
        made += 1
        yield critic.judge(task, scene, edited).score


def spoil(
    flaw: str, image: np.ndarray, scene: Scene, item: str, kind: str, rng: np.random.Generator
) -> tuple[Task, np.ndarray]:
    """A task and a spoiled edit of its image."""
    task = Task(image, item, kind, None, int(rng.integers(2**31)))
    if flaw == "pasted":
        return task, _pasted(image, scene, rng)
    if flaw == "misplaced":
        return _misplaced(task, scene, rng)
    if flaw == "too large":
        family = resolve(kind).family
        prompt = write_prompt(Edit(family, size=float(rng.uniform(1.5, 2.5)), severity=0.8, count=3), item, kind)
        made = ProceduralGenerator().edit(task, scene, prompt, int(rng.integers(2**31))).image
        tint = rng.uniform(0.55, 0.8) if rng.random() < 0.5 else rng.uniform(1.25, 1.6)
        everywhere = np.clip(made * tint, 0, 255) if not scene.bilevel else 255.0 - made
        return task, np.where(scene.foreground[..., None], everywhere, image).astype(np.uint8)
    good = ProceduralGenerator().generate
    prompt = ScenePromptGenerator().plan(task, scene)
    if flaw == "invisible":
        made = good(task, scene, prompt, int(rng.integers(2**31))).image.astype(float)
        return task, np.rint(image + float(rng.uniform(0.0, 0.06)) * (made - image)).astype(np.uint8)
    own = FAMILIES[resolve(kind).family].silhouette
    others = sorted(name for name in default_families() if FAMILIES[name].silhouette is not own)
    other = others[int(rng.integers(len(others)))]
    wrong = Task(image, item, other, None, task.seed)
    made = good(wrong, scene, ScenePromptGenerator().plan(wrong, scene), int(rng.integers(2**31))).image
    return task, made


def _pasted(image: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """CutPaste (Li et al., CVPR 2021): a rectangle from elsewhere, jittered in brightness, pasted with no blending."""
    height, width = image.shape[:2]
    area = height * width * float(rng.uniform(0.01, 0.06))
    ratio = float(rng.uniform(0.4, 2.5))
    h = int(np.clip(np.sqrt(area * ratio), 8, height // 2))
    w = int(np.clip(np.sqrt(area / ratio), 8, width // 2))
    centres = np.argwhere(scene.foreground[h // 2 : height - h // 2, w // 2 : width - w // 2])
    top, left = centres[int(rng.integers(len(centres)))]
    from_top, from_left = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
    patch = image[from_top : from_top + h, from_left : from_left + w].astype(float) * float(rng.uniform(0.7, 1.3))
    out = image.copy()
    out[top : top + h, left : left + w] = np.clip(patch, 0, 255)[: height - top, : width - left]
    return out


def _misplaced(task: Task, scene: Scene, rng: np.random.Generator) -> tuple[Task, np.ndarray]:
    """The right defect where it may not be: on the background of an object, outside a region on a texture."""
    height, width = scene.foreground.shape
    if scene.category == "object":
        elsewhere = cv2.erode((~scene.foreground).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        region = None
    else:
        elsewhere = np.zeros((height, width), bool)
        elsewhere[:, : width // 2] = True
        region = ~elsewhere if rng.random() < 0.5 else elsewhere
        elsewhere = ~region
    elsewhere_task = Task(task.image, task.item, task.anomaly, elsewhere, task.seed)
    everywhere = Scene(**{**vars(scene), "foreground": np.ones_like(scene.foreground), "products": 1})
    assert allowed_area(everywhere, elsewhere).any()
    prompt = ScenePromptGenerator().plan(elsewhere_task, everywhere)
    made = ProceduralGenerator().edit(elsewhere_task, everywhere, prompt, int(rng.integers(2**31))).image
    return Task(task.image, task.item, task.anomaly, region, task.seed), made


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Area under the ROC curve: the share of pairs in the right order, ties counted half."""
    above = (positive[:, None] > negative[None, :]).mean()
    return float(above + 0.5 * (positive[:, None] == negative[None, :]).mean())


def main() -> None:
    """Prints one row a category."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    critic = ComputedCritic()
    print(f"{'category':15}{'real':>6}{'passed':>8}" + "".join(f"{flaw:>14}" for flaw in (*FLAWS, "all")))
    for root in sorted(path for path in options.data.iterdir() if (path / "ground_truth").is_dir()):
        real = np.array(list(real_scores(root, critic)))
        spoiled = {flaw: np.array(list(spoiled_scores(root, flaw, options.seed, critic))) for flaw in FLAWS}
        row = [auc(real, scores) for scores in spoiled.values()] + [auc(real, np.concatenate([*spoiled.values()]))]
        passed = 100 * float((real > 5).mean())
        print(f"{root.name:15}{len(real):6}{passed:7.0f}%" + "".join(f"{value:14.3f}" for value in row))


if __name__ == "__main__":
    main()
