"""Synthesizers compared by what a detector learns from their samples; and the agent's loop, part by part."""
