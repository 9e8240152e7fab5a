"""Assigns groups of photos to train/val/test and to folds, never dividing a group."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Member:
    """A photo to assign; `stratum`, for instance `positive/female`, is what to spread evenly."""

    id: str
    group: str
    stratum: str


def assign(
    members: Sequence[Member], shares: Sequence[float], fixed: Mapping[str, int], seed: int
) -> dict[str, int]:
    """Assign whole groups to bins whose sizes follow `shares`, spreading each stratum evenly.

    The largest groups go first, each to the bin whose strata are relatively least filled
    (Sainte-Lague's divisor, which favours neither large nor small bins).

    Args:
        members: photos; those of one group go to the same bin.
        shares: one share per bin, summing to 1; a bin with share 0 stays empty.
        fixed: id -> bin of photos assigned earlier; they stay, and the rest of their group follows.
        seed: breaks ties between groups of equal size.

    Returns:
        id -> bin, for every member.

    Raises:
        ValueError: a group has members fixed in two bins; see `crossing`.
    """
    groups: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        groups[member.group].append(member)
    totals = Counter(member.stratum for member in members)
    filled: list[Counter[str]] = [Counter() for _ in shares]
    placed: dict[str, int] = {}

    def place(group: Sequence[Member], bin_index: int) -> None:
        filled[bin_index].update(member.stratum for member in group)
        placed.update((member.id, bin_index) for member in group)

    waiting = []
    for name, group in groups.items():
        bins = {fixed[member.id] for member in group if member.id in fixed}
        if len(bins) > 1:
            raise ValueError(f"group {name} is fixed in several bins")
        if bins:
            place(group, bins.pop())
        else:
            waiting.append((-len(group), _shuffled(seed, name), group))
    for _, _, group in sorted(waiting, key=lambda row: row[:2]):
        need = Counter(member.stratum for member in group)
        place(group, _least_filled(need, filled, totals, shares))
    return placed


def crossing(members: Sequence[Member], fixed: Mapping[str, int]) -> set[str]:
    """Return the photos to leave out because a new link joins groups in different bins.

    A joined group keeps the bin that holds most of its photos (ties: the first bin).
    """
    placed: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for member in members:
        if member.id in fixed:
            placed[member.group].append((member.id, fixed[member.id]))
    left_out: set[str] = set()
    for rows in placed.values():
        sizes = Counter(bin_index for _, bin_index in rows)
        stays = min(sizes, key=lambda bin_index: (-sizes[bin_index], bin_index))
        left_out |= {photo for photo, bin_index in rows if bin_index != stays}
    return left_out


def _least_filled(
    need: Counter[str],
    filled: Sequence[Counter[str]],
    totals: Counter[str],
    shares: Sequence[float],
) -> int:
    def fullness(bin_index: int) -> float:
        return sum(
            count * (filled[bin_index][stratum] + count / 2) / (shares[bin_index] * totals[stratum])
            for stratum, count in need.items()
        )

    return min((b for b in range(len(shares)) if shares[b] > 0), key=lambda b: (fullness(b), b))


def _shuffled(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()
