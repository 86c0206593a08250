"""The choices of a ModelChoice as a user writes them: by option, environment variable, or in a plan's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from ..models.memory import Offload, Precision
from .choice import BACKENDS, LANGUAGE_MODEL, Quantization
from .embedded import POLICIES


@dataclass(frozen=True)
class ModelOption:
    """name: the field of ModelChoice. read: the value of a text; raises ValueError for one that is no number above 0.
    choices: what it can be, None for anything. metavar: what stands for it. text: its help."""

    name: str
    read: Callable[[str], Any]
    choices: tuple[str, ...] | None
    metavar: str | None
    text: str

    @property
    def option(self) -> str:
        """As the command line has it."""
        return "--" + self.name.replace("_", "-")

    @property
    def wanted(self) -> str:
        """What its value must be, where `read` refuses one."""
        return f"a {'whole ' if self.read is _whole else ''}number above 0"

    @property
    def variable(self) -> str:
        """As the environment has it, without what all variables begin with."""
        return "BASE_URL" if self.name == "server" else self.name.upper()


def _number(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise ValueError
    return value


def _steps(text: str) -> int:
    return int(_number(text))


def _whole(text: str) -> int:
    value = int(text)
    if not 0 < value < 1e6:
        raise ValueError
    return value


#: All but `loras`, which is a list.
MODEL_OPTIONS: tuple[ModelOption, ...] = tuple(
    ModelOption(*option)
    for option in (
        ("policy", str, (*sorted(POLICIES), LANGUAGE_MODEL), None, "who decides; model: the language model"),
        (
            "checkpoint",
            Path,
            None,
            "DIR",
            "a policy that training has written, in place of the one that comes with the pack",
        ),
        ("prompt_generator", str, BACKENDS, None, "who writes the first prompt"),
        ("judge", str, BACKENDS, None, "who scores an image"),
        ("editor", str, None, "MODEL", "a diffusers folder or hub id that edits the image"),
        ("segmenter", Path, None, "MODEL", "a Segment Anything file (.pth) or folder (SAM 2) for masks"),
        ("language_model", str, None, "MODEL", "a folder or hub id, or the model's name at --server"),
        ("server", str, None, "URL", "an OpenAI-compatible server, e.g. http://127.0.0.1:8000/v1"),
        ("adapter", Path, None, "DIR", "a PEFT adapter for the language model"),
        ("steps", _steps, None, "N", "denoising steps of the editor"),
        ("guidance", _number, None, "G", "guidance of the editor"),
        ("strength", _number, None, "S", "how far inpainting may leave the image, up to 1"),
        ("precision", str, get_args(Precision), None, "of the models' weights"),
        ("offload", str, get_args(Offload), None, "what stays out of the GPU's memory"),
        ("quantization", str, get_args(Quantization), None, "of the models' weights, on CUDA"),
        ("max_new_tokens", _whole, None, "N", "of one turn of the language model, thinking included"),
        ("time_limit", _number, None, "SECONDS", "for one turn of the language model"),
        ("download_to", Path, None, "DIR", "allows hub ids to be downloaded, into this folder"),
    )
)
