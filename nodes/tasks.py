"""From a node's inputs to the agent's tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..agent.assembly.embedded import DEFAULT_POLICY, POLICIES, embedded_backends
from ..agent.core.errors import InputError
from ..agent.core.task import Task, check_region
from ..agent.defects.understanding import check_meaning
from ..agent.loop.toolbox import Backends
from ..agent.policies.base import Policy
from ..agent.tools.knowledge_retrieval.meaning import with_meaning
from .schema import MAX_SEED
from .tensors import Pictures, masks, matched, pictures


def make_tasks(
    image: Sequence[Any],
    item: Sequence[str],
    anomaly_type: Sequence[str],
    region: Sequence[Any] | None,
    seed: Sequence[int],
    image_name: str = "image",
    meaning: Sequence[str] | None = None,
    knowledge: Any = None,
) -> tuple[Pictures, list[Task]]:
    """One task an image, in order. Each argument is the list that a node of lists gets; image_name: the input's name.
    knowledge: where a type is looked up that no family has a word of; None leaves it to the loop.

    Raises InputError, naming the input, for what does not fit together.
    """
    found = pictures(image, image_name)
    count = len(found)
    regions = masks(region, "region")
    items = matched(item, count, "item", "names")
    anomalies = matched(anomaly_type, count, "anomaly_type", "names")
    seeds = [seed[0] + index for index in range(count)] if len(seed) == 1 else matched(seed, count, "seed", "seeds")
    meanings = matched(meaning or [""], count, "meaning", "texts")
    tasks = []
    for index, (array, mask) in enumerate(zip(found.arrays, matched(regions, count, "region", "masks"), strict=True)):
        # Load Image gives a black mask, of any size, where nothing is painted.
        painted = mask if mask is not None and mask.any() else None
        if painted is not None:
            check_region(painted, array.shape[:2])
        meant = meanings[index].strip()
        check_meaning(meant)
        seeded = int(seeds[index]) % (MAX_SEED + 1)
        task = Task(array, items[index], anomalies[index], painted, seeded, meaning=meant)
        tasks.append(task if knowledge is None else with_meaning(task, knowledge))
    return found, tasks


def only(values: Sequence[Any] | None, name: str) -> Any:
    """The one value of an input that takes no list; None where it is unconnected. Raises InputError for several."""
    if values is None or len(values) == 0:
        return None
    if len(values) > 1 and any(value != values[0] for value in values[1:]):
        raise InputError(f"{name}: {len(values)} different values; give one")
    return values[0]


def choose_backends(
    prompt_generator: Any = None, editor: Any = None, judge: Any = None, knowledge: Any = None, segmenter: Any = None
) -> Backends:
    """The connected backends, and the embedded ones for the rest. Raises InputError for what is no backend."""
    embedded = embedded_backends()
    return Backends(
        prompt_generator=_connected(prompt_generator, "prompt_generator", "plan", embedded.prompt_generator),
        image_generator=_connected(editor, "editor", "edit", embedded.image_generator),
        judge=_connected(judge, "judge", "judge", embedded.judge),
        knowledge=_connected(knowledge, "knowledge", "search", embedded.knowledge),
        mask_generator=_connected(segmenter, "segmenter", "segment", embedded.mask_generator),
    )


def choose_policy(policy: Policy | None) -> Policy:
    """The connected policy, or the embedded one. Raises InputError for what is no policy."""
    if policy is None:  # the shipped one is read from the disk only where it serves
        return POLICIES[DEFAULT_POLICY]()
    return _connected(policy, "policy", "next_turn", None)


def _connected(given: Any, name: str, method: str, embedded: Any) -> Any:
    """What is connected, where it can do what is asked of it: a wire of any type, such as a switch's, can bring anything."""
    if given is None:
        return embedded
    if not callable(getattr(given, method, None)):
        raise InputError(
            f"{name}: got {type(given).__name__}, which is no {name.replace('_', ' ')}; connect a {name} output of this "
            "pack's loaders, or disconnect it"
        )
    return given


def same_size(image: np.ndarray, normal: np.ndarray, name: str, other: str) -> None:
    """Raises InputError where two images differ in size."""
    if image.shape != normal.shape:
        raise InputError(
            f"{name}: {image.shape[1]}x{image.shape[0]} px, but {other} is {normal.shape[1]}x{normal.shape[0]} px; "
            "scale one of them to the other's size"
        )
