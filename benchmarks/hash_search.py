"""Compares searches over synthetic 64-bit hashes, radius 10: faiss's exact indexes, NumPy and imagededup."""

import argparse
import tempfile
from functools import partial
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import Measured, measured
from benchmarks.peers import ask

RADIUS_BITS = 10
FEW = 10_000  # sought hashes are near the first stored ones, so that every size finds them

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
    methods = {"faiss flat": flat, "faiss multi-hash": multi_hash, "NumPy brute force": brute_force}
    for name, search in methods.items():
        report(name, measured(partial(search, stored, sought)))
    report_peers(stored, near_copies(stored[:FEW], 10, rng))


def report_peers(stored: Hashes, sought: Hashes) -> None:
    """Print imagededup's searches at the sizes they can handle, each below faiss's."""
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "hashes.npz"
        np.savez(file, stored=stored, sought=sought, radius_bits=RADIUS_BITS)
        answer = ask("peer_searches.py", file)
    size = 0
    for row in answer["rows"] if answer else ():
        if row["stored"] != size:
            size = row["stored"]
            print(f"{len(sought)} new hashes against {size}")
            exact = measured(partial(flat, stored[:size], sought))
            report("faiss flat", exact)
        found = Measured(row["answer"], row["seconds"], row["grown_mb"])
        report(f"imagededup {answer['version']} {row['name']}", found)
        if found.answer != exact.answer:
            raise SystemExit("They do not agree.")


def near_copies(stored: Hashes, count: int, rng: np.random.Generator) -> Hashes:
    """Draw hashes, each 0 to 12 bits from a stored one."""
    found = rng.choice(stored, count)
    for bits in rng.integers(0, 64, (12, count), dtype=np.uint64):
        found = np.where(rng.random(count) < 0.6, found ^ (np.uint64(1) << bits), found)
    return found


def report(name: str, method: Measured) -> None:
    print(
        f"  {name:40}{method.seconds:9.2f} s  {method.answer:8} pairs  peak memory +{method.grown_mb:.0f} MB"
    )


def flat(stored: Hashes, sought: Hashes) -> int:
    index = faiss.IndexBinaryFlat(64)
    return found_by(index, stored, sought)


def multi_hash(stored: Hashes, sought: Hashes) -> int:
    """Search exactly too: if ten bits differ, one of four 16-bit parts differs in at most two."""
    index = faiss.IndexBinaryMultiHash(64, 4, 16)
    index.nflip = RADIUS_BITS // 4
    return found_by(index, stored, sought)


def found_by(index: faiss.IndexBinary, stored: Hashes, sought: Hashes) -> int:
    index.add(stored.view(np.uint8).reshape(-1, 8))
    limits, _, _ = index.range_search(sought.view(np.uint8).reshape(-1, 8), RADIUS_BITS + 1)
    return int(limits[-1])


def brute_force(stored: Hashes, sought: Hashes) -> int:
    return sum(int((np.bitwise_count(stored ^ one) <= RADIUS_BITS).sum()) for one in sought)


if __name__ == "__main__":
    main()
