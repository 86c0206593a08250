"""An image generator that does not do quite what its prompt says, as diffusion editors do not.

The embedded generator renders a prompt to the letter, so that a plan that is good is good at once, and a policy learns
nothing from it. This one has a bias, the same throughout a task: it draws everything smaller, or fainter, or beside the
place, pastes it in with a seam, or takes one defect for another until the prompt explains it. What the bias is shows in
the images and the reviews alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...agent.core.errors import InputError
from ...agent.core.task import Task
from ...agent.defects.edit import Edit
from ...agent.defects.families import FAMILIES
from ...agent.defects.prompt_text import read_prompt, write_prompt
from ...agent.policies.trained.action_codec import is_explained, size_of
from ...agent.scene.scene import Scene
from ...agent.tools.image_generation import ProceduralGenerator
from ...agent.tools.interfaces import GeneratedImage, ImageGenerator

# Where a faint editor's contrast reaches that of the defect as drawn; below, it fades in proportion.
_FULL_STRENGTH = 0.45
_ASKED_STRENGTH = 0.6
#: A prompt with at least this softness leaves no seam.
SEAMLESS = 0.6
# From this shift on, in fractions of the image, the editor does not care for product or region either.
_CARELESS = 0.08


@dataclass(frozen=True)
class EditorBias:
    """How an editor departs from its prompt.

    size, severity: factors; a faint editor's defects fade. shift: (x, y) in fractions of the image. seam: 0-1, how visible
    the pasted rectangle is against the defect. confuses_defect: draws another defect until the prompt explains it. drops: words
    that it mostly overlooks, of DROPPABLE, and mostly heeds where the prompt stresses them.
    """

    size: float = 1.0
    severity: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    seam: float = 0.0
    confuses_defect: bool = False
    drops: frozenset[str] = frozenset()


#: What an editor can overlook -> the fields of a prompt that say it, and what is drawn instead.
DROPPABLE: dict[str, dict[str, object]] = {
    "count": {"count": None},
    "place": {"box": None, "place": None, "relation": None, "part": None, "part_number": None},
    "colour": {"colour": None, "tone": None},
    "tone": {"tone": None},
    "direction": {"angle": None, "direction": None},
    "width": {"width": None},
    "shape": {"shape": None},
    "size": {"size": None},
    "relation": {"relation": None, "part": None, "part_number": None},
}
#: How often a word is overlooked, and how often where the prompt stresses it.
_OVERLOOKED, _THOUGH_STRESSED = 0.85, 0.3

#: An editor that does as it is told.
FAITHFUL = EditorBias()


def draw_bias(rng: np.random.Generator) -> EditorBias:
    """A bias at random. Sizes from a quarter to threefold, strength from a sixth to a fifth more; two in five editors miss
    the place, a quarter leave a seam, a fifth confuse defects.
    """
    size = float(np.exp(rng.uniform(np.log(0.25), np.log(3.0))))
    severity = float(rng.uniform(0.15, 1.2))
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.4) * (rng.random() < 0.4)
    seam = float(rng.uniform(0.5, 1.0)) * (rng.random() < 0.25)
    confuses_defect = bool(rng.random() < 0.2)
    shift = (float(reach * np.cos(angle)), float(reach * np.sin(angle)))
    return EditorBias(size, severity, shift, seam, confuses_defect)


class UnfaithfulEditor:
    """See the module. inner: what draws; it must know every family."""

    def __init__(self, bias: EditorBias, inner: ImageGenerator | None = None) -> None:
        self.bias = bias
        self.inner = inner or ProceduralGenerator()

    def edit(self, task: Task, scene: Scene, prompt: str, seed: int) -> GeneratedImage:
        """See ImageGenerator. Beyond the seam's rectangle the pixels are the original's, bit for bit."""
        bounds = scene.bounding_box
        edit, *others = read_prompt(prompt, task.asked, bounds, task.image.shape[:2], task.item)
        bias = self.bias
        drawn = edit.with_(
            # Also where the prompt does not say: silence is no way round the bias.
            size=edit.size if bias.size == 1.0 else min(max(size_of(edit) * bias.size, 0.01), 1.5),
            severity=None if edit.severity is None else min(edit.severity * bias.severity, 1.0),
        )
        if bias.drops:
            rng = np.random.default_rng(seed)
            drawn, *others = (_overlooking(one, bias.drops, rng) for one in (drawn, *others))
            # Or the renderer would read the words in the task.
            task = replace(
                task,
                meaning="",
                anomaly=" and ".join(FAMILIES[one.family].noun_of(one.variant) for one in (drawn, *others)),
            )
        family = FAMILIES[edit.family].confused_with
        if bias.confuses_defect and family is not None and not is_explained(prompt):
            drawn = drawn.with_(family=family, variant=None, tone=None, colour=None)
            task = replace(task, anomaly=FAMILIES[family].noun, meaning="")
        if max(abs(bias.shift[0]), abs(bias.shift[1])) >= _CARELESS:
            task, scene, drawn = _astray(task, scene, drawn, bias.shift)
        try:
            made = self.inner.edit(
                task, scene, write_prompt((drawn, *others), task.item, task.asked, bounds=bounds), seed
            )
        except InputError:  # too faint or too small to be drawn: such an editor gives back what it was given
            return GeneratedImage(task.image, np.zeros(task.image.shape[:2], bool))
        strength = (edit.severity if edit.severity is not None else _ASKED_STRENGTH) * bias.severity
        if bias.severity < 1.0 and strength < _FULL_STRENGTH:
            made = GeneratedImage(_faded(task.image, made.image, strength / _FULL_STRENGTH), made.mask)
        seam = bias.seam * max(0.0, 1.0 - (edit.softness or 0.0) / SEAMLESS)
        if seam == 0 or made.mask is None:
            return made
        return GeneratedImage(_with_seam(task.image, made, seam), made.mask)


def _overlooking(edit: Edit, drops: frozenset[str], rng: np.random.Generator) -> Edit:
    """The edit as an editor reads it that overlooks words."""
    for name in sorted(drops):
        if rng.random() < (_THOUGH_STRESSED if name in edit.insisted else _OVERLOOKED):
            edit = edit.with_(**DROPPABLE[name])
            if name == "count":
                edit = edit.with_(count=int(rng.integers(1, 4)))
    return edit


def _astray(task: Task, scene: Scene, edit: Edit, shift: tuple[float, float]) -> tuple[Task, Scene, Edit]:
    """The same, where all of the picture is allowed and the box lies beside its place."""
    free = replace(scene, foreground=np.ones_like(scene.foreground), products=1)
    size = None if edit.size is None else edit.size * scene.product_size / free.product_size
    box = edit.box
    if box is not None:
        x = min(max(shift[0], -box[0]), 1.0 - box[2])
        y = min(max(shift[1], -box[1]), 1.0 - box[3])
        box = (box[0] + x, box[1] + y, box[2] + x, box[3] + y)
    return replace(task, region=None), free, edit.with_(size=size, box=box, place=None)


def _faded(normal: np.ndarray, image: np.ndarray, share: float) -> np.ndarray:
    """The image with this share, 0-1, of its change; both (H, W, 3) uint8."""
    change = image.astype(np.float32) - normal
    return np.clip(np.rint(normal + share * change), 0, 255).astype(np.uint8)


def _with_seam(normal: np.ndarray, made: GeneratedImage, seam: float) -> np.ndarray:
    """The image with the defect's enclosing rectangle in another tone, by a share `seam` of the defect's own contrast."""
    assert made.mask is not None
    change = np.abs(made.image.astype(np.int16) - normal).max(axis=2)
    contrast = float(np.percentile(change[made.mask], 60)) if made.mask.any() else 0.0
    left, top, width, height = cv2.boundingRect(made.mask.astype(np.uint8))
    room = max(4, round(0.03 * max(normal.shape[:2])))
    rows = slice(max(0, top - room), top + height + room)
    columns = slice(max(0, left - room), left + width + room)
    image = made.image.astype(np.int16)
    darker = float(normal[rows, columns].mean()) > 128
    image[rows, columns] += round(seam * max(contrast, 12.0)) * (-1 if darker else 1)
    return np.clip(image, 0, 255).astype(np.uint8)
