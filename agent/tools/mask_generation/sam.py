"""Segment Anything (Meta's segment-anything) as a predictor; the architecture is read from the checkpoint itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import InputError
from ...models.libraries import require
from ...models.residency import ModelMemory, Resident, shared_memory

_NEEDED = ("image_encoder.pos_embed", "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix")


class SamPredictor:
    """A Sam model. memory: who moves its weights."""

    def __init__(self, sam: Any, memory: ModelMemory | None = None) -> None:
        """sam: a segment_anything.modeling.Sam."""
        library = require("segment_anything", "Segment Anything", "segment-anything")
        self._memory = memory or shared_memory()
        self._resident = Resident([sam], "Segment Anything")
        self._predictor = library.SamPredictor(sam.eval())

    def save_memory(self) -> bool:
        """Moves all models off the GPU; this one comes back alone."""
        self._memory.let_go()
        return True

    def look_at(self, image: np.ndarray) -> None:
        """image: (H, W, 3) uint8 RGB."""
        self._memory.use(self._resident)
        self._predictor.set_image(image)

    def masks(self, box: tuple[int, int, int, int], points: np.ndarray) -> np.ndarray:
        """(N, H, W) bool candidates for box (x0, y0, x1, y1) px and points, (P, 2) px: from both, and from the box."""
        found = [
            self._predictor.predict(
                point_coords=coordinates,
                point_labels=None if coordinates is None else np.ones(len(coordinates), np.int64),
                box=np.array(box, np.float32),
                multimask_output=True,
            )[0]
            for coordinates in (points, None)
        ]
        return np.concatenate(found).astype(bool)


def load_sam(path: Path, memory: ModelMemory | None = None) -> SamPredictor:
    """The model of a checkpoint such as sam_vit_b_01ec64.pth. Raises InputError, naming the file, for any other."""
    torch = require("torch", "Segment Anything")
    require("torchvision", "Segment Anything")
    require("segment_anything", "Segment Anything", "segment-anything")
    expected = "a Segment Anything checkpoint (sam_vit_b, sam_vit_l or sam_vit_h)"
    if not path.is_file():
        raise InputError(f"{path}: no such file; give {expected}")
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of any class, at damaged files
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: truncated, or not {expected} ({reason[:160]}); download it again") from error
    if not isinstance(weights, dict) or any(name not in weights for name in _NEEDED):
        raise InputError(f"{path}: not {expected}; its weights have other names")
    try:
        sam = _build(weights)
        sam.load_state_dict(weights)
    except Exception as error:  # of any class, at tensors of another model
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: does not fit {expected} ({reason[:200]})") from error
    return SamPredictor(sam, memory)


def _build(weights: dict[str, Any]) -> Any:
    """A Sam of the sizes that the weights have (layout: segment_anything.build_sam)."""
    import torch
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    _, grid, _, width = weights["image_encoder.pos_embed"].shape
    patch = weights["image_encoder.patch_embed.proj.weight"].shape[-1]
    depth = sum(name.endswith(".attn.qkv.weight") for name in weights if name.startswith("image_encoder.blocks."))
    # Relative positions of a block reach over its window: 2 x side - 1 of them; the whole grid in global blocks.
    reaches = [weights[f"image_encoder.blocks.{index}.attn.rel_pos_h"].shape for index in range(depth)]
    everywhere = [index for index, reach in enumerate(reaches) if reach[0] == 2 * grid - 1]
    window = next(((reach[0] + 1) // 2 for reach in reaches if reach[0] != 2 * grid - 1), 0)
    channels = weights["image_encoder.neck.0.weight"].shape[0]
    heads = width // reaches[0][1]
    decoder = "mask_decoder.transformer.layers."
    layers = sum(name.startswith(decoder) and name.endswith(".norm4.weight") for name in weights)
    size = grid * patch
    return Sam(
        image_encoder=ImageEncoderViT(
            depth=depth,
            embed_dim=width,
            img_size=size,
            mlp_ratio=weights["image_encoder.blocks.0.mlp.lin1.weight"].shape[0] / width,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            num_heads=heads,
            patch_size=patch,
            qkv_bias=True,
            use_rel_pos=True,
            global_attn_indexes=everywhere,
            window_size=window,
            out_chans=channels,
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=channels,
            image_embedding_size=(grid, grid),
            input_image_size=(size, size),
            mask_in_chans=weights["prompt_encoder.mask_downscaling.3.weight"].shape[0],
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=weights["mask_decoder.mask_tokens.weight"].shape[0] - 1,
            transformer=TwoWayTransformer(
                depth=layers,
                embedding_dim=channels,
                mlp_dim=weights[f"{decoder}0.mlp.lin1.weight"].shape[0],
                num_heads=8,  # in every published model; nothing in the weights tells it
            ),
            transformer_dim=channels,
            iou_head_depth=sum(
                name.startswith("mask_decoder.iou_prediction_head.layers.") and name.endswith("weight")
                for name in weights
            ),
            iou_head_hidden_dim=weights["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0],
        ),
        # ImageNet's mean and deviation on the 0-255 scale, as the model was trained with.
        pixel_mean=[123.675, 116.28, 103.53],
        pixel_std=[58.395, 57.12, 57.375],
    )
