"""IMAGE and MASK tensors to arrays and back: every shape a host makes, and one clear line for what is no image."""

import numpy as np
import pytest
import torch
from host_stand_in import HOST

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.nodes import host, tensors


def batch(*shape):
    return torch.linspace(0, 1, int(np.prod(shape))).reshape(shape)


def test_eight_bit_images_come_back_bit_for_bit():
    arrays = [np.random.default_rng(seed).integers(0, 256, (70, 90, 3), np.uint8) for seed in range(3)]
    tensor = tensors.image_tensor(arrays)
    assert tensor.shape == (3, 70, 90, 3) and tensor.dtype == torch.float32
    assert all((a == b).all() for a, b in zip(arrays, tensors.pictures([tensor], "image").arrays, strict=True))


def test_half_precision_keeps_every_level():
    array = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (64, 1, 3))
    assert (tensors.pictures([tensors.image_tensor([array]).half()], "image").arrays[0] == array).all()


def test_grey_and_alpha_are_taken():
    grey = tensors.pictures([batch(1, 64, 64, 1)], "image").arrays[0]
    assert grey.shape == (64, 64, 3) and (grey[..., 0] == grey[..., 2]).all()
    rgba = torch.zeros(1, 64, 64, 4)
    rgba[..., :32, :, 0] = 1.0
    rgba[:, :, :32, 3] = 1.0  # the right half is transparent
    seen = tensors.pictures([rgba], "image").arrays[0]
    assert (seen[:32, :32] == (255, 0, 0)).all() and (seen[40:, :32] == 0).all() and (seen[:, 32:] == 255).all()


def test_lists_of_batches_keep_their_grouping():
    found = tensors.pictures([batch(2, 64, 80, 3), batch(1, 96, 64, 3)], "image")
    assert found.sizes == [2, 1]
    back = found.images(found.arrays)
    assert [tuple(one.shape) for one in back] == [(2, 64, 80, 3), (1, 96, 64, 3)]
    drawn = found.masks([np.ones(array.shape[:2], bool) for array in found.arrays])
    assert [tuple(one.shape) for one in drawn] == [(2, 64, 80), (1, 96, 64)]
    groups = found.image_groups([[found.arrays[0]] * 3, [found.arrays[1]], [found.arrays[2]] * 2])
    assert [len(one) for one in groups] == [4, 2]


@pytest.mark.parametrize(
    ("tensor", "says"),
    [
        (torch.rand(64, 64, 3), "edited: shape (64, 64, 3) is no image batch"),
        (torch.rand(1, 3, 64, 64), "edited: shape (1, 3, 64, 64) is no image batch"),
        (torch.rand(0, 64, 64, 3), "edited: shape (0, 64, 64, 3) is no image batch"),
        (torch.full((1, 64, 64, 3), float("nan")), "edited: 12288 of 12288 values are NaN"),
        (torch.full((1, 64, 64, 3), float("inf")), "edited: 12288 of 12288 values are NaN or infinite"),
        (torch.full((1, 64, 64, 3), 255.0), "edited: values run from 255 to 255, but images are 0-1"),
        (torch.rand(1, 16, 64, 3), "edited: image is 64x16 px"),
        ("a picture", "edited: got str, not an IMAGE"),
    ],
)
def test_what_is_no_image_is_named(tensor, says):
    with pytest.raises(InputError) as caught:
        tensors.pictures([tensor], "edited")
    assert str(caught.value).startswith(says) and "\n" not in str(caught.value)


def test_masks_of_two_and_three_dimensions_are_taken():
    values = torch.zeros(64, 64)
    values[3:9, 4:8] = 0.9
    assert [m.sum() for m in tensors.masks([values, torch.stack([values, 1 - values])], "region")] == [24, 24, 4072]
    assert tensors.masks(None, "region") is None and tensors.masks([None], "region") is None


@pytest.mark.parametrize(
    ("tensor", "says"),
    [
        (torch.rand(1, 1, 64, 64), "region: shape (1, 1, 64, 64) is no mask"),
        (torch.full((64, 64), float("nan")), "region: 4096 of 4096 values are NaN"),
    ],
)
def test_what_is_no_mask_is_named(tensor, says):
    with pytest.raises(InputError) as caught:
        tensors.masks([tensor], "region")
    assert str(caught.value).startswith(says)


def test_one_value_serves_all_images_and_another_number_is_refused():
    assert tensors.matched(["a"], 3, "item") == ["a"] * 3
    assert tensors.matched(["a", "b"], 2, "item") == ["a", "b"]
    with pytest.raises(InputError, match=r"region: 3 masks for 1 image; give one"):
        tensors.matched([1, 2, 3], 1, "region", "masks")


def test_folders_are_looked_up_and_outputs_stay_inside(tmp_path):
    (tmp_path / "input" / "parts").mkdir()
    assert host.find_folder("parts", "folder") == tmp_path / "input" / "parts"
    assert host.find_folder(str(tmp_path / "input"), "folder") == tmp_path / "input"
    assert (host.find_folder("examples/hex_nut", "folder") / "000.jpg").is_file()
    with pytest.raises(InputError, match="folder: no folder 'nowhere'; give an absolute path, or make it in"):
        host.find_folder("nowhere", "folder")
    assert host.output_folder("sets/a", "folder") == (tmp_path / "output" / "sets" / "a").resolve()
    for bad in ("../x", "/etc", ".", "  "):
        with pytest.raises(InputError, match="folder: "):
            host.output_folder(bad, "folder")
    assert HOST.folder == tmp_path
