"""Supervised fine-tuning on trajectories."""
