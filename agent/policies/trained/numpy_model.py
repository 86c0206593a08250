"""A small Qwen3 language model in NumPy: one conversation at a time, with its keys and values kept between turns.

The architecture is Qwen3's (arXiv 2505.09388; the reference is transformers' Qwen3ForCausalLM, against which the tests
hold it): RMS norms, rotary positions, grouped queries with normed queries and keys, gated SiLU, tied embeddings. At a
million weights a framework's overhead costs several times the arithmetic, and this needs none to be installed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from ...core.errors import InputError
from ...core.foreign_files import is_there
from ...models.weights import check_finite
from .configuration import read_config

_CONFIG, _WEIGHTS = "config.json", "model.safetensors"


class SmallQwen3:
    """The model's weights. folder: as transformers' save_pretrained writes it; text only, tied embeddings.

    Raises InputError, naming the file, for what is missing or is another architecture.
    """

    def __init__(self, folder: Path) -> None:
        config = read_config(folder / _CONFIG)
        self.layers, self.heads, self.groups = config.layers, config.heads, config.groups
        self.head_size, self.context, self.eps = config.head_size, config.context, config.eps
        self._base = config.rope_base
        path = folder / _WEIGHTS
        try:
            is_there(path)
            weights = load_file(path)
            self._embedding = weights["model.embed_tokens.weight"].astype(np.float32)
            self._norm = weights["model.norm.weight"].astype(np.float32)
            self._layers = [_Layer(weights, index) for index in range(self.layers)]
            self._check_shapes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read; give a folder that training has written") from error
        except KeyError as error:
            raise InputError(f"{path}: has no tensor {error}; a Qwen3 checkpoint was expected") from error
        except Exception as error:
            raise InputError(f"{path}: is no safetensors file, or was cut off ({error})") from error
        check_finite(((name, np.asarray(tensor, np.float32)) for name, tensor in weights.items()), path)

    @property
    def vocabulary(self) -> int:
        """How many tokens it knows."""
        return len(self._embedding)

    def _check_shapes(self) -> None:
        """Raises ValueError for a tensor whose shape does not fit the configuration."""
        width = self._embedding.shape[-1]
        queries, shared = self.heads * self.head_size, self.groups * self.head_size
        found = [
            ("model.embed_tokens", self._embedding, (len(self._embedding), width)),
            ("model.norm", self._norm, (width,)),
        ]
        for index, layer in enumerate(self._layers):
            inner = layer.gate.shape[-1]
            expected = {
                "before_attention": (width,), "before_mlp": (width,), "query": (width, queries), "key": (width, shared),
                "value": (width, shared), "query_norm": (self.head_size,), "key_norm": (self.head_size,), "out": (queries, width),
                "gate": (width, inner), "up": (width, inner), "down": (inner, width),
            }  # fmt: skip
            found += [(f"layer {index}, {name}", getattr(layer, name), shape) for name, shape in expected.items()]
        for name, tensor, shape in found:
            if tensor.shape != shape:
                raise ValueError(f"{name} is {tensor.shape}, {shape} by the configuration")

    def start(self) -> Session:
        """An empty conversation."""
        return Session(self)


class _Layer:
    def __init__(self, weights: dict[str, np.ndarray], index: int) -> None:
        def take(name: str) -> np.ndarray:
            return weights[f"model.layers.{index}.{name}.weight"].astype(np.float32)

        attention = "self_attn."
        self.before_attention, self.before_mlp = take("input_layernorm"), take("post_attention_layernorm")
        self.query, self.key, self.value = (take(f"{attention}{name}_proj").T for name in "qkv")
        self.query_norm, self.key_norm = take(f"{attention}q_norm"), take(f"{attention}k_norm")
        self.out = take(f"{attention}o_proj").T
        self.gate, self.up, self.down = (take(f"mlp.{name}_proj").T for name in ("gate", "up", "down"))


class Session:
    """A conversation in work: the tokens read so far, with their keys and values."""

    def __init__(self, model: SmallQwen3) -> None:
        self.model = model
        self.tokens: list[int] = []
        shape = (model.layers, model.groups, model.context, model.head_size)
        self._keys = np.zeros(shape, np.float32)
        self._values = np.zeros(shape, np.float32)

    def read(self, tokens: list[int]) -> np.ndarray:
        """Logits, (vocabulary,) float32, of what follows a conversation. What it shares with the last one is not read
        again. Raises ValueError where the conversation is longer than the model's context, or holds nothing new.
        """
        if len(tokens) > self.model.context:
            raise ValueError(f"the conversation has {len(tokens)} tokens, the model reads {self.model.context}")
        shared = 0
        while shared < min(len(self.tokens), len(tokens)) and self.tokens[shared] == tokens[shared]:
            shared += 1
        shared = min(shared, len(tokens) - 1)
        logits = self._forward(np.array(tokens[shared:]), shared)
        self.tokens = list(tokens)
        return logits

    def _forward(self, tokens: np.ndarray, start: int) -> np.ndarray:
        model = self.model
        end = start + len(tokens)
        hidden = model._embedding[tokens]
        cosine, sine = _rotary(np.arange(start, end), model.head_size, model._base)
        later = np.arange(end)[None, :] > np.arange(start, end)[:, None]
        for index, layer in enumerate(model._layers):
            normed = _rms(hidden, layer.before_attention, model.eps)
            query = _heads(normed @ layer.query, model.heads, model.head_size)
            key = _heads(normed @ layer.key, model.groups, model.head_size)
            query = _rotate(_rms(query, layer.query_norm, model.eps), cosine, sine)
            self._keys[index, :, start:end] = _rotate(_rms(key, layer.key_norm, model.eps), cosine, sine)
            self._values[index, :, start:end] = _heads(normed @ layer.value, model.groups, model.head_size)
            keys, values = self._keys[index, :, :end], self._values[index, :, :end]
            if model.heads != model.groups:
                shared = model.heads // model.groups
                keys, values = np.repeat(keys, shared, axis=0), np.repeat(values, shared, axis=0)
            scores = query @ keys.transpose(0, 2, 1) / np.sqrt(model.head_size)
            scores[:, later] = -np.inf
            mixed = _softmax(scores) @ values
            hidden = hidden + mixed.transpose(1, 0, 2).reshape(len(tokens), -1) @ layer.out
            normed = _rms(hidden, layer.before_mlp, model.eps)
            gate = normed @ layer.gate
            hidden = hidden + (gate / (1.0 + np.exp(-gate)) * (normed @ layer.up)) @ layer.down
        return np.asarray(model._embedding @ _rms(hidden[-1], model._norm, model.eps))


def _rms(values: np.ndarray, weight: np.ndarray, eps: float) -> np.ndarray:
    return values / np.sqrt(np.mean(values * values, axis=-1, keepdims=True) + eps) * weight


def _heads(values: np.ndarray, count: int, size: int) -> np.ndarray:
    return values.reshape(len(values), count, size).transpose(1, 0, 2)


def _rotary(positions: np.ndarray, size: int, base: float) -> tuple[np.ndarray, np.ndarray]:
    frequencies = 1.0 / base ** (np.arange(0, size, 2, dtype=np.float32) / size)
    angles = np.concatenate([positions[:, None] * frequencies] * 2, axis=1).astype(np.float32)
    return np.cos(angles), np.sin(angles)


def _rotate(values: np.ndarray, cosine: np.ndarray, sine: np.ndarray) -> np.ndarray:
    half = values.shape[-1] // 2
    turned = np.concatenate([-values[..., half:], values[..., :half]], axis=-1)
    return values * cosine + turned * sine


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)
