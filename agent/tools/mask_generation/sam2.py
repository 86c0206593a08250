"""Segment Anything 2 by transformers, as a predictor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import InputError
from ...models.foreign_code import refuse_code, refuse_mapped_code
from ...models.libraries import require
from ...models.residency import ModelMemory, Resident, shared_memory
from ...models.weights import check_all_loaded, check_weights

_CONFIG = "config.json"
# Nothing is fetched, and no code of the folder's own is run.
_HERE = {"local_files_only": True, "trust_remote_code": False}


class Sam2Predictor:
    """A Sam2Model with its processor. memory: who moves its weights."""

    def __init__(self, model: Any, processor: Any, memory: ModelMemory | None = None) -> None:
        self._memory = memory or shared_memory()
        self._resident = Resident([model], "Segment Anything 2")
        self._model = model.eval()
        self._processor = processor
        self._seen: Any = None
        self._embeddings: Any = None

    def save_memory(self) -> bool:
        """Moves all models off the GPU; this one comes back alone."""
        self._memory.let_go()
        return True

    def look_at(self, image: np.ndarray) -> None:
        """image: (H, W, 3) uint8 RGB."""
        import torch

        self._memory.use(self._resident)
        self._seen = self._processor(images=image, return_tensors="pt").to(self._memory.device)
        with torch.inference_mode():
            self._embeddings = self._model.get_image_embeddings(self._seen["pixel_values"])

    def masks(self, box: tuple[int, int, int, int], points: np.ndarray) -> np.ndarray:
        """(N, H, W) bool candidates for box (x0, y0, x1, y1) px and points, (P, 2) px: from both, and from the box."""
        import torch

        sizes = self._seen["original_sizes"]
        found = []
        for with_points in (True, False):
            prompts: dict[str, Any] = {"input_boxes": [[list(map(float, box))]]}
            if with_points:
                prompts["input_points"] = [[[list(map(float, point)) for point in points]]]
                prompts["input_labels"] = [[[1] * len(points)]]
            given = self._processor(original_sizes=sizes, return_tensors="pt", **prompts).to(self._memory.device)
            given.pop("original_sizes", None)
            with torch.inference_mode():
                made = self._model(image_embeddings=self._embeddings, multimask_output=True, **given)
            masks = self._processor.post_process_masks(made.pred_masks.cpu(), sizes.cpu())[0]
            found.append(masks[0].numpy())
        return np.concatenate(found).astype(bool)


def load_sam2(folder: Path, memory: ModelMemory | None = None) -> Sam2Predictor:
    """The model of a folder as transformers saves it. Raises InputError, naming the file, for any other."""
    transformers = require("transformers", "Segment Anything 2")
    expected = "a folder of Segment Anything 2 as transformers saves it (config.json, model.safetensors)"
    if not (folder / _CONFIG).is_file():
        raise InputError(f"{folder}: {_CONFIG} is missing; give {expected}")
    refuse_code(folder)
    check_weights(folder)
    if not hasattr(transformers, "Sam2Model"):
        raise InputError(f"Segment Anything 2 needs transformers 4.57 or newer, this is {transformers.__version__}")
    try:
        kind = transformers.AutoConfig.from_pretrained(folder, **_HERE).model_type
        if kind not in ("sam2", "sam2_video"):
            raise InputError(f"{folder / _CONFIG}: is of model type {kind!r}; give {expected}")
        model, told = transformers.Sam2Model.from_pretrained(
            folder, use_safetensors=True, output_loading_info=True, **_HERE
        )
        check_all_loaded(told["missing_keys"], folder)
        processor = transformers.Sam2Processor.from_pretrained(folder, **_HERE)
    except Exception as error:  # of any class, at damaged files
        if isinstance(error, InputError):
            raise
        refuse_mapped_code(folder)
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{folder}: cannot be loaded ({reason[:200]}); give {expected}") from error
    return Sam2Predictor(model, processor, memory)
