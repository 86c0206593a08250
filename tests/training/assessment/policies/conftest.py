"""A helper that tests import, and a checkpoint with random weights."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, models
from transformers import Qwen3Config, Qwen3ForCausalLM

from anomaly_agent.agent.policies.trained import vocabulary as w

_SPEC = importlib.util.spec_from_file_location("made_up", Path(__file__).with_name("made_up.py"))
sys.modules["made_up"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(sys.modules["made_up"])


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that TrainedPolicy loads; the policy in it talks nonsense."""
    folder = tmp_path_factory.mktemp("checkpoint")
    vocabulary = w.vocabulary()
    torch.manual_seed(0)
    Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(vocabulary), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=8, max_position_embeddings=512, tie_word_embeddings=True,
        )
    ).save_pretrained(folder)  # fmt: skip
    numbers = {token: index for index, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token=w.UNKNOWN))
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in vocabulary])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
