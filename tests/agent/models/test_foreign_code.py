"""Model folders that hold code in every form that the libraries would run: nothing is run, and one line says why."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from pathlib import Path

import pytest
import tiny_models
import torch

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.models import hub
from anomaly_agent.agent.models.language import GenerationOptions
from anomaly_agent.agent.models.language.local import load_language_model
from anomaly_agent.agent.tools.image_generation.diffusion import load_editor
from anomaly_agent.agent.tools.mask_generation.loading import load_segmenter


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Whole folders of tiny models."""
    root = tmp_path_factory.mktemp("saved")
    tiny_models.save_folders(root)
    return root


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """Code that leaves a file when it is run, by import or by unpickling; `sprung` is that file."""
    # No prompt for leave is answered here, and no library's cache of code is left behind.
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a library asked whether to run code"))
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "cache"))
    return Trap(tmp_path)


class Trap:
    def __init__(self, folder: Path) -> None:
        self.sprung = folder / "sprung"
        self.text = (
            f"from pathlib import Path\nPath({str(self.sprung)!r}).write_text('run')\n"
            "from diffusers import StableDiffusionInpaintPipeline as Base, UNet2DConditionModel as Net\n"
            "from transformers import Qwen3Config as C, Qwen3ForCausalLM as M, Qwen2Tokenizer as T\n"
            "class Evil(Base): pass\nclass EvilNet(Net): pass\nclass EvilConfig(C): model_type = 'evil'\n"
            "class EvilModel(M): pass\nclass EvilTokenizer(T): pass\ndef generate(model, *a, **k): return model\n"
        )

    def __reduce__(self):
        return (Path.write_text, (self.sprung, "unpickled"))

    def code(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text)

    def pickle(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps({"weight": self}))


def change(path: Path, **values) -> None:
    settings = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps({**settings, **values}))


def _pipeline_of_its_own(folder, trap):
    trap.code(folder / "pipeline_evil.py")
    change(folder / "model_index.json", _class_name=["pipeline_evil", "Evil"])


def _pipeline_by_the_usual_name(folder, trap):
    trap.code(folder / "pipeline.py")
    change(folder / "model_index.json", _class_name="Evil", custom_pipeline="pipeline")


def _pipeline_called_none(folder, trap):
    trap.code(folder / "None.py")


def _pipeline_of_the_hub(folder, trap):
    change(folder / "model_index.json", _class_name=["someone/evil", "Evil"])


def _pipeline_of_no_name(folder, trap):
    change(folder / "model_index.json", _class_name=None)


def _part_of_its_own(folder, trap):
    trap.code(folder / "unet" / "evil_net.py")
    change(folder / "model_index.json", unet=["evil_net", "EvilNet"])


def _part_called_like_a_library(folder, trap):
    for name in ("diffusers", "transformers", "stable_diffusion"):
        trap.code(folder / "unet" / f"{name}.py")
    change(folder / "model_index.json", unet=["diffusers", "EvilNet"])


def _part_of_a_module_on_the_path(folder, trap):
    trap.code(folder / "evil_module_on_path.py")
    sys.path.insert(0, str(folder))
    change(folder / "model_index.json", unet=["evil_module_on_path", "EvilNet"])


def _part_by_its_map(folder, trap):
    trap.code(folder / "text_encoder" / "evil.py")
    change(folder / "text_encoder" / "config.json", model_type="evil", auto_map={"AutoModel": "evil.EvilModel"})
    change(folder / "model_index.json", text_encoder=["transformers", "AutoModel"])


def _pickled_part(folder, trap):
    for path in (folder / "unet").glob("*.safetensors"):
        path.unlink()
    trap.pickle(folder / "unet" / "diffusion_pytorch_model.bin")


def _pickled_text_encoder(folder, trap):
    for path in (folder / "text_encoder").glob("*.safetensors"):
        path.unlink()
    trap.pickle(folder / "text_encoder" / "pytorch_model.bin")


def _kernel_in_a_part(folder, trap):
    change(folder / "text_encoder" / "config.json", attn_implementation="someone/evil-kernel")


EDITORS = [
    (_pipeline_of_its_own, "its pipeline is"), (_pipeline_by_the_usual_name, "its pipeline is 'Evil'"),
    (_pipeline_called_none, "its pipeline is"), (_pipeline_of_the_hub, "its pipeline is"),
    (_pipeline_of_no_name, "its pipeline is"), (_part_of_its_own, "unet is 'EvilNet' of 'evil_net'"),
    (_part_called_like_a_library, "unet is 'EvilNet' of 'diffusers'"), (_part_by_its_map, "auto_map names code"),
    (_part_of_a_module_on_the_path, "unet is 'EvilNet' of 'evil_module"), (_pickled_part, "pickled weights"),
    (_pickled_text_encoder, "pickled weights"), (_kernel_in_a_part, "attn_implementation names a kernel"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "words"), EDITORS, ids=lambda one: getattr(one, "__name__", ""))
def test_no_code_of_a_pipelines_folder_is_run(spoil, words, saved, tmp_path, trap):
    folder = shutil.copytree(saved / "editor", tmp_path / "editor")
    path = list(sys.path)
    try:
        spoil(folder, trap)
        with pytest.raises(InputError, match=words) as caught:
            load_editor(str(folder))
    finally:
        sys.path[:] = path
    assert "\n" not in str(caught.value) and str(folder) in str(caught.value) and not trap.sprung.exists()


def _own_model(folder, trap):
    trap.code(folder / "evil.py")
    change(folder / "config.json", model_type="evil", architectures=["EvilModel"],
           auto_map={"AutoConfig": "evil.EvilConfig", "AutoModelForCausalLM": "evil.EvilModel"})  # fmt: skip


def _own_model_elsewhere(folder, trap):
    change(folder / "config.json", model_type="evil", auto_map={"AutoConfig": "someone/evil--evil.EvilConfig"})


def _own_tokenizer(folder, trap):
    trap.code(folder / "evil.py")
    change(
        folder / "tokenizer_config.json",
        tokenizer_class="EvilTokenizer",
        auto_map={"AutoTokenizer": ["evil.EvilTokenizer", None]},
    )


def _own_processor(folder, trap):
    trap.code(folder / "evil.py")
    for name in ("processor_config.json", "preprocessor_config.json"):
        change(folder / name, processor_class="EvilProcessor", image_processor_type="EvilImages",
               auto_map={"AutoProcessor": "evil.EvilModel", "AutoImageProcessor": "evil.EvilModel"})  # fmt: skip


def _pickled(folder, trap):
    for path in folder.glob("*.safetensors"):
        path.unlink()
    trap.pickle(folder / "pytorch_model.bin")


def _pickled_in_pieces(folder, trap):
    for path in folder.glob("*.safetensors"):
        path.unlink()
    trap.pickle(folder / "pytorch_model-00001-of-00001.bin")
    index = {"metadata": {}, "weight_map": {"model.norm.weight": "pytorch_model-00001-of-00001.bin"}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))


def _kernel(folder, trap):
    change(folder / "config.json", _attn_implementation="someone/evil-kernel")


def _kernel_below(folder, trap):
    change(folder / "config.json", text_config={"attn_implementation": {"": "paged|someone/evil"}})


LANGUAGE = [
    ("text", _own_model, "auto_map names code"), ("vision", _own_model, "auto_map names code"),
    ("text", _own_model_elsewhere, "auto_map names code"), ("text", _pickled, "pickled weights"),
    ("text", _pickled_in_pieces, "pickled weights"), ("text", _kernel, "names a kernel"),
    ("vision", _kernel_below, "names a kernel"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "spoil", "words"), LANGUAGE, ids=lambda one: getattr(one, "__name__", one))
def test_no_code_of_a_language_models_folder_is_run(kind, spoil, words, saved, tmp_path, trap):
    folder = shutil.copytree(saved / kind, tmp_path / "model")
    spoil(folder, trap)
    with pytest.raises(InputError, match=words) as caught:
        load_language_model(str(folder))
    assert "\n" not in str(caught.value) and str(folder) in str(caught.value) and not trap.sprung.exists()


def _custom_generate(folder, trap):
    trap.code(folder / "custom_generate" / "generate.py")
    change(folder / "generation_config.json", custom_generate=str(folder), trust_remote_code=True)


def _map_beside_a_known_type(folder, trap):
    trap.code(folder / "evil.py")
    change(folder / "config.json", auto_map={"AutoModelForCausalLM": "evil.EvilModel", "AutoConfig": "evil.EvilConfig"})


def _files_that_nothing_names(folder, trap):
    for name in ("modeling_qwen3.py", "__init__.py", "transformers.py", "setup.py", "sitecustomize.py"):
        trap.code(folder / name)
    trap.pickle(folder / "pytorch_model.bin")
    trap.pickle(folder / "training_args.bin")


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("text", _custom_generate), ("text", _map_beside_a_known_type), ("text", _files_that_nothing_names),
        ("vision", _files_that_nothing_names), ("text", _own_tokenizer), ("vision", _own_tokenizer), ("vision", _own_processor),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)  # fmt: skip
def test_code_beside_a_model_that_the_library_knows_is_not_run(kind, spoil, saved, tmp_path, trap):
    folder = shutil.copytree(saved / kind, tmp_path / "model")
    spoil(folder, trap)
    try:
        model = load_language_model(str(folder), GenerationOptions(max_new_tokens=2))
        model.chat([{"role": "user", "content": [{"type": "text", "text": "Go."}]}], [], 1)
    except InputError as error:
        assert "\n" not in str(error) and str(folder) in str(error)
    assert not trap.sprung.exists()


def _pickled_adapter(folder, trap):
    (folder / "adapter_model.safetensors").unlink()
    trap.pickle(folder / "adapter_model.bin")


def _adapter_with_code(folder, trap):
    trap.code(folder / "evil.py")
    (folder / "chat_template.jinja").write_text("x")
    change(
        folder / "tokenizer_config.json",
        tokenizer_class="EvilTokenizer",
        auto_map={"AutoTokenizer": ["evil.EvilTokenizer", None]},
    )


@pytest.mark.parametrize("spoil", [_pickled_adapter, _adapter_with_code])
def test_no_code_of_an_adapters_folder_is_run(spoil, saved, tmp_path, trap):
    folder = shutil.copytree(saved / "adapter", tmp_path / "adapter")
    spoil(folder, trap)
    with pytest.raises(InputError, match=r"pickled weights|auto_map names code|custom code") as caught:
        load_language_model(str(saved / "text"), adapter=folder)
    assert "\n" not in str(caught.value) and not trap.sprung.exists()


@pytest.mark.parametrize("spoil", [_own_model, _pickled, _kernel, _own_processor])
def test_no_code_of_a_segmenters_folder_is_run(spoil, saved, tmp_path, trap):
    folder = shutil.copytree(saved / "sam2", tmp_path / "sam2")
    spoil(folder, trap)
    try:
        load_segmenter(folder)
    except InputError as error:
        assert "\n" not in str(error) and str(folder) in str(error)
    else:
        assert spoil is _own_processor  # its class is Sam2Processor's, whatever the map says
    assert not trap.sprung.exists()


@pytest.mark.parametrize("form", ["plain pickle", "torch's pickle", "torch's old pickle", "code"])
def test_no_code_of_a_checkpoints_file_is_run(form, tmp_path, trap):
    path = tmp_path / "sam_vit_b.pth"
    if form == "plain pickle":
        trap.pickle(path)
    elif form == "code":
        trap.code(path)
    else:
        torch.save({"weight": trap}, path, _use_new_zipfile_serialization=form == "torch's pickle")
    with pytest.raises(InputError, match="download it again") as caught:
        load_segmenter(path)
    assert "\n" not in str(caught.value) and not trap.sprung.exists()


def test_files_that_no_library_reads_do_not_keep_a_pipeline_from_loading(saved, tmp_path, trap):
    folder = shutil.copytree(saved / "editor", tmp_path / "editor")
    trap.pickle(folder / "sd-v1-5-inpainting.ckpt")
    trap.pickle(folder / "unet" / "diffusion_pytorch_model.bin")
    trap.pickle(folder / "vae_decoder" / "openvino_model.bin")
    (folder / "vae_decoder" / "config.json").write_text("{}")
    trap.code(folder / "convert.py")
    assert load_editor(str(folder)).pipe is not None
    assert not trap.sprung.exists()


def test_the_trap_works(tmp_path, trap):
    trap.code(tmp_path / "evil.py")
    exec(compile((tmp_path / "evil.py").read_text(), "evil", "exec"), {})
    assert trap.sprung.exists()
    trap.sprung.unlink()
    pickle.loads(pickle.dumps(trap))
    assert trap.sprung.exists()


def test_a_download_fetches_no_code(monkeypatch, tmp_path):
    from huggingface_hub.utils import filter_repo_objects  # noqa: PLC0415

    files = [
        "model_index.json", "unet/diffusion_pytorch_model.safetensors", "tokenizer/merges.txt", "chat_template.jinja",
        "tokenizer.model", "LICENSE.md", "evil.py", "unet/evil.py", "custom_generate/generate.py", "pytorch_model.bin", "a/b.pkl",
        "model.ckpt", "flax_model.msgpack", "lib.so", "x.pth", "archive.tar.gz", "weights.npz", "install.sh",
    ]  # fmt: skip
    kept = list(filter_repo_objects(files, ignore_patterns=hub._UNWANTED))
    assert kept == files[:6]
