"""Regions are proposed as copies by what lies inside their outlines, and laid on each other nearly right."""

import numpy as np
from PIL import Image, ImageOps

from tests.trainer.leaks.test_search import SIZE, cut, skin
from tests.trainer.tiny_exports import GREY
from trainer.leaks.alignment import LARGE_PX, inside_of
from trainer.leaks.candidates import Print, candidates, print_of


def known(image: Image.Image) -> Print:
    pixels = np.asarray(image)
    return print_of(pixels, inside_of(pixels, GREY))


def test_an_outline_has_no_corners() -> None:
    flat = np.full((SIZE[1], SIZE[0], 3), (200.0, 150.0, 140.0))
    assert len(known(cut(flat)).keypoints) == 0
    assert len(known(cut(skin(1))).keypoints) > 10


def test_a_larger_cut_is_laid_where_it_was() -> None:
    left = 60
    part = Image.fromarray(np.asarray(cut(skin(2)))[:, left:])
    prints = [known(cut(skin(2))), known(part)]
    whole = cut(skin(2)).width
    starts = [
        each.alignment.matrix
        for each in candidates(prints, np.array(["train", "test"]))
        if (each.row, each.is_mirrored) == (1, False)
    ]
    expected = (LARGE_PX / 2 - LARGE_PX * left / whole) * whole / (whole - left)
    middle = np.array([LARGE_PX / 2, LARGE_PX / 2, 1])
    assert min(abs((start @ middle)[0] - expected) for start in starts) < 3


def test_a_mirrored_copy_is_proposed_as_one_and_only_across_parts() -> None:
    images = [cut(skin(3)), ImageOps.mirror(cut(skin(3))), cut(skin(4))]
    prints = [known(each) for each in images]
    found = {
        (each.pair, each.is_mirrored) for each in candidates(prints, np.array(["a", "b", "b"]))
    }
    assert ((0, 1), True) in found
    assert list(candidates(prints, np.array(["a", "a", "a"]))) == []
