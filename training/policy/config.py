"""A training run's configuration, from YAML: every key is known, and a wrong one is named with its file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml

from ...agent.core.errors import InputError
from ...agent.core.verdict import PASS_THRESHOLD
from .rewards import RewardConfig

#: The configurations that come with the pack, by name.
PACKAGED = Path(__file__).parent / "configs"


@dataclass(frozen=True)
class ModelConfig:
    """backbone: "small", the pack's own little Qwen3, or "vision-language". seed: of random weights and of LoRA.

    For "small": its sizes. For "vision-language": base, a folder in transformers' format; lora_rank, 0 to train all weights
    (the vision encoder stays frozen either way); image_side, so that an image has at most image_side**2 px, 0 for the base's
    own limit; precision, of the arithmetic (and of frozen weights under LoRA); gradient_checkpointing, which computes
    activations twice rather than keep them.
    """

    backbone: Literal["small", "vision-language"] = "small"
    seed: int = 0
    hidden_size: int = 160
    intermediate_size: int = 480
    layers: int = 4
    heads: int = 5
    key_value_heads: int = 5
    context: int = 1536
    base: str = ""
    lora_rank: int = 0
    image_side: int = 0
    precision: Literal["float32", "bfloat16"] = "float32"
    gradient_checkpointing: bool = False


@dataclass(frozen=True)
class SftConfig:
    """Supervised fine-tuning: next-action likelihood, what tools said out of the loss.

    batch_size: trajectories a process and forward pass; accumulation: of these a step. workers: processes that read images
    ahead, 0 for none.
    """

    epochs: float = 3.0
    batch_size: int = 32
    accumulation: int = 1
    learning_rate: float = 2e-3
    warmup: float = 0.05
    weight_decay: float = 0.01
    workers: int = 0
    save_every: int = 100
    log_every: int = 10


@dataclass(frozen=True)
class GrpoConfig:
    """Group-relative policy optimization. prompts: tasks a step over all processes, each rolled out `rollouts` times.
    batch_size: rollouts a process and forward pass. kl: the weight of the divergence from the SFT policy. length: tokens of
    a rollout at most, those of tools and their images included. by_attempt: what follows a failed attempt is compared only
    with rollouts that failed as often; False for one advantage a rollout, as published. warmup: share of the steps in which
    the learning rate rises; without it the first, noisy steps undo what SFT taught of rare turns.

    vllm: who writes the rollouts, "none" for the trainer's own model; "colocate", beside it on each GPU, with vllm_memory,
    a share of the GPU; or "server", `vllm serve` at the address vllm_server. vllm_length: tokens of prompt and rollout
    together that vLLM makes room for, 0 for all that the model can.
    """

    steps: int = 60
    prompts: int = 8
    rollouts: int = 8
    batch_size: int = 64
    learning_rate: float = 3e-4
    warmup: float = 0.1
    kl: float = 0.02
    temperature: float = 1.0
    length: int = 448
    by_attempt: bool = True
    vllm: Literal["none", "colocate", "server"] = "none"
    vllm_server: str = ""
    vllm_memory: float = 0.3
    vllm_length: int = 0
    save_every: int = 20
    log_every: int = 1
    samples_every: int = 20


@dataclass(frozen=True)
class TaskConfig:
    """What is trained on. images: a folder of normal images with item and anomalies; "" for products that the pack renders.
    unfaithful: share of tasks whose editor has a bias.
    """

    images: str = ""
    item: str = ""
    anomalies: tuple[str, ...] = ()
    side: int = 128
    unfaithful: float = 0.9
    max_attempts: int = 3
    threshold: float = PASS_THRESHOLD


@dataclass(frozen=True)
class ToolConfig:
    """Models behind the environment's tools, served apart; "" for the embedded ones.

    editor: a diffusers folder. judge_server: an OpenAI-compatible server's address, with judge_model at it.
    """

    editor: str = ""
    judge_server: str = ""
    judge_model: str = ""


@dataclass(frozen=True)
class TrainingConfig:
    """A whole run. seed: of everything that is drawn. rewards: the terms' weights and settings, see `rewards`."""

    seed: int = 0
    model: ModelConfig = field(default_factory=ModelConfig)
    sft: SftConfig = field(default_factory=SftConfig)
    grpo: GrpoConfig = field(default_factory=GrpoConfig)
    rewards: RewardConfig = field(default_factory=RewardConfig)
    tasks: TaskConfig = field(default_factory=TaskConfig)
    tools: ToolConfig = field(default_factory=ToolConfig)


# Keys of version 0.1 that have other names now; files with them are read as ever.
_RENAMED = {"model": {"kind": "backbone"}, "tasks": {"wayward": "unfaithful"}}


def current_names(section: str, given: Any) -> Any:
    """A section's keys and values under the names that its keys have now. Raises InputError for one that is given twice."""
    if not isinstance(given, dict):
        return given
    renamed = _RENAMED.get(section, {})
    twice = [old for old, new in renamed.items() if old in given and new in given]
    if twice:
        raise InputError(f"{section}.{twice[0]} is the old name of {section}.{renamed[twice[0]]}; give one of them")
    return {renamed.get(name, name): value for name, value in given.items()}


def load_config(name: str, changes: tuple[str, ...] = ()) -> TrainingConfig:
    """The configuration of a YAML file, or of a packaged one by its name. changes: "grpo.steps=10", over the file.

    Raises InputError, naming file and key, for what is missing, unknown or of another type.
    """
    path = PACKAGED / f"{name}.yaml"
    if not path.is_file():
        path = Path(name)
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(sorted(file.stem for file in PACKAGED.glob("*.yaml")))
        raise InputError(f"{name}: no such configuration; give a YAML file, or one of {names}") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: is no YAML ({' '.join(str(error).split())})") from error
    given = given or {}
    if isinstance(given, dict):
        given = {section: current_names(section, values) for section, values in given.items()}
    for change in changes:
        _apply(given, change)
    return _read(TrainingConfig, given, str(path), "")


def _apply(given: Any, change: str) -> None:
    key, equals, value = change.partition("=")
    *sections, name = key.split(".")
    if not equals or not isinstance(given, dict):
        raise InputError(f"{change!r}: give a change as section.key=value, e.g. grpo.steps=10")
    for section in sections:
        given = given.setdefault(section, {})
        if not isinstance(given, dict):
            raise InputError(f"{change!r}: {section} is no section")
    try:
        given[_RENAMED.get(".".join(sections), {}).get(name, name)] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise InputError(f"{change!r}: {value!r} is no YAML value") from error


def _read(section: type, given: Any, file: str, place: str) -> Any:
    hints, known = get_type_hints(section), {entry.name: entry for entry in fields(section)}
    _check_keys(given, known, file, place)
    values: dict[str, Any] = {}
    for name, value in given.items():
        hint = hints[name]
        if hint is RewardConfig:
            values[name] = _read_rewards(value, file)
        elif is_dataclass(hint):
            values[name] = _read(hint, value, file, f"{place}{name}.")  # type: ignore[arg-type]
        else:
            values[name] = _value(hint, value, f"{file}: {place}{name}")
    missing = [n for n, e in known.items() if n not in values and e.default is MISSING and e.default_factory is MISSING]
    if missing:
        raise InputError(f"{file}: {place}{missing[0]} is missing")
    return section(**values)


def _read_rewards(given: Any, file: str) -> RewardConfig:
    default = RewardConfig()
    _check_keys(given, default, file, "rewards.")
    return RewardConfig(
        {name: _value(type(default[name]), value, f"{file}: rewards.{name}") for name, value in given.items()}
    )


def _check_keys(given: Any, known: Collection[str], file: str, place: str) -> None:
    if not isinstance(given, dict):
        raise InputError(f"{file}: {place or 'it'} must be keys and values, got {given!r}")
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise InputError(f"{file}: unknown key {place}{unknown[0]}; there are {', '.join(known)}")


def _value(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise InputError(f"{where} must be one of {', '.join(get_args(hint))}, got {value!r}")
        return value
    if get_origin(hint) is tuple:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise InputError(f"{where} must be a list of texts, got {value!r}")
        return tuple(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is float and isinstance(value, str):  # YAML reads 1e-5 as a text
        try:
            return float(value)
        except ValueError:
            pass
    if type(value) is not hint:
        raise InputError(f"{where} must be {hint.__name__}, got {value!r}")
    if hint in (int, float) and value < 0 and not where.rsplit(": ", maxsplit=1)[-1].startswith("rewards."):
        raise InputError(f"{where} must be 0 or more, got {value!r}")
    return value
