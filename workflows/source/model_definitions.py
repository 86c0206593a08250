"""The example workflows with models: what stands where, and what the notes say."""

from __future__ import annotations

from typing import Any

from canvas import Canvas, Node

_BLUE, _GREEN, _BROWN = "#3f5b7a", "#3f6b4f", "#7a5b3f"
_LOADER, _LOOP, _PREVIEW = (360, 360), (520, 980), (420, 440)


def _outcome(w: Canvas, loop: Node, left: int, top: int = 160) -> None:
    """The last column: picture, mask and all attempts."""
    image = w.add(
        "SaveImage", (left, top), (420, 460), "Image with defect", images=loop["image"], filename_prefix="anomaly"
    )
    mask = w.add("MaskPreview", (left, top + 540), _PREVIEW, "Its mask", mask=loop["mask"])
    attempts = w.add("PreviewImage", (left + 480, top), (420, 460), "Every attempt", images=loop["attempts"])
    w.group("4  What came of it", [image, mask, attempts], _BROWN)


def _product(w: Canvas, top: int, **given: Any) -> Node:
    return w.add("AnomalyAgentExampleProduct", (40, top), (360, 200), **{"seed": 1, "size": 512, "count": 1, **given})


def inpainting_editor(schemas: dict[str, Any]) -> Canvas:
    """A diffusion inpainting model draws."""
    w = Canvas(schemas)
    product = _product(w, 420, product="painted_metal", size=1024)
    editor = w.add(
        "AnomalyAgentLoadEditor", (460, 420), _LOADER, hub_id="diffusers/stable-diffusion-xl-1.0-inpainting-0.1"
    )
    loop = w.add(
        "AnomalyAgentLoop", (880, 160), _LOOP, image=product["image"], item=product["item"], anomaly_type="rust stain",
        max_attempts=4, threshold=6.0, seed=1, editor=editor["editor"],
    )  # fmt: skip
    w.note(
        (40, 60),
        (780, 250),
        """
## An inpainting model draws the defect
1. In ComfyUI's environment: `pip install diffusers accelerate`.
2. Put an inpainting model's folder (with `model_index.json`) into `models/diffusers`, press **R** and choose it, or leave the
   hub id and switch `download` to *allow*, once (SDXL inpainting: about 7 GB).
3. **Run**. The agent says what and where; the model paints inside that place, at its own size; nothing else changes.

Stable Diffusion 1.5 and SDXL inpainting, FLUX.1 Fill and Qwen-Image inpainting are known by their own files; no name matters.
""",
    )
    w.group("1  Normal picture", [product], _BLUE)
    w.group("2  The editor", [editor], _BLUE)
    w.group("3  The agent", [loop], _GREEN)
    _outcome(w, loop, 1460)
    return w


def instruction_editor(schemas: dict[str, Any]) -> Canvas:
    """An instruction editor draws."""
    w = Canvas(schemas)
    product = _product(w, 420, product="leather", size=1024, seed=2)
    editor = w.add("AnomalyAgentLoadEditor", (460, 420), _LOADER, hub_id="Qwen/Qwen-Image-Edit-2511")
    loop = w.add(
        "AnomalyAgentLoop", (880, 160), _LOOP, image=product["image"], item=product["item"], anomaly_type="cut",
        max_attempts=4, threshold=6.0, seed=1, editor=editor["editor"],
    )  # fmt: skip
    w.note(
        (40, 60),
        (780, 250),
        """
## An instruction editor draws the defect
The model reads the agent's whole paragraph and edits the picture by it: Qwen-Image-Edit, FLUX.1 Kontext, FLUX.2 klein and
others. What it changes away from the place that the prompt names is left out, so the rest stays the normal picture.

1. In ComfyUI's environment: `pip install diffusers accelerate`.
2. Choose a model of `models/diffusers`, or allow the download of the hub id (Qwen-Image-Edit:
   about 58 GB; FLUX.2 klein 4B: about 16 GB).
3. **Run**. On a card smaller than the model, `offload` auto keeps parts in main memory; `4bit` makes it fit more.
""",
    )
    w.group("1  Normal picture", [product], _BLUE)
    w.group("2  The editor", [editor], _BLUE)
    w.group("3  The agent", [loop], _GREEN)
    _outcome(w, loop, 1460)
    return w


def _with_language_model(w: Canvas, model: Node, at: int, **given: Any) -> Node:
    roles = {name: model[name] for name in ("policy", "prompt_generator", "judge")}
    return w.add("AnomalyAgentLoop", (at, 160), _LOOP, max_attempts=4, threshold=6.0, seed=1, **roles, **given)


def vision_language_model(schemas: dict[str, Any]) -> Canvas:
    """A model through transformers decides, plans and judges."""
    w = Canvas(schemas)
    product = _product(w, 440, product="hex_nut")
    model = w.add("AnomalyAgentLoadLanguageModel", (460, 440), (360, 420), hub_id="Qwen/Qwen3-VL-4B-Thinking")
    loop = _with_language_model(w, model, 880, image=product["image"], item=product["item"], anomaly_type="scratch")
    w.note(
        (40, 60),
        (780, 270),
        """
## A vision-language model decides
As in the paper: the model sees the picture, writes the first prompt, calls the tools, judges what came of it, and refines.
Each of the three wires can go alone; what is unconnected stays embedded.

1. Put a model's folder (with `config.json`) into `models/LLM`, press **R** and choose it, or allow the download of the hub id
   (Qwen3-VL-4B: about 9 GB).
2. **Run**, and watch it think in the panel.

An `adapter` is a policy that was trained with this pack. Add *Load Editor* for a diffusion model as the generator.
""",
    )
    w.group("1  Normal picture", [product], _BLUE)
    w.group("2  The language model", [model], _BLUE)
    w.group("3  The agent", [loop], _GREEN)
    _outcome(w, loop, 1460)
    return w


def language_model_server(schemas: dict[str, Any]) -> Canvas:
    """A model behind a server decides, plans and judges."""
    w = Canvas(schemas)
    product = _product(w, 480, product="capsule", seed=2)
    model = w.add(
        "AnomalyAgentLanguageModelServer", (460, 480), (360, 230), model="Qwen/Qwen3-VL-8B-Instruct", time_limit=120.0
    )
    loop = _with_language_model(w, model, 880, image=product["image"], item=product["item"], anomaly_type="crack")
    w.note(
        (40, 60),
        (780, 310),
        """
## A language model behind a server
Any OpenAI-compatible server: `vllm serve Qwen/Qwen3-VL-8B-Instruct`, Ollama (`http://127.0.0.1:11434/v1`), LM Studio
(`http://127.0.0.1:1234/v1`), or a hosted one.

1. In ComfyUI's environment: `pip install openai`.
2. Write the server's address and the model's name; the model must see images.
3. **Run**.

**A key never goes into a node**, for ComfyUI saves nodes into pictures. Set `ANOMALY_AGENT_BASE_URL` and
`ANOMALY_AGENT_API_KEY` before ComfyUI starts; the key goes to that address alone.
""",
    )
    w.group("1  Normal picture", [product], _BLUE)
    w.group("2  The server", [model], _BLUE)
    w.group("3  The agent", [loop], _GREEN)
    _outcome(w, loop, 1460)
    return w


def comfyui_language_model(schemas: dict[str, Any]) -> Canvas:
    """The host's own language model decides, plans and judges."""
    w = Canvas(schemas)
    product = _product(w, 400, product="wood", seed=4)
    clip = w.add("CLIPLoader", (460, 400), (360, 130), "Your language model", clip_name="qwen3vl_4b.safetensors")
    model = w.add("AnomalyAgentUseLanguageModel", (460, 620), (360, 190), clip=clip["CLIP"])
    loop = _with_language_model(w, model, 880, image=product["image"], item=product["item"], anomaly_type="hole")
    w.note(
        (40, 60),
        (780, 230),
        """
## ComfyUI's own language model decides
*Load CLIP* loads Qwen3-VL (or Qwen3.5, Gemma: what *Generate Text* takes) from `models/text_encoders`; **Use Language Model**
makes it policy, planner and judge. ComfyUI moves it in and out of memory; no other package is needed.

Choose your file on the left, then **Run**.
""",
    )
    w.group("1  Normal picture", [product], _BLUE)
    w.group("2  The language model", [clip, model], _BLUE)
    w.group("3  The agent", [loop], _GREEN)
    _outcome(w, loop, 1460)
    return w


def segment_anything_masks(schemas: dict[str, Any]) -> Canvas:
    """The embedded mask and Segment Anything's, side by side."""
    w = Canvas(schemas)
    product = _product(w, 420, product="hex_nut", seed=3)
    segmenter = w.add("AnomalyAgentLoadSegmenter", (40, 720), (360, 90))
    loop = w.add(
        "AnomalyAgentLoop", (460, 160), _LOOP, image=product["image"], item=product["item"], anomaly_type="rust",
        max_attempts=4, threshold=6.0, seed=2,
    )  # fmt: skip
    computed = w.add(
        "AnomalyAgentMaskGeneration", (1040, 160), (330, 120), "Computed from the change",
        normal=product["image"], edited=loop["image"],
    )  # fmt: skip
    segmented = w.add(
        "AnomalyAgentMaskGeneration", (1040, 720), (330, 120), "By Segment Anything",
        normal=product["image"], edited=loop["image"], segmenter=segmenter["segmenter"],
    )  # fmt: skip
    image = w.add("PreviewImage", (1880, 160), _PREVIEW, "Image with defect", images=loop["image"])
    first = w.add("MaskPreview", (1420, 160), (400, 440), "Computed mask", mask=computed["mask"])
    second = w.add("MaskPreview", (1420, 720), (400, 440), "Segmented mask", mask=segmented["mask"])
    w.note(
        (40, 60),
        (360, 270),
        """
## Masks by Segment Anything
Put `sam_vit_b_01ec64.pth` (or l, h), or a folder of SAM 2, into `models/sams`, press **R**, choose it, and **Run**.

It is prompted with what changed. Where its mask does not agree with the change, the computed one stays.
""",
    )
    w.group("1  Normal picture and model", [product, segmenter], _BLUE)
    w.group("2  The agent", [loop], _GREEN)
    w.group("3  Two masks of one defect", [computed, segmented, first, second, image], _BROWN)
    return w


def rebuild_normal(schemas: dict[str, Any]) -> Canvas:
    """From an anomaly back to a normal picture."""
    w = Canvas(schemas)
    product = _product(w, 420, product="concrete", seed=5)
    loop = w.add(
        "AnomalyAgentLoop", (460, 160), _LOOP, image=product["image"], item=product["item"], anomaly_type="crack",
        max_attempts=3, threshold=6.0, seed=3,
    )  # fmt: skip
    rebuilt = w.add(
        "AnomalyAgentRebuildNormal", (1040, 160), (340, 220), image=loop["image"], mask=loop["mask"],
        item=product["item"], seed=1,
    )  # fmt: skip
    before = w.add("PreviewImage", (1440, 160), _PREVIEW, "With the defect", images=loop["image"])
    mask = w.add("MaskPreview", (1440, 700), _PREVIEW, "Its mask", mask=loop["mask"])
    after = w.add("PreviewImage", (1920, 160), _PREVIEW, "Rebuilt", images=rebuilt["image"])
    truth = w.add("PreviewImage", (1920, 700), _PREVIEW, "The true normal picture", images=product["image"])
    w.note(
        (40, 60),
        (360, 270),
        """
## From an anomaly back to normal
For when you have pictures of defects, but none of the same spot without: **Rebuild Normal** takes the defect out, by its mask.
Here a defect is made first, so that you can compare with the truth.

**Run**: nothing is downloaded. For large defects wire an inpainting model from *Load Editor* into `editor`.
""",
    )
    w.group("1  Normal picture", [product], _BLUE)
    w.group("2  A defect to remove", [loop], _GREEN)
    w.group("3  Removed", [rebuilt, before, mask, after, truth], _BROWN)
    return w


#: Every workflow by file name.
MODEL_WORKFLOWS = {
    build.__name__: build
    for build in (
        inpainting_editor,
        instruction_editor,
        vision_language_model,
        language_model_server,
        comfyui_language_model,
        segment_anything_masks,
        rebuild_normal,
    )
}
