"""What several host tests share: parts of prompts in API format, and an interrupt that is checked."""

import time

#: An interrupt takes effect within a second; the rest is the host's queue and HTTP, on a busy machine.
WITHIN = 1.5

PRODUCT = {
    "class_type": "AnomalyAgentExampleProduct",
    "inputs": {"product": "hex_nut", "seed": 3, "size": 128, "count": 1},
}


def graph(**nodes):
    """A prompt: the product is node "1"; n2=, n3= ... are the nodes of these numbers."""
    return {"1": PRODUCT, **{key.removeprefix("n"): value for key, value in nodes.items()}}


def preview(kind, name, source):
    """A node that shows an output."""
    return {"class_type": kind, "inputs": {name: source}}


def solid(width, height, value=1.0):
    """A mask of one value."""
    return {"class_type": "SolidMask", "inputs": {"value": value, "width": width, "height": height}}


def tensor(shape, value):
    """A tensor that no well-behaved node gives. shape: "1,128,128,3"; value: a number, nan or inf, as text."""
    return {"class_type": "TestTensor", "inputs": {"shape": shape, "value": value}}


def stop_after(host, prompt_id, seconds):
    """Interrupts a queued run that is under way by then, and checks that it ends in time."""
    time.sleep(seconds)
    assert host.get("/queue")["queue_running"], "the run is long enough to be stopped"
    started = time.monotonic()
    host.post("/interrupt", {})
    run = host.wait(prompt_id, 10)
    assert time.monotonic() - started < WITHIN
    assert run.status == "error" and "execution_interrupted" in run.messages
