"""Save and Load Anomaly Dataset: the MVTec AD layout on the canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from comfy_api.latest import io

from ..agent.core.errors import InputError
from ..agent.core.result import Result, Stop
from ..agent.core.task import Task
from ..agent.core.trajectory import Trajectory
from ..agent.dataset.reader import Entry, list_dataset
from ..agent.dataset.samples import Sample
from ..agent.dataset.writer import DatasetAppender
from . import host
from .schema import Episode, anomaly_type_input, image_input, item_input, schema
from .tensors import check_mask_size, image_tensor, mask_tensor, masks, matched, pictures


class SaveAnomalyDataset(io.ComfyNode):
    """Appends samples to a data set below the host's output folder."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentSaveDataset",
            display_name="Save Anomaly Dataset",
            category="AnomalyAgent/data",
            description=(
                "Appends images and masks to a data set in the MVTec AD layout: ITEM/test/TYPE, ITEM/ground_truth/TYPE, and "
                "ITEM/train/good for the normal images. Nothing that is there is written over."
            ),
            search_aliases=["save defects", "MVTec AD", "export dataset", "save masks"],
            is_input_list=True,
            is_output_node=True,
            not_idempotent=True,
            inputs=[
                image_input("The images with defects."),
                io.Mask.Input("mask", tooltip="Their masks, at the images' size, one for each image."),
                item_input(),
                anomaly_type_input(),
                io.String.Input(
                    "folder", default="anomalies", tooltip="The set's folder, inside ComfyUI's output folder."
                ),
                io.Boolean.Input(
                    "passed",
                    optional=True,
                    force_input=True,
                    tooltip="Samples that did not pass go below rejected/. Unconnected: as the episode says, else passed.",
                ),
                Episode.Input(
                    "episode",
                    optional=True,
                    tooltip="From a loop node: the normal image, all attempts and the trajectory are saved too.",
                ),
            ],
            outputs=[
                io.String.Output("folder", tooltip="The item's folder, absolute; for Load Anomaly Dataset."),
                io.Int.Output("saved", tooltip="How many samples passed and were saved."),
                io.Int.Output("rejected", tooltip="How many were saved below rejected/."),
            ],
        )

    @classmethod
    def execute(
        cls,
        image: list[Any],
        mask: list[Any],
        item: list[str],
        anomaly_type: list[str],
        folder: list[str],
        passed: list[bool] | None = None,
        episode: list[Sample] | None = None,
    ) -> io.NodeOutput:
        """Checks everything, then writes."""
        found = pictures(image, "image")
        count = len(found)
        drawn = masks(mask, "mask") or []
        if len(drawn) != count:
            raise InputError(f"mask: {len(drawn)} masks for {count} image(s); give one mask for each image")
        if episode is not None and len(episode) != count:
            raise InputError(f"episode: {len(episode)} episodes for {count} image(s); connect both from the same node")
        items = matched(item, count, "item", "names")
        kinds = matched(anomaly_type, count, "anomaly_type", "names")
        verdicts = matched(passed, count, "passed", "values") if passed is not None else [None] * count
        samples = []
        for index, array in enumerate(found.arrays):
            check_mask_size(drawn[index], array, "mask")
            if not drawn[index].any():
                raise InputError(f"mask: mask {index + 1} is empty; a sample needs the pixels of its defect")
            task = Task(array, items[index], kinds[index])
            given = episode[index] if episode is not None else None
            sample = given or Sample(task, None, Result(array, drawn[index], None, Trajectory(), Stop.ANSWERED))
            samples.append((sample, task, array, drawn[index], verdicts[index]))
        root = host.output_folder(folder[0], "folder")
        appenders = {name: DatasetAppender(root, name) for name in dict.fromkeys(items)}
        progress = host.Progress(count)
        saved = 0
        for done, (sample, task, array, drawing, verdict) in enumerate(samples, 1):
            good = verdict if verdict is not None else sample.result.passed or sample.result.verdict is None
            result = replace(sample.result, image=_same_or(sample.result.image, array), mask=drawing)
            named = replace(sample.task, item=task.item, anomaly=task.anomaly)
            appenders[task.item].add(Sample(named, sample.source, result), passed=good)
            saved += good
            progress.show(done)
        return io.NodeOutput(str(appenders[items[-1]].root), saved, count - saved)


def _same_or(made: Any, given: Any) -> Any:
    """The attempt's own array where the image came through unchanged, so that it is not saved twice."""
    return made if made.shape == given.shape and bool((made == given).all()) else given


class LoadAnomalyDataset(io.ComfyNode):
    """Reads a data set, or a folder of normal images."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoadDataset",
            display_name="Load Anomaly Dataset",
            category="AnomalyAgent/data",
            description=(
                "Loads images with their masks from a data set in the MVTec AD layout, or normal images from a plain folder. "
                "Samples that a review or curation rejected are left out. Nodes behind it run for every image."
            ),
            search_aliases=["load folder", "MVTec AD", "VisA", "load images", "normal images"],
            inputs=[
                io.String.Input(
                    "folder",
                    default="examples/hex_nut",
                    tooltip=(
                        "A folder of pictures, or an item's folder with train/ and test/: absolute, or inside ComfyUI's input "
                        "or output folder. examples/hex_nut comes with the pack."
                    ),
                ),
                io.Combo.Input(
                    "split",
                    options=["normal", "anomalous", "all"],
                    default="normal",
                    tooltip="Which images: without a defect, with one, or both.",
                ),
                io.String.Input("anomaly_type", default="", tooltip="Only this type; empty for every type."),
                io.Int.Input("limit", default=0, min=0, max=100_000, tooltip="How many images at most; 0 for all."),
            ],
            outputs=[
                io.Image.Output("image", tooltip="The images, one after the other.", is_output_list=True),
                io.Mask.Output("mask", tooltip="Their masks; empty for normal images.", is_output_list=True),
                io.String.Output("anomaly_type", tooltip="Their types; 'good' for normal images.", is_output_list=True),
                io.String.Output("name", tooltip="Their file names, without folder and ending.", is_output_list=True),
                io.String.Output("item", tooltip="The folder's name, for the item inputs."),
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, folder: str, split: str, anomaly_type: str, limit: int) -> Any:
        """Changes when a file does."""
        try:
            entries = list_dataset(host.find_folder(folder, "folder"), split, anomaly_type)  # type: ignore[arg-type]
            files = [file for entry in entries for file in (entry.image, entry.mask) if file is not None]
            return [(str(file), file.stat().st_mtime_ns) for file in files]
        except (ValueError, OSError):
            return float("nan")  # execute says what is wrong

    @classmethod
    def execute(cls, folder: str, split: str, anomaly_type: str, limit: int) -> io.NodeOutput:
        """Reads the images."""
        root = host.find_folder(folder, "folder")
        entries = list_dataset(root, split, anomaly_type)  # type: ignore[arg-type]
        entries = entries[:limit] if limit else entries
        progress = host.Progress(len(entries))
        images, drawn = [], []
        found: list[Entry] = []
        lost: list[str] = []
        for done, entry in enumerate(entries, 1):
            try:
                image, mask = entry.read()
            except InputError as error:
                lost.append(str(error))
            else:
                found.append(entry)
                images.append(image_tensor([image]))
                drawn.append(mask_tensor([mask]))
            progress.show(done)
        if not found:
            raise InputError(lost[0] + (f" (and {len(lost) - 1} more that cannot be used)" if len(lost) > 1 else ""))
        if lost:
            host.notice(f"{len(lost)} of {len(entries)} images are left out: {'; '.join(lost)}")
        names = [entry.image.stem for entry in found]
        kinds = [entry.anomaly or "good" for entry in found]
        return io.NodeOutput(images, drawn, kinds, names, root.resolve().name.replace("_", " "))
