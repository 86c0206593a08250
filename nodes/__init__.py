"""The ComfyUI face of the product: schemas, conversion of tensors, progress and interrupt. Imported by the host only."""
