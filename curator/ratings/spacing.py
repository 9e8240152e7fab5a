"""Arranges photos so that related ones do not follow each other closely."""

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence

APART = 20  # other photos between two related ones

Keys = frozenset[Hashable]  # photos with a key in common are related


def spaced(
    photos: Sequence[int], keys: Mapping[int, Keys], before: Sequence[int] = ()
) -> Iterator[int]:
    """Yield the photos nearly in their order, related ones `APART` others apart.

    Where too many photos are related for that, they are spread evenly instead.

    Args:
        before: the photos that come before these, the last one last.
    """
    left = dict.fromkeys(photos)
    count = Counter(key for photo in left for key in keys[photo])
    seen = {key: at for at, photo in enumerate(before, -len(before)) for key in keys[photo]}
    for now in range(len(left)):
        photo = _next(left, keys, count, {key: now - at for key, at in seen.items()})
        yield photo
        del left[photo]
        count.subtract(keys[photo])
        seen |= dict.fromkeys(keys[photo], now)


def _next(
    left: Mapping[int, None],
    keys: Mapping[int, Keys],
    count: Mapping[Hashable, int],
    distance: Mapping[Hashable, int],
) -> int:
    """Choose among those left; `distance` is how far back a photo with each key lies."""
    needed = {key: _needed(count[key], len(left)) for key in distance}
    fit = [
        photo
        for photo in left
        if all(distance[key] >= needed[key] for key in keys[photo] if key in distance)
    ]
    if not fit:
        return max(left, key=lambda photo: _nearest(keys[photo], distance))
    urgent = _urgent_count(count, len(left))
    return next((one for one in fit if any(count[key] >= urgent for key in keys[one])), fit[0])


def _needed(related: int, left: int) -> int:
    """Return the distance to keep, which is less if so many related photos are left."""
    if related < 2:
        return APART + 1
    return min(APART + 1, max(1, (left - 1) // (related - 1)))


def _nearest(keys: Keys, distance: Mapping[Hashable, int]) -> float:
    return min((distance.get(key, math.inf) for key in keys), default=math.inf)


def _urgent_count(count: Mapping[Hashable, int], left: int) -> float:
    """Return how many related photos must be left for one of them to come now, to fit them all."""
    sizes = Counter(size for size in count.values() if size > 1)
    groups = 0
    urgent = math.inf
    for size in sorted(sizes, reverse=True):
        groups += sizes[size]
        if (size - 1) * (APART + 1) + groups >= left:
            urgent = size
    return urgent
