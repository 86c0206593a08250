"""Scenes of the last pictures are kept by what the pictures show."""

import numpy as np

from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.recent import scene_of
from anomaly_agent.agent.scene.scene import analyze_scene


def test_an_equal_picture_has_the_same_scene_and_a_changed_one_its_own():
    image = render_normal("washer", 3, 96)
    first = scene_of(image)
    assert scene_of(image.copy()) is first
    assert (first.foreground == analyze_scene(image).foreground).all()
    image[:48] = 255 - image[:48]
    other = scene_of(image)
    assert other is not first and (other.foreground == analyze_scene(image).foreground).all()


def test_only_the_last_pictures_are_kept():
    pictures = [np.full((64, 64, 3), level, np.uint8) for level in range(6)]
    scenes = [scene_of(picture) for picture in pictures]
    assert scene_of(pictures[-1]) is scenes[-1]
    assert scene_of(pictures[0]) is not scenes[0]
