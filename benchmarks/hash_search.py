"""Search over synthetic 64-bit hashes, radius 10: faiss' exact indexes beside NumPy and a BK-tree, in one run."""

import argparse
import resource
import time
from collections.abc import Callable

import faiss
import numpy as np
from numpy.typing import NDArray

RADIUS_BITS = 10
TREE_SIZES = (10_000, 100_000)  # a BK-tree in Python takes minutes beyond
BLOCK = 1000

Hashes = NDArray[np.uint64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", type=int, default=1_000_000)
    parser.add_argument("--sought", type=int, default=10_000)
    asked = parser.parse_args()
    rng = np.random.default_rng(1)
    stored = rng.integers(0, 2**64, asked.stored, dtype=np.uint64)
    sought = near_copies(stored, asked.sought, rng)
    print(f"{asked.sought} new hashes against {asked.stored}, radius {RADIUS_BITS} of 64 bits")
    ways = {"faiss flat": flat, "faiss multi-hash": multi_hash, "NumPy brute force": brute_force}
    for name, search in ways.items():
        report(name, search, stored, sought)
    for size in TREE_SIZES:
        few = sought[: max(10, size // 1000)]
        print(f"{len(few)} new hashes against {size}")
        report("faiss flat", flat, stored[:size], few)
        report("BK-tree", bk_tree, stored[:size], few)


def near_copies(stored: Hashes, count: int, rng: np.random.Generator) -> Hashes:
    """Draw hashes of which each lies 0 to 12 bits from a stored one."""
    found = rng.choice(stored, count)
    for bits in rng.integers(0, 64, (12, count), dtype=np.uint64):
        found = np.where(rng.random(count) < 0.6, found ^ (np.uint64(1) << bits), found)
    return found


def report(
    name: str, search: Callable[[Hashes, Hashes], int], stored: Hashes, sought: Hashes
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    pairs = search(stored, sought)
    seconds = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"  {name:20}{seconds:9.2f} s  {pairs:8} pairs  peak memory +{grown:.0f} MB")


def flat(stored: Hashes, sought: Hashes) -> int:
    index = faiss.IndexBinaryFlat(64)
    return found_by(index, stored, sought)


def multi_hash(stored: Hashes, sought: Hashes) -> int:
    """Exact too: of four parts of 16 bits, one differs in at most two where ten bits differ."""
    index = faiss.IndexBinaryMultiHash(64, 4, 16)
    index.nflip = RADIUS_BITS // 4
    return found_by(index, stored, sought)


def found_by(index: faiss.IndexBinary, stored: Hashes, sought: Hashes) -> int:
    index.add(stored.view(np.uint8).reshape(-1, 8))
    limits, _, _ = index.range_search(sought.view(np.uint8).reshape(-1, 8), RADIUS_BITS + 1)
    return int(limits[-1])


def brute_force(stored: Hashes, sought: Hashes) -> int:
    return sum(int((np.bitwise_count(stored ^ one) <= RADIUS_BITS).sum()) for one in sought)


def bk_tree(stored: Hashes, sought: Hashes) -> int:
    """Burkhard and Keller 1973, as imagededup searches: children by their distance from the parent."""
    root: tuple[int, dict[int, tuple]] = (int(stored[0]), {})  # type: ignore[type-arg]
    for number in stored[1:].tolist():
        node = root
        while child := node[1].get(bits := (node[0] ^ number).bit_count()):
            node = child
        node[1][bits] = (number, {})
    found = 0
    for number in sought.tolist():
        waiting = [root]
        while waiting:
            value, children = waiting.pop()
            bits = (value ^ number).bit_count()
            found += bits <= RADIUS_BITS
            waiting += [child for at, child in children.items() if abs(at - bits) <= RADIUS_BITS]
    return found


if __name__ == "__main__":
    main()
