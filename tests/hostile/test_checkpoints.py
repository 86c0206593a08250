"""Checkpoints of the trained policy that are broken, swapped or made to hurt: refused in a line that names the file."""

from __future__ import annotations

import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_files import whole_png
from safetensors.numpy import load, save
from sandbox import Command, outcome_of, sandbox

from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.models.weights import check_safetensors
from anomaly_agent.agent.policies.trained.policy import SHIPPED, TrainedPolicy, _load

CONFIG: dict[str, Any] = json.loads((SHIPPED / "config.json").read_text())
TOKENIZER: dict[str, Any] = json.loads((SHIPPED / "tokenizer.json").read_text())
WEIGHTS = (SHIPPED / "model.safetensors").read_bytes()
TENSORS = load(WEIGHTS)
NORM, EMBEDDING = "model.norm.weight", "model.embed_tokens.weight"
_LENGTH = int.from_bytes(WEIGHTS[:8], "little")
HEADER: dict[str, Any] = json.loads(WEIGHTS[8 : 8 + _LENGTH])
DATA = WEIGHTS[8 + _LENGTH :]


class Trap:
    """Leaves a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (Path("sprung"), "unpickled"))


def headed(header: object, data: bytes = DATA) -> bytes:
    """A safetensors file of a header as JSON or as bytes."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def norm(**facts: object) -> bytes:
    """The file with other facts on one tensor."""
    return headed({**HEADER, NORM: {**HEADER[NORM], **facts}})


def with_tensor(name: str, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    return save({**TENSORS, name: np.ascontiguousarray(change(TENSORS[name]))})


def filled(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(array: np.ndarray) -> np.ndarray:
        array = array.copy()
        array.reshape(-1)[len(array.reshape(-1)) // 2] = value
        return array

    return change


def config(**other: object) -> bytes:
    return json.dumps({**CONFIG, **other}).encode()


def tokenizer(**model: object) -> bytes:
    return json.dumps({**TOKENIZER, "model": {**TOKENIZER["model"], **model}}).encode()


#: Of model.safetensors.
WEIGHT_FILES: dict[str, Callable[[], bytes]] = {
    "no bytes": lambda: b"",
    "seven bytes": lambda: WEIGHTS[:7],
    "the length alone": lambda: WEIGHTS[:8],
    "half the header": lambda: WEIGHTS[: 8 + _LENGTH // 2],
    "the header alone": lambda: WEIGHTS[: 8 + _LENGTH],
    "half the file": lambda: WEIGHTS[: len(WEIGHTS) // 2],
    "a byte short": lambda: WEIGHTS[:-1],
    "a byte more": lambda: WEIGHTS + b"\0",
    "a header of length 0": lambda: struct.pack("<Q", 0) + WEIGHTS[8:],
    "a header of length 1": lambda: struct.pack("<Q", 1) + WEIGHTS[8:],
    "a header a byte short": lambda: struct.pack("<Q", _LENGTH - 1) + WEIGHTS[8:],
    "a header a byte long": lambda: struct.pack("<Q", _LENGTH + 1) + WEIGHTS[8:],
    "a header of 2^63 bytes": lambda: struct.pack("<Q", 2**63) + WEIGHTS[8:],
    "a header of 2^64 - 1 bytes": lambda: struct.pack("<Q", 2**64 - 1) + WEIGHTS[8:],
    "a header of all bytes": lambda: struct.pack("<Q", len(WEIGHTS) - 8) + WEIGHTS[8:],
    "a header of no JSON": lambda: headed(b"hello" * 20),
    "a header of no UTF-8": lambda: headed(b'{"\xff\xfe": 1}'),
    "a header of zeros": lambda: headed(b"\0" * 64),
    "a header of blanks": lambda: headed(b" " * 64),
    "a header that is a list": lambda: headed([HEADER]),
    "a header that is null": lambda: headed(b"null"),
    "a header of 100000 lists": lambda: headed(b"[" * 100_000),
    "a header of deep objects": lambda: headed(b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "a header with a number of 100000 digits": lambda: headed(b'{"a": ' + b"9" * 100_000 + b"}"),
    "a tensor that is a text": lambda: headed({**HEADER, NORM: "x"}),
    "a tensor that is null": lambda: headed({**HEADER, NORM: None}),
    "no offsets": lambda: headed({**HEADER, NORM: {"dtype": "F32", "shape": [64]}}),
    "offsets of three": lambda: norm(data_offsets=[0, 1, 2]),
    "offsets of texts": lambda: norm(data_offsets=["0", "256"]),
    "offsets backwards": lambda: norm(data_offsets=list(reversed(HEADER[NORM]["data_offsets"]))),
    "offsets below 0": lambda: norm(data_offsets=[-4, 4]),
    "offsets beyond the end": lambda: norm(data_offsets=[2**40, 2**40 + 4]),
    "offsets of another tensor": lambda: norm(data_offsets=HEADER[EMBEDDING]["data_offsets"]),
    "offsets of no whole numbers": lambda: norm(data_offsets=[0.5, 1.5]),
    "an unknown type": lambda: norm(dtype="F13"),
    "a type that is a number": lambda: norm(dtype=32),
    "a type of another size": lambda: norm(dtype="F64"),
    "a shape of nothing": lambda: norm(shape=None),
    "a shape below 0": lambda: norm(shape=[-64]),
    "a shape of 2^62": lambda: norm(shape=[2**62, 2**62]),
    "a shape of texts": lambda: norm(shape=["64"]),
    "metadata that is a list": lambda: headed({**HEADER, "__metadata__": [1]}),
    "metadata of numbers": lambda: headed({**HEADER, "__metadata__": {"a": 1}}),
    "an empty header": lambda: headed({}, b""),
    "no tensors": lambda: save({}),
    "a tensor missing": lambda: save({name: one for name, one in TENSORS.items() if name != NORM}),
    "a layer missing": lambda: save({name: one for name, one in TENSORS.items() if ".layers.1." not in name}),
    "the embedding missing": lambda: save({name: one for name, one in TENSORS.items() if name != EMBEDDING}),
    "names of another model": lambda: save({f"transformer.{name}": one for name, one in TENSORS.items()}),
    "a norm of another length": lambda: with_tensor(NORM, lambda a: a[:-1]),
    "a norm of no length": lambda: with_tensor(NORM, lambda a: a[:0]),
    "a norm of two axes": lambda: with_tensor(NORM, lambda a: a[None]),
    "a norm of no axis": lambda: with_tensor(NORM, lambda a: a[0].reshape(())),
    "a turned query": lambda: with_tensor("model.layers.0.mlp.up_proj.weight", lambda a: a.T),
    "an embedding of no words": lambda: with_tensor(EMBEDDING, lambda a: a[:0]),
    "an embedding of few words": lambda: with_tensor(EMBEDDING, lambda a: a[:5]),
    "an embedding of one axis": lambda: with_tensor(EMBEDDING, lambda a: a[:, 0]),
    "NaN": lambda: with_tensor(NORM, filled(np.nan)),
    "infinity": lambda: with_tensor(EMBEDDING, filled(np.inf)),
    "infinity below 0": lambda: with_tensor("model.layers.1.mlp.down_proj.weight", filled(-np.inf)),
    "NaN everywhere": lambda: with_tensor(NORM, lambda a: a * np.float32(np.nan)),
    "NaN of another kind": lambda: with_tensor(
        NORM, lambda a: (np.full(a.shape, 0xFFC12345, np.uint32)).view(np.float32)
    ),
    "a pickle": lambda: pickle.dumps(Trap()),
    "a picture": whole_png,
    "a zip's first bytes": lambda: b"PK\3\4" + b"\0" * 400,
    "a page of HTML": lambda: b"<html>Not Found</html>" * 20,
    "a pointer of Git LFS": lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n",
    "random bytes": lambda: np.random.default_rng(0).bytes(9000),
}

#: Of config.json.
CONFIGS: dict[str, Callable[[], bytes]] = {
    "no bytes": lambda: b"",
    "no JSON": lambda: b"{",
    "no UTF-8": lambda: b"\xff\xfe\xfd",
    "a list": lambda: b"[]",
    "null": lambda: b"null",
    "100000 lists": lambda: b"[" * 100_000,
    "larger than a megabyte": lambda: b" " * 1_100_000 + b"{}",
    "of another model": lambda: config(model_type="llama"),
    "of a model that is a list": lambda: config(model_type=["qwen3"]),
    "of untied embeddings": lambda: config(tie_word_embeddings=False),
    "with code": lambda: config(model_type="evil", auto_map={"AutoConfig": "evil.Evil"}),
    **{
        f"with {name} {value!r}"[:60]: (lambda name=name, value=value: config(**{name: value}))  # type: ignore[misc]
        for name, values in {
            "num_hidden_layers": (0, -1, 1.5, None, "2", True, 10**9, 10**400, [2], 513),
            "num_attention_heads": (0, -4, "4", None, 3, 10**6),
            "num_key_value_heads": (0, -1, None, 7, 10**9),
            "head_dim": (0, 1, 3, -2, None, 10**12, 33),
            "max_position_embeddings": (0, -1, None, 10**12, "many"),
            "rms_norm_eps": (0, -1, None, "small", float("nan"), float("inf"), 1e300, True),
            "rope_parameters": ({"rope_theta": 0}, {"rope_theta": "x"}, {"rope_theta": None}, [1], "x", {"a": 1}),
        }.items()
        for value in values
    },
}

#: Of tokenizer.json.
TOKENIZERS: dict[str, Callable[[], bytes]] = {
    "no bytes": lambda: b"",
    "no JSON": lambda: b"{",
    "null": lambda: b"null",
    "a list": lambda: b"[]",
    "100000 lists": lambda: b"[" * 100_000,
    "no UTF-8": lambda: b"\xff\xfe",
    "no model": lambda: json.dumps({**TOKENIZER, "model": None}).encode(),
    "an unknown model": lambda: tokenizer(type="Evil"),
    "half of the words": lambda: json.dumps(
        {**TOKENIZER, "added_tokens": TOKENIZER["added_tokens"][:120], "model": {**TOKENIZER["model"], "vocab": {}}}
    ).encode(),
    "words that are a list": lambda: tokenizer(vocab=["a"]),
    "words of the wrong numbers": lambda: tokenizer(
        vocab={word: n + 10**6 for word, n in TOKENIZER["model"]["vocab"].items()}
    ),
    "words below 0": lambda: tokenizer(vocab={"a": -1}),
    "words of 2^40": lambda: tokenizer(vocab={"a": 2**40}),
    "another model's words": lambda: tokenizer(vocab={"hello": 0, "world": 1}),
    "a pickle": lambda: pickle.dumps(Trap()),
    "a picture": whole_png,
}

FILES = {
    **{("model.safetensors", name): make for name, make in WEIGHT_FILES.items()},
    **{("config.json", name): make for name, make in CONFIGS.items()},
    **{("tokenizer.json", name): make for name, make in TOKENIZERS.items()},
}

#: What stands in a file's place.
NO_FILES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "link to nothing": lambda path: path.symlink_to("gone"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "link to an empty device": lambda path: path.symlink_to("/dev/null"),
    "link to a text outside": lambda path: path.symlink_to("/etc/passwd"),
}


def furnish(folder: Path, without: str) -> Path:
    """The shipped checkpoint without one of its files."""
    (folder / "policy").mkdir()
    for path in SHIPPED.iterdir():
        if path.name != without:
            (folder / "policy" / path.name).symlink_to(path)
    return folder / "policy"


def first_turn(folder: Path) -> str:
    """What a checkpoint's policy writes first."""
    _load.cache_clear()
    talk = Trajectory()
    talk.add_text("system", "You synthesize.")
    try:
        return TrainedPolicy(folder).next_turn(talk)
    finally:
        _load.cache_clear()


@pytest.mark.parametrize("case", FILES, ids=" ".join)
def test_a_broken_file_of_a_checkpoint_is_refused_by_its_name(case: tuple[str, str]) -> None:
    name = case[0]
    with sandbox() as folder:
        policy = furnish(folder, name)
        (policy / name).write_bytes(FILES[case]())
        outcome_of(lambda: first_turn(policy), folder, "none").is_refused(str(policy))


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_is_refused_and_not_waited_for(name: str, file: str) -> None:
    with sandbox() as folder:
        policy = furnish(folder, file)
        NO_FILES[name](policy / file)
        outcome_of(lambda: first_turn(policy), folder, "none").is_refused(file)


@pytest.mark.parametrize("name", [name for name in NO_FILES if name != "nothing"])
def test_weights_that_are_no_file_are_refused_and_not_waited_for(name: str) -> None:
    with sandbox() as folder:
        NO_FILES[name](folder / "a.safetensors")
        outcome_of(lambda: check_safetensors(folder / "a.safetensors"), folder, "none").is_refused("a.safetensors")


def test_further_tensors_and_metadata_change_nothing() -> None:
    with sandbox() as folder:
        policy = furnish(folder, "model.safetensors")
        more = {**TENSORS, "lm_head.weight": TENSORS[EMBEDDING], "model.layers.9.mlp.up_proj.weight": TENSORS[NORM]}
        (policy / "model.safetensors").write_bytes(save(more, {"format": "pt", "note": "<script>"}))
        assert outcome_of(lambda: first_turn(policy), folder, "none").is_taken() == first_turn(SHIPPED)


@pytest.mark.parametrize(
    "case",
    [
        ("model.safetensors", "NaN"),
        ("model.safetensors", "a pickle"),
        ("config.json", "null"),
        ("tokenizer.json", "half of the words"),
        ("model.safetensors", "half the file"),
    ],
    ids=" ".join,
)
def test_a_run_with_a_broken_checkpoint_writes_nothing(
    case: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with sandbox() as folder:
        policy = furnish(folder, case[0])
        (policy / case[0]).write_bytes(FILES[case]())
        (folder / "a.png").write_bytes(whole_png())
        asked = ["--images", "a.png", "--item", "plate", "--anomaly", "stain", "--count", 1, "--output", folder / "out"]
        outcome = Command(capsys).outcome(
            "synthesize", *asked, "--policy", "trained", "--checkpoint", policy, codes=(2,)
        )
        outcome.is_refused(case[0])
        assert not (folder / "out").exists() and not (folder / "sprung").exists()


def test_the_trap_works() -> None:
    with sandbox() as folder:
        pickle.loads(pickle.dumps(Trap()))
        assert (folder / "sprung").exists()
