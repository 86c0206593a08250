"""The closed loop: one episode, the five tools over it, and ways to step into it."""
