"""Nodes that host tests use and the pack does not ship: a tiny language model of the host's own, a look at its memory, tensors
of any shape and value, and a judge's faults.
"""

import json
import sys
import types

import comfy.model_management
import comfy.sd
import torch
from comfy.text_encoders import qwen3vl
from comfy_api.latest import ComfyExtension, io

import nodes

_KIND = "qwen3vl_tiny"


def _tiny_language_model():
    """The host's own Qwen3-VL classes, two layers deep, with random weights."""
    config = qwen3vl.QWEN3VL_CONFIGS["qwen3vl_4b"]
    small = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2}
    small |= {"num_attention_heads": 2, "num_key_value_heads": 1}
    qwen3vl.QWEN3VL_CONFIGS[_KIND] = lambda **given: config(**{**given, **small})
    vision = {"hidden_size": 256, "intermediate_size": 64, "depth": 2, "deepstack_visual_indexes": [0]}
    qwen3vl.QWEN3VL_VISION[_KIND] = vision
    torch.manual_seed(0)

    target = types.SimpleNamespace(
        params={}, clip=qwen3vl.te(model_type=_KIND), tokenizer=qwen3vl.tokenizer(model_type=_KIND)
    )
    clip = comfy.sd.CLIP(target, embedding_directory=None, tokenizer_data={})
    for value in clip.cond_stage_model.parameters():
        torch.nn.init.normal_(value.data, 0.0, 0.05)
    return clip


class TinyLanguageModel(io.ComfyNode):
    """A language model in the CLIP socket."""

    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="TestTinyLanguageModel", category="test", outputs=[io.Clip.Output("clip")])

    @classmethod
    def execute(cls):
        with torch.inference_mode(False):
            return io.NodeOutput(_tiny_language_model())


class LoadedModels(io.ComfyNode):
    """What the host's model management holds."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="TestLoadedModels",
            category="test",
            not_idempotent=True,
            inputs=[io.AnyType.Input("after", optional=True)],
            outputs=[io.String.Output("loaded")],
        )

    @classmethod
    def fingerprint_inputs(cls, **_):
        return float("nan")

    @classmethod
    def execute(cls, after=None):
        held = [type(one.model.model).__name__ for one in comfy.model_management.current_loaded_models if one.model]
        return io.NodeOutput(json.dumps(held))


class Tensor(io.ComfyNode):
    """A float tensor that no well-behaved node gives."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="TestTensor",
            category="test",
            inputs=[
                io.String.Input("shape", tooltip="Numbers with commas between."),
                io.String.Input("value", tooltip="What fills it, e.g. 0.5, 255, nan, inf."),
            ],
            outputs=[io.AnyType.Output("tensor")],
        )

    @classmethod
    def execute(cls, shape, value):
        return io.NodeOutput(torch.full([int(side) for side in shape.split(",")], float(value)))


class Faults(io.ComfyNode):
    """What another judge, which uses this pack's data, would say is wrong."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="TestFaults",
            category="test",
            inputs=[io.String.Input("kind", tooltip="A fault's kind, e.g. too_small.")],
            outputs=[io.AnyType.Output("faults")],
        )

    @classmethod
    def execute(cls, kind):
        pack = sys.modules[nodes.NODE_CLASS_MAPPINGS["AnomalyAgentLoopEnd"].__module__]
        return io.NodeOutput((pack.Fault.from_json(kind),))


class HelperNodes(ComfyExtension):
    async def get_node_list(self):
        return [TinyLanguageModel, LoadedModels, Tensor, Faults]


async def comfy_entrypoint():
    return HelperNodes()
