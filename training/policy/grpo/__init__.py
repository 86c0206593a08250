"""Group-relative policy optimization in the environment."""
