"""Model folders that are broken, swapped or hold code: refused in a line that names the folder; nothing in them is run."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
from bad_files import whole_png
from sandbox import outcome_of, sandbox

from anomaly_agent.agent.models.language.local import load_language_model
from anomaly_agent.agent.tools.image_generation.diffusion import load_editor
from anomaly_agent.agent.tools.mask_generation.loading import load_segmenter

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole folders of tiny models."""
    root = tmp_path_factory.mktemp("saved")
    tiny_models.save_folders(root)
    return root


class Trap:
    """Leaves a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (Path("sprung"), "unpickled"))


CODE = b"open('sprung', 'w').write('run')\nclass Evil: pass\n"
Change = Callable[[Path], object]


def write(name: str, data: bytes) -> Change:
    """Puts a file there."""

    def change(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(data)

    return change


def settings(name: str, **values: object) -> Change:
    """Changes entries of a JSON file."""

    def change(folder: Path) -> None:
        found = json.loads((folder / name).read_text()) if (folder / name).is_file() else {}
        (folder / name).write_text(json.dumps({**found, **values}))

    return change


def instead(name: str, make: Callable[[Path], object]) -> Change:
    """Puts something else than a file there."""

    def change(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return change


def cut(name: str, share: float) -> Change:
    def change(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(share * len(data))])

    return change


def pickled(name: str, weights: str) -> Change:
    """Pickled weights in the place of others."""

    def change(folder: Path) -> None:
        (folder / weights).unlink()
        (folder / name).write_bytes(pickle.dumps({"weight": Trap()}))

    return change


def both(*changes: Change) -> Change:
    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
TEXTS = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "100000 lists": b"[" * 100_000,
    "deep objects": DEEP,
    "no UTF-8": b"\xff\xfe\xfd",
    "a picture": whole_png(),
    "zeros": b"\0" * 100,
}
WEIGHTS = {
    "empty": b"",
    "a length alone": struct.pack("<Q", 64),
    "a header of 2^63 bytes": struct.pack("<Q", 2**63) + b"{}",
    "a header of no JSON": struct.pack("<Q", 20) + b"hello" * 4,
    "100000 lists": struct.pack("<Q", 100_000) + b"[" * 100_000,
    "no tensors": struct.pack("<Q", 2) + b"{}",
    "a picture": whole_png(),
    "a pickle": pickle.dumps(Trap()),
    "text": b"hello" * 99,
    "another tensor": struct.pack("<Q", 56)
    + b'{"x": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.ljust(56)
    + b"\0" * 4,
}
THINGS: dict[str, Callable[[Path], object]] = {
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "link to nothing": lambda path: path.symlink_to("gone"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to an endless device": lambda path: path.symlink_to("/dev/zero"),
}

LANGUAGE: dict[str, Change] = {
    **{f"config.json {name}": write("config.json", data) for name, data in TEXTS.items()},
    **{f"tokenizer.json {name}": write("tokenizer.json", data) for name, data in TEXTS.items()},
    **{f"model.safetensors {name}": write("model.safetensors", data) for name, data in WEIGHTS.items()},
    **{f"config.json, {name}": instead("config.json", make) for name, make in THINGS.items()},
    **{f"model.safetensors, {name}": instead("model.safetensors", make) for name, make in THINGS.items()},
    "weights cut off": cut("model.safetensors", 0.5),
    "weights missing": lambda folder: (folder / "model.safetensors").unlink(),
    "config missing": lambda folder: (folder / "config.json").unlink(),
    "no chat template": lambda folder: (folder / "chat_template.jinja").unlink(),
    "a type that is none": settings("config.json", model_type="evil"),
    "a type that is a list": settings("config.json", model_type=["qwen3"]),
    "code of its own": both(
        write("evil.py", CODE), settings("config.json", model_type="evil", auto_map={"AutoConfig": "evil.Evil"})
    ),
    "a kernel": settings("config.json", attn_implementation="someone/evil"),
    "a kernel, deep": settings("config.json", text_config={"a": {"_attn_implementation": {"x": "someone/evil"}}}),
    "pickled weights": pickled("pytorch_model.bin", "model.safetensors"),
    "no layers": settings("config.json", num_hidden_layers=-1),
    "layers of a text": settings("config.json", num_hidden_layers="many"),
    "heads of 0": settings("config.json", num_attention_heads=0),
    "a width of 0": settings("config.json", hidden_size=0),
    "a width of another": settings("config.json", hidden_size=24),
    "a width of NaN": settings("config.json", hidden_size=float("nan")),
    "words below 0": settings("config.json", vocab_size=-5),
    "an activation that is none": settings("config.json", hidden_act="evil"),
    "a rope of a text": settings("config.json", rope_parameters="evil"),
    "a rope that is none": settings("config.json", rope_parameters={"rope_type": "evil", "rope_theta": 1}),
    "layer types of evil": settings("config.json", layer_types=["evil"]),
}

SEGMENTERS: dict[str, Change] = {
    **{f"config.json {name}": write("config.json", data) for name, data in TEXTS.items()},
    **{
        f"model.safetensors {name}": write("model.safetensors", data)
        for name, data in WEIGHTS.items()
        if name != "no tensors"
    },
    "weights, a pipe": instead("model.safetensors", os.mkfifo),
    "weights missing": lambda folder: (folder / "model.safetensors").unlink(),
    "pickled weights": pickled("pytorch_model.bin", "model.safetensors"),
    "a type that is none": settings("config.json", model_type="evil"),
    "a kernel": settings("config.json", attn_implementation="someone/evil"),
    "a vision of null": settings("config.json", vision_config=None, mask_decoder_config="x"),
}

EDITORS: dict[str, Change] = {
    **{f"model_index.json {name}": write("model_index.json", data) for name, data in TEXTS.items()},
    **{f"unet's config {name}": write("unet/config.json", data) for name, data in TEXTS.items()},
    **{
        f"unet's weights {name}": write("unet/diffusion_pytorch_model.safetensors", data)
        for name, data in WEIGHTS.items()
    },
    "unet's weights, a pipe": instead("unet/diffusion_pytorch_model.safetensors", os.mkfifo),
    "unet missing": lambda folder: shutil.rmtree(folder / "unet"),
    "scheduler missing": lambda folder: shutil.rmtree(folder / "scheduler"),
    "a pipeline that is none": settings("model_index.json", _class_name="Evil"),
    "a pipeline of Python's": settings("model_index.json", _class_name="__class__"),
    "a part of the system's": settings("model_index.json", unet=["os", "system"]),
    "a part that is a text": settings("model_index.json", unet="os.system"),
    "code of its own": both(write("pipeline.py", CODE), settings("model_index.json", _class_name=["pipeline", "Evil"])),
    "pickled weights": pickled("unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.safetensors"),
}

CASES = {
    **{("text", name): change for name, change in LANGUAGE.items()},
    **{("sam2", name): change for name, change in SEGMENTERS.items()},
    **{("editor", name): change for name, change in EDITORS.items()},
}
LOAD: dict[str, Callable[[Path], object]] = {
    "text": lambda folder: load_language_model(str(folder)),
    "sam2": load_segmenter,
    "editor": lambda folder: load_editor(str(folder)),
}


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_a_model_folder_of_no_use_is_refused(
    saved: Path, case: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a library asked whether to run code"))
    with sandbox() as folder:
        monkeypatch.setenv("HF_MODULES_CACHE", str(folder / "none"))
        model = shutil.copytree(saved / case[0], folder / "model")
        CASES[case](model)
        outcome_of(lambda: LOAD[case[0]](model), folder, "none").is_refused(str(model))
        assert not (folder / "none").exists() or not list((folder / "none").rglob("*evil*"))


#: Files of Segment Anything that are none.
CHECKPOINTS: dict[str, Callable[[Path], object]] = {
    **{
        name: (lambda path, data=data: path.write_bytes(data))
        for name, data in {**TEXTS, "a pickle": pickle.dumps(Trap())}.items()
    },  # type: ignore[misc]
    **THINGS,
    "code": lambda path: path.write_bytes(CODE),
    "torch's pickle": lambda path: torch.save({"weight": Trap()}, path),
    "torch's old pickle": lambda path: torch.save({"weight": Trap()}, path, _use_new_zipfile_serialization=False),
    "weights of a list": lambda path: torch.save([torch.zeros(1)], path),
    "weights of none": lambda path: torch.save({}, path),
    "weights of another model": lambda path: torch.save({"model.norm.weight": torch.zeros(3)}, path),
    "names with numbers behind them": lambda path: torch.save(dict.fromkeys(_NEEDED, 7), path),
    "names with texts behind them": lambda path: torch.save(dict.fromkeys(_NEEDED, "x"), path),
    "names with tensors of no axis": lambda path: torch.save({name: torch.zeros(()) for name in _NEEDED}, path),
    "names with tensors of four axes": lambda path: torch.save(
        {name: torch.zeros(1, 4, 4, 8) for name in _NEEDED}, path
    ),
    "names with tensors of nothing": lambda path: torch.save({name: torch.zeros(0, 0, 0, 0) for name in _NEEDED}, path),
}
_NEEDED = (
    "image_encoder.pos_embed",
    "image_encoder.patch_embed.proj.weight",
    "image_encoder.neck.0.weight",
    "image_encoder.blocks.0.attn.qkv.weight",
    "image_encoder.blocks.0.attn.rel_pos_h",
    "image_encoder.blocks.0.mlp.lin1.weight",
    "prompt_encoder.mask_downscaling.3.weight",
    "mask_decoder.mask_tokens.weight",
    "mask_decoder.transformer.layers.0.mlp.lin1.weight",
    "mask_decoder.iou_prediction_head.layers.0.weight",
    "prompt_encoder.point_embeddings.0.weight",
    "mask_decoder.iou_token.weight",
)


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_segmenters_file_of_no_use_is_refused(name: str) -> None:
    with sandbox() as folder:
        path = folder / "sam_vit_b.pth"
        CHECKPOINTS[name](path)
        outcome_of(lambda: load_segmenter(path), folder, "none").is_refused("sam_vit_b")


#: Places that are no model's.
PLACES = [
    "gone",
    "../gone",
    "/gone",
    "/dev/null",
    "/dev/zero",
    "~nobody-there/x",
    "a\0b",
    "x" * 300,
    "owner/name",
    "owner/name/more",
    "",
    " ",
    "https://example.com/model",
    "C:\\models\\x",
    "a\nb",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["text", "editor"])
def test_a_place_without_a_model_is_refused(kind: str, place: str) -> None:
    load: Any = {"text": load_language_model, "editor": load_editor}[kind]
    with sandbox() as folder:
        outcome_of(lambda: load(place), folder, "none").is_refused()


def test_weights_of_nan_are_refused(saved: Path) -> None:
    from safetensors.numpy import load, save  # noqa: PLC0415

    with sandbox() as folder:
        model = shutil.copytree(saved / "adapter", folder / "adapter")
        path = model / "adapter_model.safetensors"
        path.write_bytes(save({name: one * np.float32(np.nan) for name, one in load(path.read_bytes()).items()}))
        outcome_of(lambda: load_language_model(str(saved / "text"), adapter=model), folder, "none").is_refused("NaN")
