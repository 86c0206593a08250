"""Trajectories for SFT: from real anomaly images, told backwards, and from what users recorded."""
