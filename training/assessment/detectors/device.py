"""Where detectors are trained."""

from __future__ import annotations

import torch

from ....agent.core.errors import InputError


def check_device(device: str) -> None:
    """Raises InputError for a device that torch does not have here. device: as --device, "cpu", "cuda" or "cuda:1"."""
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"--device {device}: {str(error).splitlines()[0]}; use cpu") from error


def name_device(device: str) -> str:
    """The accelerator's own name, for reports; "CPU" for the processor. device: one that check_device lets through."""
    return torch.cuda.get_device_name(device) if torch.device(device).type == "cuda" else device.upper()
