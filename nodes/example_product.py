"""Example Product: renders normal images, so that a workflow runs without photographs."""

from __future__ import annotations

from functools import partial

from comfy_api.latest import io

from ..agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from . import host
from .schema import MAX_SEED, schema
from .tensors import image_tensor

# render_normal's seeds are drawn from 32 bits.
_SEEDS = 2**32


class ExampleProduct(io.ComfyNode):
    """The demonstration's products on the canvas."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentExampleProduct",
            display_name="Example Product (Anomaly)",
            category="AnomalyAgent/load",
            description="Renders normal images of a product without a defect, to try the pack on before you have your own.",
            search_aliases=["anomaly example", "demo image", "sample product"],
            inputs=[
                io.Combo.Input("product", options=list(EXAMPLE_PRODUCTS), default="hex_nut", tooltip="What to render."),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=MAX_SEED,
                    control_after_generate=True,
                    tooltip="Sets place, light, colour and grain. The second image takes seed + 1, and so on.",
                ),
                io.Int.Input("size", default=512, min=64, max=2048, step=8, tooltip="Width and height in px."),
                io.Int.Input("count", default=1, min=1, max=64, tooltip="How many images."),
            ],
            outputs=[
                io.Image.Output("image", tooltip="A batch of normal images."),
                io.String.Output("item", tooltip="The product's name in words, for the item inputs."),
            ],
        )

    @classmethod
    def execute(cls, product: str, seed: int, size: int, count: int) -> io.NodeOutput:
        """Renders the images."""
        progress = host.Progress(count)
        images = []
        for index in range(count):
            # A large picture takes seconds.
            images.append(host.interruptible(partial(render_normal, product, (seed + index) % _SEEDS, size)))
            progress.show(index + 1)
        return io.NodeOutput(image_tensor(images), EXAMPLE_PRODUCTS[product].item)
