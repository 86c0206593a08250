"""Makes the policy: trajectories, SFT, GRPO."""
