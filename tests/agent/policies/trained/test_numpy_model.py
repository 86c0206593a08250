"""The small model in NumPy against transformers' own Qwen3."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.policies.trained.numpy_model import SmallQwen3

VOCABULARY = 50


@pytest.fixture(scope="module", params=[(4, 4), (4, 2)], ids=["as many keys as queries", "grouped queries"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Qwen3ForCausalLM, Path]:
    heads, groups = request.param
    torch.manual_seed(0)
    reference = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=heads,
            num_key_value_heads=groups, head_dim=8, max_position_embeddings=64, tie_word_embeddings=True,
        )
    ).eval()  # fmt: skip
    with torch.no_grad():  # norms away from 1, so that each one counts
        for name, weight in reference.named_parameters():
            if "norm" in name:
                weight.uniform_(0.5, 1.5)
    folder = tmp_path_factory.mktemp("model")
    reference.save_pretrained(folder)
    return reference, folder


def tokens(count: int, seed: int = 0) -> list[int]:
    return [int(t) for t in np.random.default_rng(seed).integers(0, VOCABULARY, count)]


def logits(reference: Qwen3ForCausalLM, read: list[int]) -> np.ndarray:
    with torch.no_grad():
        return reference(torch.tensor([read])).logits[0, -1].numpy()


def test_logits_are_those_of_transformers(model: tuple[Qwen3ForCausalLM, Path]) -> None:
    reference, folder = model
    read = tokens(40)
    assert np.allclose(SmallQwen3(folder).start().read(read), logits(reference, read), atol=1e-5)


def test_a_conversation_read_bit_by_bit_or_changed_halfway_gives_the_same(model: tuple[Qwen3ForCausalLM, Path]) -> None:
    reference, folder = model
    session = SmallQwen3(folder).start()
    read = tokens(30)
    for end in (1, 7, 8, 30):
        got = session.read(read[:end])
    assert np.allclose(got, logits(reference, read), atol=1e-5)
    other = [*read[:12], *tokens(9, seed=1)]
    assert np.allclose(session.read(other), logits(reference, other), atol=1e-5)
    assert np.allclose(session.read(other), logits(reference, other), atol=1e-5)  # nothing new


def test_a_conversation_beyond_the_context_is_refused(model: tuple[Qwen3ForCausalLM, Path]) -> None:
    with pytest.raises(ValueError, match="reads 64"):
        SmallQwen3(model[1]).start().read(tokens(65))


def copied(folder: Path, to: Path) -> Path:
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


def test_files_that_are_missing_cut_off_or_another_models_are_named(
    model: tuple[Qwen3ForCausalLM, Path], tmp_path: Path
) -> None:
    folder = copied(model[1], tmp_path)
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(InputError, match=r"model\.safetensors: is no safetensors file, or was cut off"):
        SmallQwen3(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"model\.safetensors: cannot be read"):
        SmallQwen3(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "llama"}))
    with pytest.raises(InputError, match=r"config\.json: describes 'llama'"):
        SmallQwen3(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"config\.json: is no JSON"):
        SmallQwen3(folder)
    with pytest.raises(InputError, match=r"config\.json: cannot be read"):
        SmallQwen3(tmp_path / "nowhere")


def test_weights_that_another_configuration_describes_are_named(
    model: tuple[Qwen3ForCausalLM, Path], tmp_path: Path
) -> None:
    folder = copied(model[1], tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 4}))
    with pytest.raises(InputError, match=r"has no tensor .*layers\.3"):
        SmallQwen3(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(
    model: tuple[Qwen3ForCausalLM, Path], tmp_path: Path, value: float
) -> None:
    from safetensors.numpy import load_file, save_file  # noqa: PLC0415

    for name in ("model.norm.weight", "model.layers.2.mlp.down_proj.weight", "model.embed_tokens.weight"):
        folder = tmp_path / name
        folder.mkdir()
        copied(model[1], folder)
        weights = load_file(folder / "model.safetensors")
        weights[name].flat[-1] = value
        save_file(weights, folder / "model.safetensors")
        with pytest.raises(InputError, match=rf"model\.safetensors: {name} holds NaN or infinity, so its training"):
            SmallQwen3(folder)
