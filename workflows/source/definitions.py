"""The example workflows: what stands where, and what the notes say."""

from __future__ import annotations

from typing import Any

from canvas import Canvas

_SIZE = (330, 170)
_BLUE, _GREEN, _BROWN = "#3f5b7a", "#3f6b4f", "#7a5b3f"


def quickstart(schemas: dict[str, Any]) -> Canvas:
    """One loop node, no models."""
    w = Canvas(schemas)
    product = w.add("AnomalyAgentExampleProduct", (40, 420), (330, 200), product="hex_nut", seed=72, size=512, count=1)
    loop = w.add(
        "AnomalyAgentLoop",
        (440, 120),
        (520, 980),
        image=product["image"],
        item=product["item"],
        anomaly_type="scratch",
        max_attempts=5,
        threshold=9.5,
        seed=72,
    )
    image = w.add(
        "SaveImage", (1040, 120), (420, 460), "Image with defect", images=loop["image"], filename_prefix="anomaly"
    )
    mask = w.add("MaskPreview", (1040, 660), (420, 440), "Its mask", mask=loop["mask"])
    attempts = w.add("PreviewImage", (1520, 120), (420, 460), "Every attempt", images=loop["attempts"])
    score = w.add("PreviewAny", (1520, 660), (420, 120), "Score, 0-10", source=loop["score"])
    w.note(
        (40, 120),
        (330, 200),
        """
## Quickstart
Press **Run**. Nothing is downloaded; it takes seconds on a CPU.

The agent plans a defect, draws it, judges its own picture, looks up how such a defect looks, and tries again until one
passes. Watch its turns in the panel of **Agent Loop**.
""",
    )
    w.note(
        (40, 720),
        (330, 360),
        """
## Then try
- **Your own picture**: replace *Example Product* with *Load Image*, and type what it shows into `item`.
- **Another defect**: say it in `anomaly_type`: dent, 2 dark stains in the upper left, rust near the edge ...
- **Not what you meant?** Press *Correct* beside *Understood as* in the panel.
- **A batch**: set `count` to 4.
- **Less strict**: `threshold` is high here, so that you see the agent refine; 5 is usual.
- **Your say**: switch `pause` on, and edit the next prompt or paint the region after each attempt.
""",
        "Next steps",
    )
    w.group("1  A normal picture", [product], _BLUE)
    w.group("2  The agent", [loop], _GREEN)
    w.group("3  What came of it", [image, mask, attempts, score], _BROWN)
    return w


def five_tools_closed_loop(schemas: dict[str, Any]) -> Canvas:
    """The loop drawn as a graph."""
    w = Canvas(schemas)
    product = w.add("AnomalyAgentExampleProduct", (40, 360), (310, 200), product="wire_mesh", seed=9, size=512, count=1)
    prompt = w.add(
        "AnomalyAgentPromptGeneration",
        (400, 360),
        (310, 220),
        image=product["image"],
        item=product["item"],
        anomaly_type="bent wire",
        seed=11,
    )
    begin = w.add(
        "AnomalyAgentLoopBegin",
        (760, 360),
        (330, 420),
        image=product["image"],
        item=product["item"],
        anomaly_type="bent wire",
        max_attempts=5,
        threshold=8.0,
        seed=11,
        prompt=prompt["prompt"],
    )
    generate = w.add(
        "AnomalyAgentImageGeneration",
        (1170, 160),
        (340, 280),
        image=begin["image"],
        prompt=begin["prompt"],
        item=begin["item"],
        anomaly_type=begin["anomaly_type"],
        meaning=begin["meaning"],
        seed=begin["seed"],
    )
    judge = w.add(
        "AnomalyAgentQualityEvaluation",
        (1560, 160),
        (330, 230),
        normal=begin["image"],
        edited=generate["image"],
        item=begin["item"],
        anomaly_type=begin["anomaly_type"],
        meaning=begin["meaning"],
        threshold=8.0,
    )
    lookup = w.add(
        "AnomalyAgentKnowledgeRetrieval",
        (1560, 480),
        (330, 160),
        item=begin["item"],
        anomaly_type=begin["anomaly_type"],
    )
    attempt = w.add("PreviewImage", (1170, 520), (340, 360), "This attempt", images=generate["image"])
    said = w.add("PreviewAny", (1560, 720), (330, 160), "Its review", source=judge["review"])
    end = w.add(
        "AnomalyAgentLoopEnd",
        (1970, 160),
        (480, 720),
        loop=begin["loop"],
        image=generate["image"],
        mask=generate["mask"],
        score=judge["score"],
        review=judge["review"],
        knowledge=lookup["text"],
        faults=judge["faults"],
    )
    segment = w.add("AnomalyAgentMaskGeneration", (2530, 160), (330, 120), normal=product["image"], edited=end["image"])
    image = w.add("PreviewImage", (2530, 360), (330, 340), "Image with defect", images=end["image"])
    mask = w.add("MaskPreview", (2530, 760), (330, 340), "Its mask", mask=segment["mask"])
    attempts = w.add("PreviewImage", (2910, 160), (420, 540), "Every attempt", images=end["attempts"])
    w.note(
        (40, 640),
        (670, 300),
        """
## The closed loop, drawn
**Agent Loop Begin** gives the normal picture and this attempt's prompt. The tools between draw and judge it. **Agent Loop
End** asks the agent what to do: with a low score it may look up knowledge, rewrites the prompt from the review, and runs the
nodes between again. It stops at the first attempt that passes, or when `max_attempts` are made.

Change any part: put another generator in the place of *Image Generation*, another judge in that of *Quality Evaluation*.
Previews between Begin and End show every attempt as it is made.
""",
    )
    w.group("1  Normal picture", [product], _BLUE)
    w.group("2  PG: the first prompt", [prompt], _BLUE)
    w.group("3  Runs again for each attempt: IG, QE, KR", [begin, generate, judge, lookup, attempt, said, end], _GREEN)
    w.group("4  MG: the mask", [segment, image, mask, attempts], _BROWN)
    return w


def painted_region(schemas: dict[str, Any]) -> Canvas:
    """An artist says where."""
    w = Canvas(schemas)
    product = w.add(
        "AnomalyAgentExampleProduct", (40, 420), (330, 200), product="painted_metal", seed=6, size=512, count=1
    )
    strokes = (
        '[{"points":[[0.18,0.74],[0.3,0.66],[0.42,0.62],[0.54,0.6]],"width":0.12,"erase":false},'
        '{"points":[[0.54,0.6],[0.6,0.58]],"width":0.08,"erase":false}]'
    )
    paint = w.add("AnomalyAgentPaintRegion", (440, 160), (460, 600), image=product["image"], strokes=strokes)
    loop = w.add(
        "AnomalyAgentLoop",
        (980, 160),
        (520, 980),
        image=paint["image"],
        region=paint["region"],
        item=product["item"],
        anomaly_type="scratch",
        max_attempts=4,
        threshold=6.0,
        seed=11,
    )
    image = w.add(
        "SaveImage", (1580, 160), (420, 460), "Image with defect", images=loop["image"], filename_prefix="anomaly"
    )
    mask = w.add("MaskPreview", (1580, 700), (420, 440), "Its mask", mask=loop["mask"])
    w.note(
        (40, 160),
        (330, 180),
        """
## Say where
Paint on **Paint Region** where the defect may go, then **Run**. It stays inside what you painted. The strokes are saved in
the workflow.
""",
    )
    w.note(
        (40, 700),
        (330, 300),
        """
## By hand, after each attempt
Switch `pause` on in **Agent Loop**. After each attempt the run waits: read the review in the panel, change the next prompt,
paint the region anew, and go on. What you changed is written into the trajectory.

A mask from *Load Image* (right-click, *Open in MaskEditor*) can be wired into `region` too.
""",
        "Pause",
    )
    w.group("1  Normal picture", [product], _BLUE)
    w.group("2  Where", [paint], _BLUE)
    w.group("3  The agent", [loop], _GREEN)
    w.group("4  What came of it", [image, mask], _BROWN)
    return w


def own_generator_inpainting(schemas: dict[str, Any]) -> Canvas:
    """Core nodes between Begin and End."""
    w = Canvas(schemas)
    product = w.add("AnomalyAgentExampleProduct", (40, 420), (310, 200), product="leather", seed=2, size=512, count=1)
    model = w.add(
        "CheckpointLoaderSimple",
        (40, 720),
        (310, 120),
        "Your checkpoint",
        ckpt_name="sd-v1-5-inpainting.safetensors",
    )
    begin = w.add(
        "AnomalyAgentLoopBegin",
        (430, 420),
        (330, 420),
        image=product["image"],
        item=product["item"],
        anomaly_type="cut",
        max_attempts=4,
        threshold=6.0,
        seed=1,
    )
    grow = w.add("GrowMask", (840, 900), (280, 120), "Room around the defect", mask=begin["region"], expand=8)
    positive = w.add(
        "CLIPTextEncode", (840, 420), (280, 120), "This attempt's prompt", text=begin["prompt"], clip=model["CLIP"]
    )
    negative = w.add(
        "CLIPTextEncode",
        (840, 620),
        (280, 180),
        "What it should not be",
        text="drawing, cartoon, text, watermark, blurry, second object",
        clip=model["CLIP"],
    )
    inpaint = w.add(
        "InpaintModelConditioning",
        (1190, 420),
        (280, 180),
        positive=positive["CONDITIONING"],
        negative=negative["CONDITIONING"],
        vae=model["VAE"],
        pixels=begin["image"],
        mask=grow["MASK"],
    )
    sample = w.add(
        "KSampler",
        (1190, 680),
        (280, 300),
        model=model["MODEL"],
        seed=begin["seed"],
        steps=20,
        cfg=7.0,
        sampler_name="euler",
        scheduler="normal",
        positive=inpaint["positive"],
        negative=inpaint["negative"],
        latent_image=inpaint["latent"],
        denoise=0.85,
    )
    decode = w.add("VAEDecode", (1540, 420), (280, 80), samples=sample["LATENT"], vae=model["VAE"])
    back = w.add(
        "ImageCompositeMasked",
        (1540, 580),
        (280, 180),
        "Nothing else changes",
        destination=begin["image"],
        source=decode["IMAGE"],
        resize_source=True,
        mask=grow["MASK"],
    )
    attempt = w.add("PreviewImage", (1540, 840), (280, 300), "This attempt", images=back["IMAGE"])
    judge = w.add(
        "AnomalyAgentQualityEvaluation",
        (1890, 420),
        (320, 230),
        normal=begin["image"],
        edited=back["IMAGE"],
        item=begin["item"],
        anomaly_type=begin["anomaly_type"],
        meaning=begin["meaning"],
        threshold=6.0,
    )
    end = w.add(
        "AnomalyAgentLoopEnd",
        (2280, 420),
        (480, 720),
        loop=begin["loop"],
        image=back["IMAGE"],
        score=judge["score"],
        review=judge["review"],
        faults=judge["faults"],
    )
    image = w.add(
        "SaveImage", (2840, 420), (380, 420), "Image with defect", images=end["image"], filename_prefix="anomaly"
    )
    mask = w.add("MaskPreview", (2840, 920), (380, 380), "Its mask", mask=end["mask"])
    w.note(
        (40, 60),
        (720, 260),
        """
## Your own generator in the loop
Here ComfyUI's own inpainting stands between **Agent Loop Begin** and **Agent Loop End**; any other generator can. Choose your
checkpoint on the left: an inpainting one (Stable Diffusion 1.5 or SDXL inpainting) does best, a plain one works.

Begin gives each attempt its prompt, its seed, and the region to inpaint. End reads score and review, lets the agent rewrite
the prompt, and runs it all again until a picture passes. Use picture sizes that are multiples of 8.
""",
    )
    w.group("1  Normal picture and model", [product, model], _BLUE)
    w.group(
        "2  Runs again for each attempt",
        [begin, grow, positive, negative, inpaint, sample, decode, back, attempt, judge, end],
        _GREEN,
    )
    w.group("3  What came of it", [image, mask], _BROWN)
    return w


def dataset_production(schemas: dict[str, Any]) -> Canvas:
    """A folder of normal pictures in, a data set out."""
    w = Canvas(schemas)
    load = w.add(
        "AnomalyAgentLoadDataset",
        (40, 420),
        (340, 260),
        "Your normal pictures",
        folder="examples/hex_nut",
        split="normal",
    )
    saves = []
    for index, (anomaly, seed) in enumerate((("scratch", 1), ("rust stain", 100))):
        top = 160 + 1080 * index
        loop = w.add(
            "AnomalyAgentLoop",
            (460, top),
            (500, 900),
            f"Agent Loop: {anomaly}",
            image=load["image"],
            item=load["item"],
            anomaly_type=anomaly,
            max_attempts=3,
            threshold=7.0,
            seed=seed,
        )
        save = w.add(
            "AnomalyAgentSaveDataset",
            (1030, top),
            (340, 230),
            image=loop["image"],
            mask=loop["mask"],
            item=load["item"],
            anomaly_type=anomaly,
            folder="anomalies",
            episode=loop["episode"],
        )
        pictures = w.add(
            "PreviewImage", (1440, top), (480, 440), f"{anomaly.capitalize()}: images", images=loop["image"]
        )
        masks = w.add("MaskPreview", (1440, top + 500), (480, 400), f"{anomaly.capitalize()}: masks", mask=loop["mask"])
        w.group(f"{index + 2}  {anomaly.capitalize()}", [loop, save, pictures, masks], _GREEN)
        saves.append(save)
    w.note(
        (40, 760),
        (340, 420),
        """
## A data set from a folder
1. Type your folder of normal pictures into **Your normal pictures** (absolute, or inside ComfyUI's `input` folder).
   `examples/hex_nut` comes with the pack.
2. Name the defects. Copy a group for more types.
3. **Run**. Each picture gets a defect of each type; the samples go to `output/anomalies/<item>` in the MVTec AD layout:
   `test/<type>`, `ground_truth/<type>`, `train/good`.

Run again with other seeds to add more; nothing is written over. Samples that never passed go below `rejected/`. The
trajectories lie in `trajectories.jsonl`.
""",
    )
    w.group("1  Normal pictures", [load], _BLUE)
    return w


def own_knowledge_base(schemas: dict[str, Any]) -> Canvas:
    """One's own notes steer the agent."""
    w = Canvas(schemas)
    base = w.add("AnomalyAgentLoadKnowledgeBase", (40, 440), (330, 140), folder="examples/knowledge", packaged=True)
    product = w.add("AnomalyAgentExampleProduct", (40, 680), (330, 200), product="capsule", seed=5, size=512, count=1)
    lookup = w.add(
        "AnomalyAgentKnowledgeRetrieval",
        (450, 160),
        (330, 180),
        item=product["item"],
        anomaly_type="dent",
        limit=3,
        knowledge=base["knowledge"],
    )
    text = w.add("PreviewAny", (450, 440), (330, 440), "What the agent would read", source=lookup["text"])
    loop = w.add(
        "AnomalyAgentLoop",
        (860, 160),
        (520, 980),
        image=product["image"],
        item=product["item"],
        anomaly_type="dent",
        max_attempts=4,
        threshold=9.0,
        seed=5,
        knowledge=base["knowledge"],
    )
    image = w.add(
        "SaveImage", (1460, 160), (420, 460), "Image with defect", images=loop["image"], filename_prefix="anomaly"
    )
    attempts = w.add("PreviewImage", (1460, 700), (420, 440), "Every attempt", images=loop["attempts"])
    w.note(
        (40, 100),
        (330, 240),
        """
## Your own knowledge
Put Markdown files into a folder: `# product`, below it `## defect`, and how it looks. Give the folder to **Load Knowledge
Base**. After a low score the agent looks there first and takes over what it says of place, tone and edge.
""",
    )
    w.group("1  Notes and picture", [base, product], _BLUE)
    w.group("2  Look it up", [lookup, text], _BLUE)
    w.group("3  The agent, with your notes", [loop], _GREEN)
    w.group("4  What came of it", [image, attempts], _BROWN)
    return w


#: Every workflow by file name.
WORKFLOWS = {
    build.__name__: build
    for build in (
        quickstart,
        five_tools_closed_loop,
        painted_region,
        own_generator_inpainting,
        dataset_production,
        own_knowledge_base,
    )
}
