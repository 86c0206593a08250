"""Makes the samples of a data set one after the other: which image, which seed, until enough have passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..episode import Event
from ..errors import InputError
from ..imaging.io import read_image
from ..loop import AgentLoop
from ..result import Result
from ..task import Task

#: Episodes at most for one accepted sample wanted, beyond a few spare ones.
_EPISODES_A_SAMPLE, _SPARE_EPISODES = 2, 5


@dataclass(frozen=True, eq=False)
class Sample:
    """One finished episode. source: the normal image's file, None where it came from no file."""

    task: Task
    source: Path | None
    result: Result


class NormalImages:
    """The normal images of a run, read when needed; broken ones are reported once and skipped from then on."""

    def __init__(
        self, paths: Sequence[Path], on_skip: Callable[[str], None], size: tuple[int, int] | None = None
    ) -> None:
        """size: (height, width) that a region asks for; images of another size are skipped."""
        self._paths = list(paths)
        self._on_skip = on_skip
        self._size = size
        self._last: tuple[Path, np.ndarray] | None = None

    def pick(self, rng: np.random.Generator) -> tuple[Path, np.ndarray]:
        """A random usable image, (H, W, 3) uint8. Raises InputError when none is left."""
        while self._paths:
            path = self._paths[int(rng.integers(len(self._paths)))]
            if self._last is not None and self._last[0] == path:
                return self._last
            try:
                self._last = (path, self._read(path))
            except InputError as error:
                self._paths.remove(path)
                self._on_skip(str(error))
                continue
            return self._last
        raise InputError("no usable image is left; see the messages above for what is wrong with each")

    def _read(self, path: Path) -> np.ndarray:
        image = read_image(path)
        if self._size is not None and image.shape[:2] != self._size:
            height, width = self._size
            raise InputError(
                f"{path}: {image.shape[1]}x{image.shape[0]} px, but the region is for {width}x{height} px; "
                "run images of another size with a region of their own"
            )
        return image


def make_samples(
    loop: AgentLoop,
    images: NormalImages,
    item: str,
    anomaly: str,
    count: int,
    seed: int,
    region: np.ndarray | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Iterator[Sample]:
    """Episodes for one anomaly type until `count` have passed, or twice as many and a few spare ones were tried.

    Episode k draws its image and its seed from (seed, anomaly, k): the same arguments give the same samples.
    """
    passed = 0
    for episode in range(_EPISODES_A_SAMPLE * count + _SPARE_EPISODES):
        if passed == count:
            return
        rng = np.random.default_rng([seed, episode, *anomaly.encode()])
        source, image = images.pick(rng)
        task = Task(image, item, anomaly, region, int(rng.integers(2**31)), source.name)
        result = loop.synthesize(task, on_event)
        passed += result.passed
        yield Sample(task, source, result)
