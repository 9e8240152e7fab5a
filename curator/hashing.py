"""Perceptual hashes of a photo, and who lies within a radius of whom."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BLOCK = 4096  # hashes compared at once: 4096 x 4096 bytes, so that memory stays flat


def phash(photo: Image.Image) -> str:
    """Return the 64-bit pHash as 16 hex digits. Source: Zauner 2010; computed by ImageHash."""
    import imagehash  # loads SciPy: only where hashes are made

    return str(imagehash.phash(photo))


def as_numbers(phashes: list[str]) -> NDArray[np.uint64]:
    return np.array([int(text, 16) for text in phashes], dtype=np.uint64)


def neighbours(
    hashes: NDArray[np.uint64], radius_bits: int, new_from: int = 0
) -> NDArray[np.int64]:
    """Pair photos whose hashes differ in at most `radius_bits` bits.

    Args:
        hashes: (N,) uint64, one 64-bit pHash per photo.
        radius_bits: 0..64; 0 means identical hashes.
        new_from: pairs need at least one member at or after this index.

    Returns:
        (M, 3) int64: first < second, indices into `hashes`, and the distance in bits; sorted.

    Raises:
        ValueError: `radius_bits` outside 0..64.
    """
    if not 0 <= radius_bits <= 64:
        raise ValueError(f"radius_bits is {radius_bits}, not 0..64")
    found = [np.empty((0, 3), dtype=np.int64)]
    for start in range(new_from, len(hashes), BLOCK):
        new = hashes[start : start + BLOCK]
        for other in range(0, start + len(new), BLOCK):
            found.append(_pairs(hashes[other : other + BLOCK], new, radius_bits, other, start))
    pairs = np.concatenate(found)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _pairs(
    old: NDArray[np.uint64], new: NDArray[np.uint64], radius_bits: int, old_at: int, new_at: int
) -> NDArray[np.int64]:
    distance = np.bitwise_count(old[:, None] ^ new[None, :])
    first, second = np.nonzero(distance <= radius_bits)
    rows = np.stack([first + old_at, second + new_at, distance[first, second]], axis=1)
    return rows[rows[:, 0] < rows[:, 1]].astype(np.int64)
