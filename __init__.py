"""AnomalyAgent for ComfyUI: industrial anomaly synthesis in a closed agent loop."""
