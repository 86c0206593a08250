"""What is kept of a run: enough to read it again, and not so much that a saved workflow cannot be opened."""

import json

from host_stand_in import run_all

from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.nodes.agent_loop import AgentLoopNode
from anomaly_agent.nodes.panel import KEY
from anomaly_agent.nodes.tensors import image_tensor


def kept(count, size):
    images = image_tensor([render_normal("woven_fabric", seed, size) for seed in range(count)])
    extra = {"workflow": {"nodes": [{"id": 7}]}}
    names = {"item": ["fabric"], "anomaly_type": ["nine large cracks in the upper left"], "seed": [1], "pause": [False]}
    output = run_all(
        AgentLoopNode,
        extra_pnginfo=extra,
        image=[images],
        max_attempts=[2],
        threshold=[5.0],
        policy=[ScriptedPolicy()],
        **names,
    )
    return output.ui[KEY][0], extra


def test_a_large_run_keeps_every_word_and_the_latest_pictures():
    record, extra = kept(18, 448)
    assert len(json.dumps(record)) < 700_000
    with_pictures = [bool(episode["picture"]) for episode in record["episodes"]]
    assert with_pictures == sorted(with_pictures) and with_pictures[-1] and not with_pictures[0]
    assert all(episode["turns"] and len(episode["attempts"]) == 2 for episode in record["episodes"])
    assert "anomaly_agent" not in extra and extra["workflow"]["nodes"][0]["properties"][KEY] == record


def test_a_small_run_keeps_all():
    record, extra = kept(2, 96)
    assert all(attempt["picture"] for episode in record["episodes"] for attempt in episode["attempts"])
    assert len(extra["anomaly_agent"]["7"]) == 2
