"""What renderers share: the window around a defect, strokes, shapes, light, two-tone pictures."""
