"""Language models as policy, planner and judge: from a folder, behind a server, or the host's own."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..agent.models.language import GenerationOptions, LanguageModel
from ..agent.policies.model import LanguageModelPolicy
from ..agent.tools.prompt_generation import LanguagePromptGenerator
from ..agent.tools.quality_evaluation import LanguageJudge
from . import host
from .host_language_model import HostLanguageModel
from .host_memory import host_memory
from .load_editor import memory_inputs
from .model_folders import ADAPTER_INDEX, FROM_HUB, LANGUAGE_MODELS, NONE, choose_source, find_model, list_models
from .schema import Judge, Policy, PromptGenerator, download_input, hub_input, schema


class LoadLanguageModel(io.ComfyNode):
    """A model through transformers."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoadLanguageModel",
            display_name="Load Language Model (Anomaly)",
            category="AnomalyAgent/load",
            description=(
                "Loads a vision-language model, Qwen3-VL first, with an adapter from training where there is one. It can "
                "decide as the policy, write the first prompt, and judge the images."
            ),
            search_aliases=["anomaly VLM", "Qwen3-VL", "LLM policy", "vision language model", "PEFT adapter"],
            inputs=[
                io.Combo.Input(
                    "model",
                    options=[FROM_HUB, *list_models(LANGUAGE_MODELS)],
                    default=FROM_HUB,
                    tooltip="A folder in transformers' format (with config.json) in models/LLM, or the hub id below.",
                ),
                hub_input("Qwen/Qwen3-VL-4B-Thinking"),
                download_input("models/LLM"),
                io.Combo.Input(
                    "adapter",
                    options=[NONE, *list_models(LANGUAGE_MODELS, ADAPTER_INDEX)],
                    default=NONE,
                    tooltip="A PEFT adapter trained on this model: a folder with adapter_config.json in models/LLM.",
                ),
                *_generation_inputs(),
                *memory_inputs(),
            ],
            outputs=_outputs(),
        )

    @classmethod
    def execute(
        cls,
        model: str,
        hub_id: str,
        download: bool,
        adapter: str,
        max_new_tokens: int,
        temperature: float,
        time_limit: float,
        precision: str,
        offload: str,
        quantization: str,
    ) -> io.NodeOutput:
        """Loads it; its weights come to the GPU when it is first asked."""
        from ..agent.models.language.local import load_language_model

        source, download_to = choose_source(LANGUAGE_MODELS, model, hub_id, download)
        with host.ordinary_tensors():
            loaded = load_language_model(
                source,
                _options(max_new_tokens, temperature, time_limit),
                adapter=None if adapter == NONE else find_model(LANGUAGE_MODELS, adapter),
                precision=precision,  # type: ignore[arg-type]
                offload=offload,  # type: ignore[arg-type]
                quantization=quantization,  # type: ignore[arg-type]
                download_to=download_to,
                memory=host_memory(),
                on_progress=host.Progress(100).show_share,
            )
        return _roles(loaded)


class LanguageModelServer(io.ComfyNode):
    """A model behind an OpenAI-compatible server."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLanguageModelServer",
            display_name="Language Model Server (Anomaly)",
            category="AnomalyAgent/load",
            description=(
                "Uses a vision-language model behind an OpenAI-compatible server: vLLM, Ollama, LM Studio or a hosted one. A "
                "key, where the server wants one, comes from the environment (ANOMALY_AGENT_API_KEY) and is never saved."
            ),
            search_aliases=["anomaly API", "OpenAI compatible", "vLLM", "Ollama", "LM Studio", "GPT"],
            inputs=[
                io.String.Input(
                    "base_url",
                    default="http://127.0.0.1:8000/v1",
                    tooltip=(
                        "Where the API begins. Ollama: http://127.0.0.1:11434/v1, LM Studio: http://127.0.0.1:1234/v1. Empty: "
                        "ANOMALY_AGENT_BASE_URL of the environment. Images are sent there; the key only where it equals that "
                        "variable."
                    ),
                ),
                io.String.Input(
                    "model",
                    default="",
                    placeholder="e.g. Qwen/Qwen3-VL-8B-Instruct",
                    tooltip="The model's name at the server; it must see images.",
                ),
                *_generation_inputs(),
            ],
            outputs=_outputs(),
        )

    @classmethod
    def execute(
        cls, base_url: str, model: str, max_new_tokens: int, temperature: float, time_limit: float
    ) -> io.NodeOutput:
        """Nothing is sent yet."""
        from ..agent.models.language.servers import connect

        return _roles(connect(model, base_url, _options(max_new_tokens, temperature, time_limit)))


class UseLanguageModel(io.ComfyNode):
    """A model that the host has loaded."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentUseLanguageModel",
            display_name="Use Language Model (Anomaly)",
            category="AnomalyAgent/load",
            description=(
                "Uses a language model that ComfyUI has loaded itself (Load CLIP with Qwen3-VL, Gemma or another one that "
                "generates text); ComfyUI manages its memory."
            ),
            search_aliases=["anomaly CLIP LLM", "text generate", "Qwen3-VL CLIP", "native LLM"],
            inputs=[
                io.Clip.Input(
                    "clip", tooltip="A language model that sees images, as the core node Generate Text takes it."
                ),
                *_generation_inputs(time_limit=False),
                io.Boolean.Input(
                    "thinking",
                    default=True,
                    tooltip="Whether the model may think before it answers; better decisions, more tokens.",
                ),
            ],
            outputs=_outputs(),
        )

    @classmethod
    def execute(cls, clip: Any, max_new_tokens: int, temperature: float, thinking: bool) -> io.NodeOutput:
        """Nothing is asked yet."""
        return _roles(HostLanguageModel(clip, _options(max_new_tokens, temperature), thinking))


def _generation_inputs(time_limit: bool = True) -> list[Any]:
    inputs = [
        io.Int.Input(
            "max_new_tokens",
            default=GenerationOptions.max_new_tokens,
            min=16,
            max=32768,
            tooltip="Of one turn, thinking included; a turn that is cut off is asked for again.",
        ),
        io.Float.Input(
            "temperature",
            default=-1.0,
            min=-1.0,
            max=2.0,
            step=0.05,
            tooltip="0: the likeliest words; higher: more varied ones; -1: what the model or its server wants.",
        ),
    ]
    if time_limit:
        inputs.append(
            io.Float.Input(
                "time_limit",
                default=GenerationOptions.time_limit,
                min=1.0,
                max=3600.0,
                step=1.0,
                tooltip="Seconds that one turn may take, retries included.",
            )
        )
    return inputs


def _options(
    max_new_tokens: int, temperature: float, time_limit: float = GenerationOptions.time_limit
) -> GenerationOptions:
    return GenerationOptions(
        max_new_tokens=max_new_tokens, temperature=None if temperature < 0 else temperature, time_limit=time_limit
    )


def _outputs() -> list[Any]:
    return [
        Policy.Output("policy", tooltip="For the policy socket: the model decides what to do next."),
        PromptGenerator.Output(
            "prompt_generator", tooltip="For the prompt generator socket: it writes the first prompt."
        ),
        Judge.Output("judge", tooltip="For the judge socket: it scores the images."),
    ]


def _roles(model: LanguageModel) -> io.NodeOutput:
    """The model as policy, planner and judge. The panel shows its text while it writes, and an interrupt stops it."""
    model.on_text = host.Writing()
    return io.NodeOutput(LanguageModelPolicy(model), LanguagePromptGenerator(model), LanguageJudge(model))
