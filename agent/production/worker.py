"""Makes one sample of a plan at a time, with its models kept loaded: the work of a run in one process, and of each worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from ..assembly.choice import ChosenModels
from ..core.errors import BackendError
from ..dataset.encoded import EncodedSample, encode_sample
from ..dataset.samples import NormalImages, Sample, SampleRequest, make_sample
from ..imaging.deep import DeepPicture, read_deep
from ..imaging.io import encode_png, read_mask
from ..imaging.tone import ItemTone
from ..loop.agent_loop import AgentLoop
from .plan import Plan
from .schedule import Job

# Normal images are encoded once; so many bytes of an item's files are kept for the next samples on them.
_KEPT_BYTES = 16 * 2**20
# A plan's items come one after the other; workers at the border of two need both.
_KEPT_ITEMS = 2


class Worker:
    """The same job gives the same sample, wherever it is made and whatever was made before."""

    def __init__(
        self, plan: Plan, on_work: Callable[[], None] = lambda: None, on_notice: Callable[[str], None] = lambda _: None
    ) -> None:
        """on_work: called at every turn, and at every step of a model; may raise to cancel. on_notice: is told of a normal
        image that cannot be used, and of what was done to read one, once.

        Raises InputError for models that do not fit together.
        """
        self._plan = plan
        self._on_work = on_work
        self._on_notice = on_notice
        self._models = ChosenModels(plan.models, *plan.knowledge, on_work=on_work)
        self._inputs = lru_cache(maxsize=_KEPT_ITEMS)(self._open_inputs)
        self._region = lru_cache(maxsize=_KEPT_ITEMS)(read_mask)

    def load(self) -> None:
        """Loads the models, which the first sample would do otherwise. Raises InputError, BackendError."""
        _ = self._loop

    def make(self, job: Job) -> EncodedSample:
        """Raises BackendError where a model or server fails, InputError where no normal image can be used."""
        item = self._plan.items[job.item]
        one = item.types[job.type]
        region = None if one.region is None else self._region(one.region, item.first_size)
        request = SampleRequest(item.name, one.anomaly, region, one.size, one.severity, one.defects, one.meaning)
        inputs = self._inputs(job.item)
        images = inputs.sized if region is not None else inputs.any_size
        try:
            sample = make_sample(
                self._loop, images, request, job.episode, self._plan.seed, item.image_name, lambda _: self._on_work()
            )
        except RuntimeError as error:
            if _gpu_failed(error):
                raise BackendError(f"the GPU failed ({str(error).splitlines()[0]}); see that it works again") from error
            raise
        deep = inputs.deep(sample) if self._plan.bit_depth > 8 else None
        return encode_sample(sample, normal=inputs.encoded(sample, deep), deep=deep)

    @cached_property
    def _loop(self) -> AgentLoop:
        models, plan = self._models, self._plan
        return AgentLoop(models.policy, models.backends, plan.max_attempts, plan.threshold)

    def _open_inputs(self, number: int) -> _Inputs:
        item = self._plan.items[number]
        any_size = NormalImages(item.images, self._on_notice, None, item.tone)
        return _Inputs(any_size, NormalImages(item.images, self._on_notice, item.first_size, item.tone), item.tone)


@dataclass
class _Inputs:
    """An item's normal images: of any size, and of the size that its regions have. tone: their scale. files: some of them as
    PNG."""

    any_size: NormalImages
    sized: NormalImages
    tone: ItemTone
    files: dict[Path | None, bytes] = field(default_factory=dict)

    def deep(self, sample: Sample) -> DeepPicture | None:
        """A sample's normal image with all bits of its file, None where that has no more than 8."""
        return None if sample.source is None else read_deep(sample.source, self.tone)

    def encoded(self, sample: Sample, deep: DeepPicture | None) -> bytes:
        """A sample's normal image as PNG."""
        if sample.source not in self.files:
            data = encode_png(sample.task.image) if deep is None else deep.to_png()
            if sum(map(len, self.files.values())) + len(data) > _KEPT_BYTES:
                self.files.clear()
            self.files[sample.source] = data
        return self.files[sample.source]


def _gpu_failed(error: RuntimeError) -> bool:
    """Whether torch says that the device itself is lost; its own class for that came with torch 2.8."""
    return type(error).__name__ == "AcceleratorError" or "CUDA error" in str(error) or "HIP error" in str(error)
