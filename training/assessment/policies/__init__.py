"""Policies side by side: on tasks that no training has seen, with tables, and a wall of pictures."""
