"""Data sets with samples that are made to measure: a spot of a size, tone and place on a normal image."""

import json

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.core.result import Result, Stop
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.dataset.samples import Sample
from anomaly_agent.agent.dataset.writer import DatasetAppender
from anomaly_agent.agent.products.catalogue import render_normal


@pytest.fixture
def make_set(tmp_path):
    """make_set([{kind, at, radius, tone, stretch, normal, score, noise}]) writes a set; returns the item's folder. normals:
    its normal images, (160, 160, 3); slabs of concrete where none are given."""
    slabs = [render_normal("concrete", seed, 160) for seed in range(3)]

    def make(spots, normals=slabs):
        for spot in spots:
            one = {
                "kind": "stain",
                "at": (80, 80),
                "radius": 12,
                "tone": -60,
                "stretch": 1.0,
                "normal": 0,
                "score": 8.0,
                **spot,
            }
            normal = normals[one["normal"]]
            mask = np.zeros(normal.shape[:2], np.uint8)
            axes = (one["radius"], max(1, round(one["radius"] * one["stretch"])))
            cv2.ellipse(mask, one["at"], axes, 30, 0, 360, 1, -1)
            change = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0) * (mask > 0) * one["tone"]
            image = np.clip(normal + change[..., None], 0, 255).astype(np.uint8)
            trajectory = Trajectory()
            trajectory.add_image(normal, "")
            task = Task(normal, "slab", one["kind"])
            result = Result(image, mask > 0, None, trajectory, Stop.PASSED)
            DatasetAppender(tmp_path, "slab").add(Sample(task, None, result), passed=True)
        path = tmp_path / "slab" / "trajectories.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line, spot in zip(lines, spots, strict=True):
            line["images"].append(line["image"])
            line["attempts"] = [{"image": 2, "score": spot.get("score", 8.0)}]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return tmp_path / "slab"

    return make
