"""Makes the samples of a data set: which image, which seed, and how many until enough have passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import InputError
from ..core.result import Result
from ..core.task import Counts, Range, Task
from ..imaging.io import read_picture
from ..imaging.tone import ItemTone
from ..loop.agent_loop import AgentLoop
from ..loop.episode import Event

#: Episodes at most for one accepted sample wanted, beyond a few spare ones.
_EPISODES_A_SAMPLE, _SPARE_EPISODES = 2, 5


@dataclass(frozen=True, eq=False)
class Sample:
    """One finished episode. source: the normal image's file, None where it came from no file."""

    task: Task
    source: Path | None
    result: Result


class NormalImages:
    """The normal images of an item, read when needed; broken ones are reported once, and passed over from then on."""

    def __init__(
        self,
        paths: Sequence[Path],
        on_notice: Callable[[str], None],
        size: tuple[int, int] | None = None,
        tone: ItemTone | None = None,
    ) -> None:
        """on_notice: is told once of each image that is skipped, and of what was done to read one. size: (height, width) that a
        region asks for; images of another size are skipped. tone: the item's scale; of these images by default."""
        self._paths = tuple(paths)
        self._on_notice = on_notice
        self._size = size
        self._tone = tone or ItemTone(paths)
        self._broken: set[Path] = set()
        self._remarked: set[Path] = set()
        self._last: tuple[Path, np.ndarray] | None = None

    def pick(self, rng: np.random.Generator) -> tuple[Path, np.ndarray]:
        """A random usable image, (H, W, 3) uint8. Earlier picks, and who made them, make no difference.

        Raises InputError when none is left.
        """
        left = list(self._paths)
        while left:
            path = left[int(rng.integers(len(left)))]
            if path not in self._broken:
                if self._last is not None and self._last[0] == path:
                    return self._last
                try:
                    self._last = (path, self._read(path))
                except InputError as error:
                    self._broken.add(path)
                    self._on_notice(f"skipped: {error}")
                else:
                    return self._last
            left.remove(path)
        raise InputError("no usable image is left; see the messages above for what is wrong with each")

    def _read(self, path: Path) -> np.ndarray:
        found = read_picture(path, self._tone)
        image = found.image
        if self._size is not None and image.shape[:2] != self._size:
            height, width = self._size
            raise InputError(
                f"{path}: {image.shape[1]}x{image.shape[0]} px, but the region is for {width}x{height} px; "
                "run images of another size with a region of their own"
            )
        if path not in self._remarked:
            self._remarked.add(path)
            for remark in found.remarks:
                self._on_notice(f"noted: {path}: {remark}")
        return image


@dataclass(frozen=True, eq=False)
class SampleRequest:
    """A kind of sample: item, anomaly type, and where, how large, how severe and how many its defects may be, and what is meant
    (see Task)."""

    item: str
    anomaly: str
    region: np.ndarray | None = None
    size: Range | None = None
    severity: Range | None = None
    defects: Counts | None = None
    meaning: str = ""


def most_episodes(count: int) -> int:
    """How many episodes at most are run for `count` accepted samples of a type."""
    return _EPISODES_A_SAMPLE * count + _SPARE_EPISODES


def make_sample(
    loop: AgentLoop,
    images: NormalImages,
    request: SampleRequest,
    episode: int,
    seed: int,
    image_name: Callable[[Path], str] = lambda path: path.name,
    on_event: Callable[[Event], None] | None = None,
) -> Sample:
    """Runs episode 0, 1, ... of a type. It draws its image and its seed from (seed, anomaly, episode): the same arguments
    give the same sample, whatever was made before. image_name: what the record calls an image."""
    rng = np.random.default_rng([seed, episode, *request.anomaly.encode()])
    source, image = images.pick(rng)
    task = Task(
        image,
        request.item,
        request.anomaly,
        request.region,
        int(rng.integers(2**31)),
        image_name(source),
        request.size,
        request.severity,
        request.defects,
        meaning=request.meaning,
    )
    return Sample(task, source, loop.synthesize(task, on_event))


def make_samples(
    loop: AgentLoop, images: NormalImages, request: SampleRequest, count: int, seed: int
) -> Iterator[Sample]:
    """Samples of one kind until `count` have passed, or twice as many and a few spare ones were tried."""
    passed = 0
    for episode in range(most_episodes(count)):
        if passed == count:
            return
        sample = make_sample(loop, images, request, episode, seed)
        passed += sample.result.passed
        yield sample
