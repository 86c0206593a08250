"""The small backbone: its tokenizer, its chat template, and what of a conversation its loss is on."""

from __future__ import annotations

from pathlib import Path

import pytest
from trl import SFTConfig, SFTTrainer
from trl.chat_template_utils import parse_response, supports_tool_calling

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.policies.trained import vocabulary as w
from anomaly_agent.agent.policies.trained.policy import render
from anomaly_agent.training.policy.backbones.small import SmallBackbone, make_tokenizer
from anomaly_agent.training.policy.config import ModelConfig
from anomaly_agent.training.policy.trajectories.load import load_trajectories

TURN = (
    "<think> It is too faint. I change the prompt.</think>"
    '<tool_call>{"name": "image_gen", "arguments": {"image": 1, "prompt": " plan size+2 severity-1 dark"}}</tool_call>'
)
KIND = SmallBackbone(
    ModelConfig(hidden_size=32, intermediate_size=48, layers=1, heads=2, key_value_heads=2, context=512)
)


def test_every_word_is_one_token_and_text_comes_back_as_it_was() -> None:
    tokenizer = make_tokenizer()
    for word in w.vocabulary():
        assert len(tokenizer(word)["input_ids"]) == 1, word
    ids = tokenizer(TURN + w.END)["input_ids"]
    assert tokenizer.decode(ids) == TURN + w.END
    assert tokenizer.unk_token_id not in ids


def test_a_turn_is_taken_apart_for_the_trainers_tool_loop() -> None:
    tokenizer = make_tokenizer()
    assert supports_tool_calling(tokenizer)
    before = tokenizer(f"{w.START}user\n task{w.END}{w.START}assistant\n")["input_ids"]
    parsed = parse_response(tokenizer, tokenizer(TURN + w.END)["input_ids"], prefix=before)
    assert parsed["reasoning_content"] == "It is too faint. I change the prompt."
    call = parsed["tool_calls"][0]["function"]
    assert call == {"name": "image_gen", "arguments": {"image": 1, "prompt": " plan size+2 severity-1 dark"}}


def test_training_and_inference_write_a_conversation_alike() -> None:
    messages = [
        {"role": "user", "content": " task"},
        {"role": "assistant", "content": TURN},
        {"role": "tool", "content": " mask"},
    ]
    written = make_tokenizer().apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert written == render(messages)


def test_the_loss_is_on_the_policys_own_tokens_alone(trajectories: Path, tmp_path: Path) -> None:
    model, tokenizer = KIND.start()
    rows = KIND.dataset(load_trajectories(trajectories))
    arguments = SFTConfig(
        output_dir=str(tmp_path), assistant_only_loss=True, max_length=None, report_to=[], **KIND.arguments()
    )
    trainer = SFTTrainer(model=model, args=arguments, train_dataset=rows, processing_class=tokenizer)
    for row, example in zip(rows, trainer.train_dataset, strict=True):
        batch = trainer.data_collator([example])
        expected_ids, expected_labels = [], []
        for message in row["messages"]:
            head = tokenizer(f"{w.START}{message['role']}\n")["input_ids"]
            body = tokenizer(f"{message['content']}{w.END}")["input_ids"]
            expected_ids += head + body
            spoken = body if message["role"] == "assistant" else [-100] * len(body)
            expected_labels += [-100] * len(head) + spoken
        assert batch["input_ids"][0].tolist() == expected_ids
        assert batch["labels"][0].tolist() == expected_labels


def test_the_same_seed_starts_from_the_same_weights() -> None:
    first, second = KIND.start()[0].state_dict(), KIND.start()[0].state_dict()
    assert all((first[name] == second[name]).all() for name in first)


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint of the small policy"):
        KIND.load(tmp_path)
