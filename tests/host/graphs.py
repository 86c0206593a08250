"""Parts of prompts in API format that several host tests send."""

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
