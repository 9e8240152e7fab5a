"""Chains of pairs: which photos they join, through which others, and against whose decision."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from curator.base.components import connected


class Decided(NamedTuple):
    """What is decided, or would be, on the pair of two photos; a tuple, for they come in thousands."""

    pair: int
    first: int
    second: int
    decision: str
    by: str | None

    @property
    def joins(self) -> bool:
        return self.decision == "copy"


def joined_as_copies(decided: Sequence[Decided]) -> dict[int, int]:
    """Map each photo to the one that stands for all its copies, direct or through others."""
    photos = {photo for one in decided for photo in (one.first, one.second)}
    return connected(photos, [(one.first, one.second) for one in decided if one.joins])


def contradicted(decided: Sequence[Decided], joined: Mapping[int, int]) -> list[Decided]:
    """Return the decisions that two photos are no copies, though they are joined as copies."""
    apart = (one for one in decided if not one.joins)
    return [one for one in apart if joined[one.first] == joined[one.second]]


def way(decided: Sequence[Decided], first: int, second: int) -> tuple[Decided, ...]:
    """Return the fewest copies that join two photos, in their order from the first."""
    copies = {frozenset((one.first, one.second)): one for one in decided if one.joins}
    neighbours: dict[int, set[int]] = {first: set(), second: set()}
    for one, other in copies:
        neighbours.setdefault(one, set()).add(other)
        neighbours.setdefault(other, set()).add(one)
    before = reached_from(first, neighbours)
    stops = (first, *between(before, first, second), second)
    return tuple(copies[frozenset(step)] for step in pairwise(stops))


def reached_from(start: int, neighbours: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """Map each photo to the one before it on a shortest way from `start`."""
    before, queue = {start: start}, deque([start])
    while queue:
        here = queue.popleft()
        for there in sorted(set(neighbours[here]) - before.keys()):
            before[there] = here
            queue.append(there)
    return before


def nearest(start: Iterable[int], links: Sequence[tuple[int, int]], most: int) -> list[int]:
    """Return photos that links join to those of `start`, up to a limit.

    Each is joined to one before it, over the link that comes first in `links`.
    """
    touching: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for place, (first, second) in enumerate(links):
        touching[first].append((place, second))
        touching[second].append((place, first))
    found: dict[int, None] = {}
    edge = [(-1, photo) for photo in start]
    while edge and len(found) < most:
        _, photo = heappop(edge)
        if photo not in found:
            found[photo] = None
            for reached in touching[photo]:
                heappush(edge, reached)
    return list(found)


def between(before: Mapping[int, int], first: int, second: int) -> tuple[int, ...]:
    """Return the photos on the way from `first`, which `before` was reached from, to `second`."""
    stops = []
    here = before[second]
    while here != first:
        stops.append(here)
        here = before[here]
    return tuple(reversed(stops))
