"""The embedded policy: a small Qwen3 with a vocabulary of its own, which reads the conversation in words."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from datasets import Dataset
from tokenizers import AddedToken, Tokenizer, decoders, models
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    set_seed,
)

from ....agent.core.errors import InputError
from ....agent.models.weights import check_finite
from ....agent.policies.trained import vocabulary as w
from ....agent.policies.trained.conversation_encoder import ConversationEncoder
from ..config import ModelConfig
from ..environment import Modality
from ..trajectories.load import Record
from .response_template import RESPONSE_TEMPLATE

_TEMPLATE = Path(__file__).with_name("chat_template.jinja")


class SmallBackbone:
    """See Backbone."""

    modality: Modality = "words"

    def __init__(self, config: ModelConfig) -> None:
        self.config = config
        self.families: Collection[str] | None = w.known_families()

    def start(self) -> tuple[Any, Any]:
        """A model with random weights, the same for the same seed, and the tokenizer."""
        tokenizer = make_tokenizer()
        set_seed(self.config.seed)
        config = self.config
        return Qwen3ForCausalLM(
            Qwen3Config(
                vocab_size=len(tokenizer),
                hidden_size=config.hidden_size,
                intermediate_size=config.intermediate_size,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                num_key_value_heads=config.key_value_heads,
                head_dim=config.hidden_size // config.heads,
                max_position_embeddings=config.context,
                tie_word_embeddings=True,
                pad_token_id=tokenizer.pad_token_id,
                eos_token_id=tokenizer.eos_token_id,
                bos_token_id=None,
            )
        ), tokenizer

    def load(self, folder: Path) -> tuple[Any, Any]:
        """See Backbone."""
        try:
            model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise InputError(f"{folder}: no checkpoint of the small policy ({str(error).splitlines()[0]})") from error
        check_finite(model.named_parameters(), folder)
        tokenizer.response_template = RESPONSE_TEMPLATE
        self.families = w.families_in(tokenizer.get_vocab())
        return model, tokenizer

    def dataset(self, records: list[Record]) -> Dataset:
        """See Backbone: the conversation as the policy reads it."""
        rows = []
        for record in records:
            encoder = ConversationEncoder(families=self.families or w.known_families())
            encoder.follow(record.messages, record.read_images())
            rows.append({"messages": encoder.messages})
        return Dataset.from_list(rows)

    def arguments(self) -> dict[str, Any]:
        """See Backbone."""
        return {"bf16": False, "gradient_checkpointing": False}

    def peft(self) -> Any:
        """See Backbone."""
        return None

    def save(self, trainer: Any, folder: Path) -> None:
        """See Backbone."""
        if trainer.is_world_process_zero():
            trainer.model.save_pretrained(folder)
            trainer.processing_class.save_pretrained(folder)


def make_tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer: every word of the policy's language is one token, whatever else is read is "unknown"."""
    vocabulary = w.vocabulary()
    core = Tokenizer(models.WordLevel({token: index for index, token in enumerate(vocabulary)}, unk_token=w.UNKNOWN))
    special = {w.PAD, w.END, w.UNKNOWN}
    # Added tokens are found in the text longest first, so no pre-tokenizer has to cut it into words.
    core.add_tokens([AddedToken(token, normalized=False, special=token in special) for token in vocabulary])
    core.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token=w.PAD,
        eos_token=w.END,
        unk_token=w.UNKNOWN,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = _TEMPLATE.read_text()
    tokenizer.response_template = RESPONSE_TEMPLATE
    return tokenizer
