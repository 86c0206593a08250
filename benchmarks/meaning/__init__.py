"""Is what was asked what is seen? Descriptions with facts, and measures of pixels that renderer and judge do not use."""
