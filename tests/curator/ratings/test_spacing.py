"""Related photos are kept apart: always where they fit, and spread evenly where they do not."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.ratings.spacing import APART, spaced

Keys = dict[int, frozenset[Hashable]]


def of_groups(sizes: Iterable[int], seed: int = 0) -> tuple[list[int], Keys]:
    """Shuffled photos in groups of these sizes."""
    groups = [group for group, size in enumerate(sizes) for _ in range(size)]
    Random(seed).shuffle(groups)
    return [*range(len(groups))], {at: frozenset({group}) for at, group in enumerate(groups)}


def distances(photos: Sequence[int], keys: Mapping[int, frozenset[Hashable]]) -> list[int]:
    """How far each photo is from the one before it with the same key."""
    places: dict[Hashable, list[int]] = {}
    for at, photo in enumerate(photos):
        for key in keys[photo]:
            places.setdefault(key, []).append(at)
    return [later - earlier for found in places.values() for earlier, later in pairwise(found)]


def test_unrelated_photos_stay_in_their_order() -> None:
    photos, keys = of_groups([1] * 50)
    assert [*spaced(photos, keys)] == photos


@pytest.mark.parametrize(
    "sizes",
    [
        [3, *[1] * 57],
        [4, 4, 4, 4, *[1] * 72],
        [5, *[1] * 80],  # only one way: every 21st photo
        [*[2] * 30],
        [3, *[2] * 29],
        [*[3] * 30, *[2] * 50, *[1] * 100],
        [10, 8, *[2] * 40, *[1] * 200],
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_related_photos_are_apart_wherever_they_fit(sizes: list[int], seed: int) -> None:
    photos, keys = of_groups(sizes, seed)
    order = [*spaced(photos, keys)]
    assert sorted(order) == photos
    assert min(distances(order, keys)) > APART


@given(st.lists(st.integers(1, 6), min_size=1, max_size=60), st.integers(0, 99))
def test_every_photo_comes_once_and_groups_that_fit_are_apart(sizes: list[int], seed: int) -> None:
    photos, keys = of_groups(sizes, seed)
    order = [*spaced(photos, keys)]
    assert sorted(order) == photos
    largest = max(sizes)
    if (largest - 1) * (APART + 1) + len(sizes) <= len(photos):
        assert min(distances(order, keys), default=APART + 1) > APART


def test_too_many_related_photos_are_spread_evenly() -> None:
    photos, keys = of_groups([30, *[1] * 120])
    between = distances([*spaced(photos, keys)], keys)
    assert (min(between), max(between)) == (5, 6)


def test_what_came_before_counts() -> None:
    keys: Keys = {photo: frozenset({photo % 30}) for photo in range(60)}
    before = [*range(25, 30)]  # 55 to 59 are related to them
    order = [*spaced([55, 56, *range(30, 54)], keys, before)]
    assert order[:16] == [*range(30, 46)]
    assert min(distances([*before, *order], keys)) > APART


def test_a_photo_that_looks_like_two_others_is_apart_from_both() -> None:
    photos, keys = of_groups([1] * 70)
    keys[10] |= {"10-11", "10-12"}
    keys[11] |= {"10-11"}
    keys[12] |= {"10-12"}
    order = [*spaced(photos, keys)]
    assert min(distances(order, keys)) > APART
    assert abs(order.index(11) - order.index(12)) == 1  # which are not related to each other
