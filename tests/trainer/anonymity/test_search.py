"""Persons are found again by what is theirs alone, and chance is what chance finds."""

import itertools

import numpy as np
import pytest

from trainer.anonymity.search import RANKS, Gallery, identify, p_value, search

PERSONS = np.repeat([f"p{number:02}" for number in range(40)], 2)


def each_apart(persons: np.ndarray) -> Gallery:
    return Gallery(persons, np.arange(len(persons)))


def features(persons: np.ndarray, own: float, seed: int = 0) -> np.ndarray:
    """Draw features of which a share is the person's own."""
    generator = np.random.default_rng(seed)
    names, places = np.unique(persons, return_inverse=True)
    faces = generator.normal(size=(len(names), 64))[places]
    drawn: np.ndarray = own * faces + generator.normal(size=(len(persons), 64))
    return drawn


def test_persons_with_a_face_of_their_own_are_found() -> None:
    done = search(features(PERSONS, own=3), each_apart(PERSONS))
    found = identify(done)
    assert found.shares[1] > 0.9
    assert found.p is not None
    assert found.p < 0.001
    assert found.interval is not None
    assert found.interval[0] > 20 * done.gallery.chance(1)


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_persons_are_found_as_chance_finds_them(seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(PERSONS)
    done = search(features(PERSONS, own=3), each_apart(shuffled))
    found = identify(done)
    assert found.interval is not None
    assert found.interval[0] <= done.gallery.chance(1) <= found.interval[1]
    assert found.p is not None
    assert found.p > 0.01


def test_the_p_of_chance_is_seldom_small() -> None:
    """Of features that tell nothing, one search in twenty is below 0.05, the best of three no more."""
    alone, best = [], []
    for seed in range(25):
        done = [
            search(features(PERSONS, own=0, seed=3 * seed + of), each_apart(PERSONS))
            for of in range(3)
        ]
        alone.append(p_value(done[0]))
        best.append(p_value(*done))
    for found in (alone, best):
        assert sum(p is not None and p < 0.05 for p in found) <= 4  # 99% of Binomial(25, 0.05)


def test_equal_features_find_nobody_beyond_chance() -> None:
    done = search(np.ones((len(PERSONS), 3)), each_apart(PERSONS))
    assert identify(done).shares[1] < 0.1


@pytest.mark.parametrize("rank", RANKS)
def test_chance_is_exact(rank: int) -> None:
    """Compare with all orders of seven others, of whom two are the same person."""
    persons = np.array(["a", "a", "a", "b", "c", "d", "e", "f"])
    orders = list(itertools.permutations([True, True, *[False] * 5]))
    found = np.mean([any(order[:rank]) for order in orders])
    assert each_apart(persons).chance(rank) == pytest.approx(found)


def test_regions_of_one_part_do_not_find_each_other() -> None:
    """A light that belongs to the source finds the person there, and not on the photo from elsewhere."""
    persons = np.repeat(np.arange(30), 3)
    parts = 2 * persons + np.tile([0, 0, 1], 30)
    light = features(parts, own=5)
    assert identify(search(light, each_apart(persons))).shares[1] > 0.6
    elsewhere = search(light, Gallery(persons, parts))
    assert elsewhere.gallery.count == 30
    assert elsewhere.found(1).mean() < 0.1
    assert p_value(elsewhere) is None
    wanted = np.tile([1, 1, 2], 30)
    others = 90 - np.tile([2, 2, 1], 30)
    assert elsewhere.gallery.chance(1) == pytest.approx((wanted / others).mean())
