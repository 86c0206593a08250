"""Options of the command line that choose models; each can be set by an environment variable as well."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from ..embedded import POLICIES
from ..errors import InputError
from ..model_choice import BACKENDS, LANGUAGE_MODEL, ModelChoice, Quantization
from ..models.language.keys import URL_VARIABLE
from ..models.memory import Offload, Precision
from .values import path

_DEFAULT = ModelChoice()
_POLICIES = (*sorted(POLICIES), LANGUAGE_MODEL)


def _number(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise ValueError
    return value


def _steps(text: str) -> int:
    return int(_number(text))


# option, variable, how it is read, options to choose from, metavar, help
_OPTIONS: tuple[tuple[str, str, Callable[[str], Any], tuple[str, ...] | None, str | None, str], ...] = (
    ("--policy", "POLICY", str, _POLICIES, None, "who decides; model: the language model"),
    ("--checkpoint", "CHECKPOINT", path, None, "DIR", "a policy that training has written, for the trained one"),
    ("--prompt-generator", "PROMPT_GENERATOR", str, BACKENDS, None, "who writes the first prompt"),
    ("--judge", "JUDGE", str, BACKENDS, None, "who scores an image"),
    ("--editor", "EDITOR", str, None, "MODEL", "a diffusers folder or hub id that edits the image"),
    ("--segmenter", "SEGMENTER", path, None, "MODEL", "a Segment Anything file (.pth) or folder (SAM 2) for masks"),
    ("--language-model", "LANGUAGE_MODEL", str, None, "MODEL", "a folder or hub id, or the model's name at --server"),
    ("--server", "BASE_URL", str, None, "URL", "an OpenAI-compatible server, e.g. http://127.0.0.1:8000/v1"),
    ("--adapter", "ADAPTER", path, None, "DIR", "a PEFT adapter for the language model"),
    ("--steps", "STEPS", _steps, None, "N", "denoising steps of the editor"),
    ("--guidance", "GUIDANCE", _number, None, "G", "guidance of the editor"),
    ("--strength", "STRENGTH", _number, None, "S", "how far inpainting may leave the image, up to 1"),
    ("--precision", "PRECISION", str, get_args(Precision), None, "of the models' weights"),
    ("--offload", "OFFLOAD", str, get_args(Offload), None, "what stays out of the GPU's memory"),
    ("--quantization", "QUANTIZATION", str, get_args(Quantization), None, "of the models' weights, on CUDA"),
    ("--time-limit", "TIME_LIMIT", _number, None, "SECONDS", "for one turn of the language model"),
    ("--download-to", "DOWNLOAD_TO", path, None, "DIR", "allows hub ids to be downloaded, into this folder"),
)  # fmt: skip
_PREFIX = URL_VARIABLE.removesuffix("BASE_URL")


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options; without one its environment variable counts, ANOMALY_AGENT_EDITOR for --editor and so on."""
    group = parser.add_argument_group(
        "models",
        f"Each option can be set in the environment: {_PREFIX}EDITOR for --editor, {URL_VARIABLE} for --server, and so on. "
        f"A server's key comes from {_PREFIX}API_KEY alone.",
    )
    for option, _, read, choices, metavar, text in _OPTIONS:
        default = getattr(_DEFAULT, _field(option))
        shown = f", default: {default}" if default not in (None, "") else ""
        group.add_argument(option, type=_readable(read), choices=choices, metavar=metavar, help=text + shown)
    group.add_argument(
        "--lora", type=path, action="append", default=[], metavar="FILE", help="a LoRA for the editor; repeat for more"
    )


def read_model_options(options: argparse.Namespace) -> ModelChoice:
    """The choice of a command line. Raises InputError for an environment variable that cannot be read."""
    given: dict[str, Any] = {"loras": tuple(options.lora)}
    for option, variable, read, choices, _, _ in _OPTIONS:
        value = getattr(options, _field(option))
        text = os.environ.get(_PREFIX + variable, "").strip()
        if value is None and text:
            value = _from_environment(_PREFIX + variable, text, read, choices)
        if value is not None:
            given[_field(option)] = value
    choice = ModelChoice(**given)
    if options.language_model is None and not choice.uses_language_model:
        # What the environment holds for other runs asks for nothing in this one.
        return replace(choice, language_model="", server="", adapter=None)
    if options.server is None and Path(choice.language_model).expanduser().is_dir():
        return replace(choice, server="")
    return choice


def _field(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _readable(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """As `read`, with an error in words of its own."""

    def checked(text: str) -> Any:
        try:
            return read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0") from None

    return checked


def _from_environment(name: str, text: str, read: Callable[[str], Any], choices: tuple[str, ...] | None) -> Any:
    if choices is not None and text not in choices:
        raise InputError(f"{name}: {text!r} is none of {', '.join(choices)}")
    try:
        return read(text)
    except ValueError:
        raise InputError(f"{name}: {text!r} is not a number above 0") from None
