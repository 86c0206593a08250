"""Training: trajectories, SFT and GRPO make the policy that the nodes load; and its evaluation."""
