"""Seeks each region among all others by its features, and counts how often the same person comes first.

Arrays alone: what the features are of, and what the counts mean, is said elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from intervals.bootstrap import DRAWS, SEED
from trainer.scores.definitions import weighted_rates
from trainer.scores.intervals import Resampled, interval_of, resampled
from trainer.scores.sample import Sample

RANKS = (1, 5, 20)
ROWS = 256  # of the similarities at once
RIDGE = 0.1  # of the mean strength of a direction: weak ones are noise and are not raised to full strength
NO_SPREAD = 1e-9
DIGITS = 5  # of a similarity: what differs less is equal, and comes in an order of chance


@dataclass(frozen=True)
class Gallery:
    """Regions that are sought among each other, leaving out those of the same part.

    persons: (N,) who a region shows. parts: (N,) a number of its own for each region, or one for
    all that do not count as found again.
    """

    persons: np.ndarray
    parts: np.ndarray

    @cached_property
    def wanted(self) -> np.ndarray:
        """Count the regions of the same person that could be found: (N,)."""
        wanted: np.ndarray = _sizes(self.persons) - _sizes(self.parts)
        return wanted

    @cached_property
    def sought(self) -> np.ndarray:
        """Return the places of the regions that have somebody to be found."""
        return np.flatnonzero(self.wanted)

    @property
    def count(self) -> int:
        """Count the persons who are sought."""
        return len(np.unique(self.persons[self.sought]))

    def chance(self, rank: int) -> float:
        """Compute the share that is found up to a rank if the order is of chance alone, exactly."""
        wanted = self.wanted[self.sought]
        others = len(self.persons) - _sizes(self.parts)[self.sought]
        missed = np.ones(len(wanted))
        for before in range(rank):
            missed *= np.clip(others - wanted - before, 0, None) / np.maximum(others - before, 1)
        return float(1 - missed.mean())


@dataclass(frozen=True)
class Identification:
    """How often the same person was found up to each rank; `interval` is of the first.

    `p` is how often persons that were dealt out anew are found as often: its one-sided p-value.
    """

    shares: dict[int, float]
    interval: list[float] | None
    p: float | None


@dataclass(frozen=True)
class Search:
    """The nearest of each region, (N, most of RANKS) places, the nearest first."""

    gallery: Gallery
    nearest: np.ndarray

    def found(self, rank: int) -> np.ndarray:
        """Say of each region that is sought whether the same person comes up to this rank: bool."""
        persons, parts = self.gallery.persons, self.gallery.parts
        sought, near = self.gallery.sought, self.nearest[self.gallery.sought, :rank]
        same = persons[near] == persons[sought, np.newaxis]
        found: np.ndarray = (same & (parts[near] != parts[sought, np.newaxis])).any(axis=1)
        return found

    @cached_property
    def resampled(self) -> Resampled:
        """Resample whole persons; the gallery stays."""
        return resampled(self._sample, weighted_rates)["recall"]

    @property
    def interval(self) -> list[float] | None:
        """Estimate the 95% interval of the share that is found first."""
        return interval_of(self._sample, "recall", self.resampled)

    @property
    def _sample(self) -> Sample:
        """Take being found as the call of a detector, whose recall is the share that is found."""
        found = self.found(1).astype(np.float64)
        everyone = np.ones(len(found), bool)
        return Sample(everyone, found, self.gallery.persons[self.gallery.sought], 0.5)

    @cached_property
    def by_chance(self) -> np.ndarray:
        """Deal the persons out anew, and count what is found first: (DRAWS,), the same draws for all searches.

        Only where each region is a part of its own.
        """
        _, persons = np.unique(self.gallery.persons, return_inverse=True)
        everyone = np.tile(persons.astype(np.int32), (DRAWS, 1))
        dealt = np.random.default_rng(SEED).permuted(everyone, axis=1)
        found: np.ndarray = (dealt[:, self.nearest[:, 0]] == dealt).sum(axis=1)
        return found


def search(features: np.ndarray, gallery: Gallery) -> Search:
    """Find the nearest of each region by the cosine of the angle between their features.

    Source: which features, and why whitened: docs/decisions.md#found-again.
    """
    rows = _directions(features)
    shuffled = np.random.default_rng(SEED).permutation(len(rows))  # the order of equal ones
    targets, hidden = rows[shuffled], gallery.parts[shuffled]
    nearest = []
    for start in range(0, len(rows), ROWS):
        block = slice(start, start + ROWS)
        alike = np.round(rows[block] @ targets.T, DIGITS)
        alike[gallery.parts[block, np.newaxis] == hidden] = -np.inf
        order = np.argsort(-alike, axis=1, kind="stable")[:, : max(RANKS)]
        nearest.append(shuffled[order])
    return Search(gallery, np.concatenate(nearest))


def identify(done: Search) -> Identification:
    """Count what a search found."""
    shares = {rank: float(done.found(rank).mean()) for rank in RANKS}
    return Identification(shares, done.interval, p_value(done))


def p_value(*searches: Search) -> float | None:
    """Compute how often the best of some searches finds as much if persons are dealt out anew.

    None where regions are left out by what they are of: dealing anew would change these, too.
    """
    gallery = searches[0].gallery
    if len(np.unique(gallery.parts)) < len(gallery.parts):
        return None
    best = max(int(each.found(1).sum()) for each in searches)
    by_chance = np.max([each.by_chance for each in searches], axis=0)
    return float((1 + (by_chance >= best).sum()) / (1 + DRAWS))


def _directions(features: np.ndarray) -> np.ndarray:
    """Whiten the features on the gallery and bring each row to length 1: (N, D) float32.

    What varies most among all regions tells persons apart least. Rows without any direction stay 0.
    """
    centred = features - features.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    scaled = centred / np.where(spread > NO_SPREAD, spread, np.inf)
    left, singular, _ = np.linalg.svd(scaled, full_matrices=False)
    strength = singular**2
    kept = strength > NO_SPREAD * strength.sum()
    left, strength = left[:, kept], strength[kept]
    white = left * np.sqrt(strength / (strength + RIDGE * strength.sum() / max(1, len(strength))))
    lengths = np.linalg.norm(white, axis=1, keepdims=True)
    return np.asarray(white / np.maximum(lengths, NO_SPREAD), np.float32)


def _sizes(names: np.ndarray) -> np.ndarray:
    """Count for each how many have its name."""
    _, inverse, counts = np.unique(names, return_inverse=True, return_counts=True)
    sizes: np.ndarray = counts[inverse]
    return sizes
