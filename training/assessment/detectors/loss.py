"""The loss of a detector."""

from __future__ import annotations

import torch
from torch.nn import functional

# Focusing parameter of arXiv 1708.02002.
_FOCUS = 2.0


def focal_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross entropy that easy pixels add little to (arXiv 1708.02002), a picture's mean weighed by its defect's area.

    logits: (N, 1, H, W). target: the same shape, 0.0 or 1.0. Returns a scalar.
    """
    loss = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    missed = torch.where(target > 0, 1 - logits.sigmoid(), logits.sigmoid())
    # Half of the weight to either class: defects cover a per cent or so of the pixels.
    defect, rest = target, 1 - target
    focal = missed**_FOCUS * loss
    return (focal * defect).sum() / defect.sum().clamp(min=1.0) + (focal * rest).sum() / rest.sum()
