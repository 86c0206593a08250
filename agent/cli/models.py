"""Options of the command line that choose models; each can be set by an environment variable as well."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..assembly.choice import ChosenModels, ModelChoice
from ..assembly.options import MODEL_OPTIONS, ModelOption
from ..core.errors import InputError
from ..models.language.keys import URL_VARIABLE, choose_url
from .values import path

_DEFAULT = ModelChoice()
_PREFIX = URL_VARIABLE.removesuffix("BASE_URL")


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options; without one its environment variable counts, ANOMALY_AGENT_EDITOR for --editor and so on."""
    group = parser.add_argument_group(
        "models",
        f"Each option can be set in the environment: {_PREFIX}EDITOR for --editor, {URL_VARIABLE} for --server, and so on. "
        f"A server's key comes from {_PREFIX}API_KEY alone.",
    )
    for one in MODEL_OPTIONS:
        default = getattr(_DEFAULT, one.name)
        shown = f", default: {default}" if default not in (None, "") else ""
        group.add_argument(
            one.option, type=_argument(one), choices=one.choices, metavar=one.metavar, help=one.text + shown
        )
    group.add_argument(
        "--lora", type=path, action="append", default=[], metavar="FILE", help="a LoRA for the editor; repeat for more"
    )


def read_model_options(options: argparse.Namespace) -> ModelChoice:
    """The choice of a command line. Raises InputError for an environment variable that cannot be read, for a choice that does
    not fit together, and for a server to which nothing can be sent.
    """
    given: dict[str, Any] = {"loras": tuple(options.lora)}
    for one in MODEL_OPTIONS:
        value = getattr(options, one.name)
        text = os.environ.get(_PREFIX + one.variable, "").strip()
        if value is None and text:
            value = _from_environment(_PREFIX + one.variable, text, one)
        if value is not None:
            given[one.name] = value
    choice = ModelChoice(**given)
    if options.language_model is None and not choice.uses_language_model:
        # What the environment holds for other runs asks for nothing in this one.
        return replace(choice, language_model="", server="", adapter=None)
    if options.server is None and Path(choice.language_model).expanduser().is_dir():
        choice = replace(choice, server="")
    if choice.server:
        choose_url(choice.server, URL_VARIABLE if options.server is None else "--server")
    ChosenModels(choice)  # says at once what would stop the first sample
    return choice


def _argument(one: ModelOption) -> Callable[[str], Any]:
    """Like the option's `read`, with an error for argparse."""
    if one.read is Path:
        return path

    def checked(text: str) -> Any:
        try:
            return one.read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {one.wanted}") from None

    return checked


def _from_environment(name: str, text: str, one: ModelOption) -> Any:
    if one.choices is not None and text not in one.choices:
        raise InputError(f"{name}: {text!r} is none of {', '.join(one.choices)}")
    try:
        return one.read(text)
    except ValueError:
        raise InputError(f"{name}: {text!r} is not {one.wanted}") from None
