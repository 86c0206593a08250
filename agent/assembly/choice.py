"""Which models stand behind policy and tools, as a user names them by option or environment variable."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from ..core.errors import InputError
from ..loop.toolbox import Backends
from ..models.language import GenerationOptions, LanguageModel
from ..models.memory import Offload, Precision
from ..policies.base import Policy
from ..policies.trained import TrainedPolicy
from .embedded import DEFAULT_POLICY, POLICIES, embedded_backends

#: The policy's name where a language model decides.
LANGUAGE_MODEL = "model"
Backend = Literal["embedded", "model"]
Quantization = Literal["none", "8bit", "4bit"]
BACKENDS: tuple[str, ...] = get_args(Backend)


@dataclass(frozen=True)
class ModelChoice:
    """checkpoint: a folder that training has written, in the shipped trained policy's place. editor: a diffusers folder or
    hub id; "" for the embedded renderers. segmenter: a Segment Anything file or folder.
    language_model: a folder or hub id, or the model's name at `server`, an OpenAI-compatible server's address. It serves
    where policy, prompt_generator or judge is "model". max_new_tokens: of one turn, thinking included. download_to: where hub
    ids may be downloaded to; None: nowhere.
    """

    policy: str = DEFAULT_POLICY
    prompt_generator: Backend = "embedded"
    judge: Backend = "embedded"
    editor: str = ""
    segmenter: Path | None = None
    language_model: str = ""
    server: str = ""
    adapter: Path | None = None
    loras: tuple[Path, ...] = ()
    steps: int | None = None
    guidance: float | None = None
    strength: float | None = None
    precision: Precision = "auto"
    offload: Offload = "auto"
    quantization: Quantization = "none"
    time_limit: float = GenerationOptions.time_limit
    max_new_tokens: int = GenerationOptions.max_new_tokens
    download_to: Path | None = None
    checkpoint: Path | None = None

    @property
    def uses_language_model(self) -> bool:
        """Whether any part of the loop asks it."""
        return LANGUAGE_MODEL in (self.policy, self.prompt_generator, self.judge)

    def facts(self) -> dict[str, Any]:
        """What a data set records of it: names, no paths of this machine."""
        given = {name: value for name, value in vars(self).items() if value != getattr(_DEFAULTS, name)}
        for name in ("editor", "language_model", "segmenter", "adapter", "checkpoint"):
            if name in given and os.path.exists(os.path.expanduser(given[name])):
                given[name] = Path(given[name]).name
        if "loras" in given:
            given["loras"] = [path.name for path in self.loras]
        given.pop("download_to", None)
        return given


_DEFAULTS = ModelChoice()


class ChosenModels:
    """Policy and backends of a choice, loaded when first asked for. on_work: called at every step and token of a model; may
    raise to cancel.
    """

    def __init__(
        self, choice: ModelChoice, *knowledge_folders: Path, on_work: Callable[[], None] | None = None
    ) -> None:
        """Raises InputError for a choice that does not fit together, and for a server to which nothing can be sent; nothing is
        loaded or sent yet.
        """
        if choice.uses_language_model and not choice.language_model:
            raise InputError("no language model: name one (a folder, a hub id, or a model at a server)")
        if choice.language_model and not choice.uses_language_model:
            raise InputError("the language model serves nothing: choose it as policy, prompt generator or judge")
        if choice.checkpoint is not None and choice.policy != TrainedPolicy.name:
            raise InputError(f"the checkpoint is a {TrainedPolicy.name} policy's: choose that, or leave it out")
        self.choice = choice
        self.on_work = on_work
        self._knowledge = knowledge_folders
        if choice.server and choice.uses_language_model:
            _ = self.language_model

    @cached_property
    def language_model(self) -> LanguageModel:
        """The one language model that all its roles share."""
        choice = self.choice
        options = GenerationOptions(max_new_tokens=choice.max_new_tokens, time_limit=choice.time_limit)
        model: LanguageModel
        if choice.server:
            from ..models.language.servers import connect

            model = connect(choice.language_model, choice.server, options)
        else:
            from ..models.language.local import load_language_model

            model = load_language_model(
                choice.language_model,
                options,
                adapter=choice.adapter,
                precision=choice.precision,
                offload=choice.offload,
                quantization=choice.quantization,
                download_to=choice.download_to,
            )
        model.on_text = lambda _: self._work()
        return model

    @cached_property
    def policy(self) -> Policy:
        """Who decides."""
        if self.choice.checkpoint is not None:
            return TrainedPolicy(self.choice.checkpoint)
        if self.choice.policy == LANGUAGE_MODEL:
            from ..policies.model import LanguageModelPolicy

            return LanguageModelPolicy(self.language_model)
        return POLICIES[self.choice.policy]()

    @cached_property
    def backends(self) -> Backends:
        """The five tools."""
        choice, tools = self.choice, embedded_backends(*self._knowledge)
        if choice.prompt_generator == LANGUAGE_MODEL:
            from ..tools.prompt_generation import LanguagePromptGenerator

            tools = replace(tools, prompt_generator=LanguagePromptGenerator(self.language_model))
        if choice.judge == LANGUAGE_MODEL:
            from ..tools.quality_evaluation import LanguageJudge

            tools = replace(tools, judge=LanguageJudge(self.language_model))
        if choice.editor:
            tools = replace(tools, image_generator=self._editor())
        if choice.segmenter is not None:
            from ..tools.mask_generation.loading import load_segmenter

            tools = replace(tools, mask_generator=load_segmenter(choice.segmenter))
        return tools

    def _editor(self) -> Any:
        from ..tools.image_generation.diffusion import EditorOptions, load_editor

        choice = self.choice
        editor = load_editor(
            choice.editor,
            EditorOptions(steps=choice.steps, guidance=choice.guidance, strength=choice.strength),
            precision=choice.precision,
            offload=choice.offload,
            quantization=choice.quantization,
            loras=choice.loras,
            download_to=choice.download_to,
        )
        editor.on_step = lambda *_: self._work()
        return editor

    def _work(self) -> None:
        if self.on_work is not None:
            self.on_work()
