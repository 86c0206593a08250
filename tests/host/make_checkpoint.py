"""Writes a checkpoint of the Stable Diffusion 1.5 inpainting architecture with random weights and a narrow UNet.

python make_checkpoint.py COMFYUI_PATH TARGET: a real file for CheckpointLoaderSimple where none can be downloaded.
"""

import sys

import torch

sys.path.insert(0, sys.argv[1])

from comfy.cli_args import args

args.cpu = True

import comfy.ops
import safetensors.torch
from comfy.ldm.models.autoencoder import AutoencoderKL
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel
from comfy.sd1_clip import SD1ClipModel


def random_weights(module: torch.nn.Module, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Weights that keep activations near 1; norms at 1, biases at 0."""
    weights = {}
    for name, value in module.state_dict().items():
        if value.ndim <= 1:
            weights[name] = torch.full(value.shape, 1.0 if name.endswith("weight") else 0.0)
        elif value.is_floating_point():
            weights[name] = torch.randn(value.shape, generator=generator) * 0.7 / max(1, value[0].numel()) ** 0.5
    return weights


def main(target: str) -> None:
    """Writes the file."""
    unet = UNetModel(
        image_size=32,
        in_channels=9,  # 4 latent, 1 mask, 4 masked latent: the inpainting layout
        model_channels=320,
        out_channels=4,
        num_res_blocks=[1, 1],
        channel_mult=[1, 2],
        num_heads=8,
        use_spatial_transformer=True,
        transformer_depth=[0, 1],
        transformer_depth_output=[0, 0, 1, 1],
        transformer_depth_middle=1,
        context_dim=768,
        legacy=False,
        operations=comfy.ops.disable_weight_init,
        dtype=torch.float16,
    )
    resnet = {"ch": 128, "ch_mult": [1, 2, 4, 4], "num_res_blocks": 2, "attn_resolutions": [], "dropout": 0.0}
    ends = {"double_z": True, "z_channels": 4, "resolution": 256, "in_channels": 3, "out_ch": 3}
    parts = {
        "model.diffusion_model.": unet,
        "first_stage_model.": AutoencoderKL(ddconfig={**resnet, **ends}, embed_dim=4),
        "cond_stage_model.": SD1ClipModel(device="cpu", dtype=torch.float16).clip_l,
    }
    generator = torch.Generator().manual_seed(0)
    weights = {
        prefix + name: value.half().contiguous()
        for prefix, module in parts.items()
        for name, value in random_weights(module, generator).items()
    }
    safetensors.torch.save_file(weights, target)


if __name__ == "__main__":
    main(sys.argv[2])
