"""Synthesizers of anomalies side by side: CutPaste, NSA, DRAEM, anomalib's Perlin generator, and the agent itself."""
