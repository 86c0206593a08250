"""The five tool nodes, each alone: what they give is what the agent's tools give, for batches and lists too."""

import numpy as np
import pytest
import torch
from host_stand_in import HOST, InterruptedRun, run

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.verdict import FaultKind
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.nodes.image_generation import ImageGeneration
from anomaly_agent.nodes.knowledge_retrieval import KnowledgeRetrieval
from anomaly_agent.nodes.mask_generation import MaskGeneration
from anomaly_agent.nodes.prompt_generation import PromptGeneration
from anomaly_agent.nodes.quality_evaluation import QualityEvaluation
from anomaly_agent.nodes.tensors import image_tensor

NUTS = [render_normal("hex_nut", seed, 128) for seed in (3, 4)]
BATCH = image_tensor(NUTS)
NAMES = {"item": ["hex nut"], "anomaly_type": ["scratch"]}
TOOLS = embedded_backends()


def made(seed=5):
    (prompts,) = run(PromptGeneration, image=[BATCH], seed=[seed], **NAMES)
    images, masks = run(ImageGeneration, image=[BATCH], prompt=prompts, seed=[seed], **NAMES)
    return prompts, images, masks


def test_prompt_and_image_are_those_of_the_tools():
    prompts, images, masks = made()
    for index, normal in enumerate(NUTS):
        task = Task(normal, "hex nut", "scratch", seed=5 + index)
        scene = analyze_scene(normal)
        assert prompts[index] == TOOLS.prompt_generator.plan(task, scene)
        expected = TOOLS.image_generator.edit(task, scene, prompts[index], 5 + index)
        assert (np.round(images[0][index].numpy() * 255) == expected.image).all()
        assert (masks[0][index].numpy() == expected.mask).all()


def test_verdict_is_the_critics_and_one_normal_serves_many():
    _, images, _ = made()
    score, passed, review, location, quality, faults = run(
        QualityEvaluation, normal=[BATCH], edited=images, threshold=[9.5], **NAMES
    )
    for index, normal in enumerate(NUTS):
        edited = np.round(images[0][index].numpy() * 255).astype(np.uint8)
        task = Task(normal, "hex nut", "scratch")
        verdict = TOOLS.judge.judge(task, analyze_scene(normal), edited, 9.5)
        assert (score[index], passed[index], review[index]) == (verdict.score, verdict.passed, verdict.review)
        assert location[index] + quality[index] == pytest.approx(score[index], abs=0.01)
        assert faults[index] == verdict.faults
    two = torch.cat([images[0][:1], images[0][:1]])
    assert len(run(QualityEvaluation, normal=[BATCH[:1]], edited=[two], threshold=[5.0], **NAMES)[0]) == 2


def test_what_is_wrong_comes_as_data():
    """A picture in which nothing has changed has a defect that cannot be seen."""
    *_, faults = run(QualityEvaluation, normal=[BATCH], edited=[BATCH], threshold=[5.0], **NAMES)
    assert [[fault.kind for fault in one] for one in faults] == [[FaultKind.FAINT]] * 2


def test_masks_come_from_both_images_alone():
    _, images, exact = made()
    masks, area = run(MaskGeneration, normal=[BATCH], edited=images)
    both = (masks[0] * exact[0]).sum((1, 2))
    either = ((masks[0] + exact[0]) > 0).sum((1, 2))
    assert (both / either > 0.5).all()
    assert area == pytest.approx([float(mask.mean()) for mask in masks[0]])
    assert run(MaskGeneration, normal=[BATCH], edited=[BATCH])[0][0].sum() == 0


def test_knowledge_is_found_with_its_source():
    text, found = run(KnowledgeRetrieval, item="hex nut", anomaly_type="scratch", limit=2)
    assert found == 2 and text.count("\n") == 1 and text.startswith("[packaged/")
    with pytest.raises(InputError, match="item: is empty"):
        run(KnowledgeRetrieval, item=" ", anomaly_type="scratch", limit=2)


def test_a_region_holds_the_defect():
    region = torch.zeros(128, 128)
    region[:, 64:] = 1
    prompts = ["Add a dark stain, severe."]
    _, masks = run(ImageGeneration, image=[BATCH], prompt=prompts, seed=[1], region=[region], **NAMES)
    assert masks[0][:, :, 64:].sum() > 20 and masks[0][:, :, :60].sum() == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"region": [torch.ones(1, 64, 64)]}, "region is 64x64 px but the image is 128x128 px"),
        ({"region": [torch.ones(3, 128, 128)]}, "region: 3 masks for 2 images"),
        ({"item": [""]}, "item is empty"),
        ({"anomaly_type": ["x" * 201]}, "anomaly type has 201 characters"),
        ({"image": [torch.full((1, 128, 128, 3), float("nan"))]}, "image: 49152 of 49152 values are NaN"),
    ],
)
def test_bad_input_names_its_socket(given, says):
    inputs = {"image": [BATCH], "seed": [0], **NAMES, **given}
    with pytest.raises(InputError) as caught:
        run(PromptGeneration, **inputs)
    assert says in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("unpainted", [(1, 64, 64), (64, 64), (1, 128, 128), (2, 64, 64)])
def test_a_region_in_which_nothing_is_painted_is_anywhere(unpainted):
    # Load Image gives a black mask of 64x64 px where a picture has no alpha, else one of the picture's size.
    inputs = {"image": [BATCH], "seed": [0], **NAMES}
    assert run(PromptGeneration, **inputs, region=[torch.zeros(unpainted)]) == run(PromptGeneration, **inputs)


def test_images_of_two_sizes_are_refused_by_name():
    with pytest.raises(InputError, match="edited: 64x64 px, but normal is 128x128 px"):
        run(MaskGeneration, normal=[BATCH[:1]], edited=[torch.rand(1, 64, 64, 3)])
    with pytest.raises(InputError, match="normal: 2 images for 3 images"):
        run(MaskGeneration, normal=[BATCH], edited=[torch.cat([BATCH, BATCH[:1]])])


def test_an_interrupt_ends_a_batch():
    HOST.interrupted = True
    with pytest.raises(InterruptedRun):
        made()
