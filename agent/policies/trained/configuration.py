"""config.json of a checkpoint: a small Qwen3, with every number that the model is built from checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import InputError
from ...core.foreign_files import read_whole
from ...core.json_reading import read_json

# A small model's context takes megabytes; what would take more than this is no file of ours.
_MOST_CACHE_BYTES = 2 << 30
_MOST_LAYERS = 512
_MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Configuration:
    """layers: of the transformer. heads: of the queries; groups: of keys and values. context: tokens. eps: of the norms.
    rope_base: of the rotary positions.
    """

    layers: int
    heads: int
    groups: int
    head_size: int
    context: int
    eps: float
    rope_base: float


def read_config(path: Path) -> Configuration:
    """The configuration as transformers writes it. Raises InputError, naming the file and the entry."""
    try:
        value = read_json(read_whole(path, _MOST_BYTES))
    except OSError as error:
        raise InputError(f"{path}: cannot be read; give a folder that training has written") from error
    except ValueError as error:
        reason = getattr(error, "msg", type(error).__name__)
        raise InputError(f"{path}: is no JSON ({reason})") from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: is no model's configuration; give a folder that training has written")
    if value.get("model_type") != "qwen3" or not value.get("tie_word_embeddings"):
        kind = str(value.get("model_type"))[:40]
        raise InputError(f"{path}: describes {kind!r}; a small Qwen3 with tied embeddings was expected")
    rope = value.get("rope_parameters") or value
    found = Configuration(
        layers=_whole(value, "num_hidden_layers", path),
        heads=_whole(value, "num_attention_heads", path),
        groups=_whole(value, "num_key_value_heads", path),
        head_size=_whole(value, "head_dim", path),
        context=_whole(value, "max_position_embeddings", path),
        eps=_positive(value, "rms_norm_eps", path),
        rope_base=_positive(rope if isinstance(rope, dict) else {}, "rope_theta", path),
    )
    cache = 8 * found.layers * found.groups * found.context * found.head_size
    if found.layers > _MOST_LAYERS or cache > _MOST_CACHE_BYTES:
        raise InputError(
            f"{path}: describes a model too large to be read here; give a small one that training has written"
        )
    if found.heads % found.groups or found.head_size % 2:
        raise InputError(f"{path}: heads that do not share keys evenly, or of odd size; give it as training wrote it")
    return found


def _whole(value: dict[str, Any], name: str, path: Path) -> int:
    number = value.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise InputError(
            f"{path}: {name} is {str(number)[:40]!r}, not a whole number from 1; give it as training wrote it"
        )
    return number


def _positive(value: dict[str, Any], name: str, path: Path) -> float:
    number = value.get(name)
    if not isinstance(number, int | float) or isinstance(number, bool) or not 0 < number < 1e12 or math.isnan(number):
        raise InputError(f"{path}: {name} is {str(number)[:40]!r}, not a number above 0; give it as training wrote it")
    return float(number)
