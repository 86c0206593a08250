"""Paint Region: strokes become a mask of the image's size, the same share of any size."""

import json

import pytest
import torch
from host_stand_in import run, run_all

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.nodes.paint_region import PaintRegion, draw_strokes

LINE = {"points": [[0.25, 0.25], [0.75, 0.25]], "width": 0.1}


def test_a_stroke_covers_its_width_and_length():
    mask = draw_strokes(json.dumps([LINE]), (200, 200))
    # A bar of 100 x 20 px with half a disc of radius 10 at either end.
    assert mask.sum() == pytest.approx(100 * 20 + 3.14159 * 100, rel=0.06)
    assert mask[50, 100] and mask[50, 43] and not mask[70, 100] and not mask[50, 30]


def test_strokes_scale_with_the_image_and_erase():
    small, large = (draw_strokes(json.dumps([LINE]), (size, size)).mean() for size in (100, 800))
    assert small == pytest.approx(large, rel=0.12)  # a brush is whole pixels wide
    both = draw_strokes(json.dumps([LINE, {**LINE, "width": 0.2, "erase": True}]), (200, 200))
    assert not both.any()


def test_positions_are_fractions_of_the_width_also_downwards():
    mask = draw_strokes(json.dumps([{"points": [[0.5, 0.9]], "width": 0.1}]), (400, 200))
    rows = mask.any(axis=1).nonzero()[0]
    assert abs(rows.mean() - 180) <= 1


def test_nothing_painted_means_anywhere_and_the_page_gets_the_picture():
    image = torch.rand(2, 64, 96, 3)
    output = run_all(PaintRegion, image=image, strokes="[]")
    assert output.args[1].shape == (2, 64, 96) and output.args[1].min() == 1
    assert output.ui["anomaly_agent_picture"][0].startswith("data:image/jpeg;base64,")
    assert (run(PaintRegion, image=image, strokes=json.dumps([LINE]))[0] == image).all()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1]",
        '{"points": 3}',
        '[{"points": [[0, 1]]}]',
        '[{"points": [["a", 1]], "width": 0.1}]',
        '[{"points": [[0, NaN]], "width": 1}]',
        '[{"points": [[0.5, 0.5]], "width": 99}]',
    ],
)
def test_other_texts_are_refused_in_one_line(text):
    with pytest.raises(InputError, match=r"^strokes: not a list of") as caught:
        draw_strokes(text, (64, 64))
    assert "\n" not in str(caught.value)


def test_all_erased_is_an_empty_region():
    with pytest.raises(InputError, match="strokes: mask is empty"):
        run(PaintRegion, image=torch.rand(1, 64, 64, 3), strokes=json.dumps([{**LINE, "erase": True}]))
