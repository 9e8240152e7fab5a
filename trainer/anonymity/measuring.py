"""Measures how many persons of an export networks find again, beside chance and beside what needs no face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from intervals.bootstrap import bca_interval
from trainer.anonymity.conditions import SEEN, condition_features
from trainer.anonymity.networks import network_features
from trainer.anonymity.persons import LEAST_PERSONS, Portraits, find_portraits
from trainer.anonymity.search import (
    RANKS,
    Gallery,
    Identification,
    Search,
    identify,
    p_value,
    search,
)
from trainer.exports.manifest import Export
from trainer.weights import WeightsSource, describe_weights

SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Finder:
    """What sought, what it sees, and how often it found; `weights` are those of a network."""

    name: str
    sees: str
    found: Identification
    weights: WeightsSource | None = None


@dataclass(frozen=True)
class Sought:
    """Who was sought among how many regions, the share that chance finds by rank, and who found how many.

    The best of the networks and of the others are those that find most.
    """

    persons: int
    regions: int
    among: int
    chance: Mapping[int, float]
    networks: list[Finder]
    without_face: list[Finder]

    @property
    def best(self) -> Finder:
        """Return the network that finds most."""
        return _best(self.networks)

    @property
    def best_without_face(self) -> Finder:
        """Return what finds most of all that sees no face."""
        return _best(self.without_face)


@dataclass(frozen=True)
class Anonymity:
    """What was found of an export.

    p: of the best network, which the choice among all of them is allowed for. beyond: how much more
    the best network finds than the best that sees no face, with a 95% interval. across_sources: the same where
    only photos from another source count as found, None where too few persons have two sources.
    """

    export: str
    content_hash: str
    copies: int
    all: Sought
    p: float
    beyond: float
    beyond_interval: list[float] | None
    across_sources: Sought | None

    @property
    def is_above_chance(self) -> bool:
        """Say whether some network finds persons again more often than chance."""
        return self.p < SIGNIFICANCE

    def record(self) -> dict[str, Any]:
        """List everything as plain values."""
        return {
            **asdict(self),
            "best": self.all.best.name,
            "best_without_face": self.all.best_without_face.name,
            "is_above_chance": self.is_above_chance,
            "is_lower_bound": True,
        }


@dataclass(frozen=True)
class _Described:
    """The features of all portraits by what describes them."""

    portraits: Portraits
    networks: Mapping[str, np.ndarray]
    without_face: Mapping[str, np.ndarray]
    weights: Mapping[str, Path]

    def sought(self, gallery: Gallery, rows: np.ndarray) -> tuple[Sought, dict[str, Search]]:
        """Seek by everything among some of the portraits."""
        features = {**self.networks, **self.without_face}
        searches = {name: search(each[rows], gallery) for name, each in features.items()}
        finders = {
            name: Finder(name, self._sees(name), identify(done), self._source(name))
            for name, done in searches.items()
        }
        sought = Sought(
            persons=gallery.count,
            regions=len(gallery.sought),
            among=len(gallery.persons) - 1,
            chance={rank: gallery.chance(rank) for rank in RANKS},
            networks=[finders[name] for name in self.networks],
            without_face=[finders[name] for name in self.without_face],
        )
        return sought, searches

    def _sees(self, name: str) -> str:
        return SEEN.get(name) or "the region's pixels"

    def _source(self, name: str) -> WeightsSource | None:
        return describe_weights(str(self.weights[name])) if name in self.weights else None


def measure_anonymity(export: Export, weights: Mapping[str, Path]) -> Anonymity:
    """Seek each region of a person with two photos among all others of the export.

    Args:
        weights: the networks to seek with, and the file of each.

    Raises:
        PersonsTooFew: of too few persons there is a second photo.
        WeightsUnavailable: a file does not fit.
    """
    portraits = find_portraits(export)
    described = _describe(export, portraits, weights)
    persons = np.array([example.group for example in portraits.examples])
    gallery = Gallery(persons, np.arange(len(persons)))
    sought, searches = described.sought(gallery, gallery.parts)
    best, bare = searches[sought.best.name], searches[sought.best_without_face.name]
    beyond, interval = _beyond(best, bare)
    p = p_value(*(searches[name] for name in described.networks))
    assert p is not None  # each region is a part of its own
    return Anonymity(
        export=export.name,
        content_hash=export.content_hash,
        copies=portraits.copies,
        all=sought,
        p=p,
        beyond=beyond,
        beyond_interval=interval,
        across_sources=_across_sources(described, persons),
    )


def _describe(export: Export, portraits: Portraits, weights: Mapping[str, Path]) -> _Described:
    examples = portraits.examples
    networks = {
        name: network_features(name, file, examples, export.crop) for name, file in weights.items()
    }
    return _Described(portraits, networks, condition_features(examples, export.crop), weights)


def _beyond(network: Search, other: Search) -> tuple[float, list[float] | None]:
    """Compare two shares over the same draws of persons."""
    one, two = network.resampled, other.resampled
    value = one.value - two.value
    return value, bca_interval(value, one.drawn - two.drawn, one.left_out - two.left_out)


def _across_sources(described: _Described, persons: np.ndarray) -> Sought | None:
    """Seek persons on photos from another source alone; a photo whose source is not told takes no part."""
    sources = np.array([example.source for example in described.portraits.examples])
    rows = np.flatnonzero(sources != "")
    pairs = np.stack([persons[rows], sources[rows]], axis=1)
    if not len(rows):
        return None
    parts = np.unique(pairs, axis=0, return_inverse=True)[1].ravel()
    gallery = Gallery(persons[rows], parts)
    return described.sought(gallery, rows)[0] if gallery.count >= LEAST_PERSONS else None


def _best(finders: list[Finder]) -> Finder:
    return max(finders, key=lambda each: [each.found.shares[rank] for rank in RANKS])
