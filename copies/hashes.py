"""Perceptual hashes of a photo, and whose lie within a radius of whose."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Transpose

from copies.borders import Grey
from faces.scaling import shrunk

Hashes = NDArray[np.uint64]

# What of a photo is hashed: as it is, without uniform borders, and both mirrored.
VIEWS = ("photo", "content", "mirrored photo", "mirrored content")
PLAIN = 2  # the first views are not mirrored
HASHED_PX = 64  # the longest side: ImageHash takes it to 32 by 32, slowly where it is much larger


def phashes(photo: Grey, content: Grey) -> Hashes:
    """Return the 64-bit pHash of each of VIEWS: (4,). Source: Zauner 2010; computed by ImageHash."""
    whole = _phashes(photo)
    inner = whole if content is photo else _phashes(content)
    return np.array([whole[0], inner[0], whole[1], inner[1]], dtype=np.uint64)


def as_text(phash: np.uint64) -> str:
    """Write a hash as ImageHash does: 16 hex digits."""
    return f"{int(phash):016x}"


def neighbours(stored: Hashes, sought: Hashes, radius_bits: int, most: int) -> NDArray[np.int64]:
    """Pair each sought hash with the nearest stored ones that differ in at most `radius_bits` bits.

    Args:
        stored: (N,) 64-bit hashes.
        sought: (M,) 64-bit hashes.
        radius_bits: 0..64; 0 means identical hashes.
        most: stored ones for each sought hash, so that the answer grows no faster than these.

    Returns:
        (K, 3) int64: index into `sought`, index into `stored`, distance in bits.

    Raises:
        ValueError: `radius_bits` outside 0..64.

    Source: the exact search of faiss; docs/decisions.md#hash-index.
    """
    import faiss

    if not 0 <= radius_bits <= 64:
        raise ValueError(f"radius_bits is {radius_bits}, not 0..64")
    if not len(stored) or not len(sought):
        return np.empty((0, 3), dtype=np.int64)
    index = faiss.IndexBinaryFlat(64)
    index.add(_as_bytes(stored))
    distances, found = index.search(_as_bytes(sought), min(most, len(stored)))
    asked, rank = np.nonzero(distances <= radius_bits)
    pairs = [asked, found[asked, rank], distances[asked, rank]]
    return np.stack(pairs, axis=1).astype(np.int64)


def distance_bits(first: Hashes, second: Hashes) -> NDArray[np.int64]:
    """Count the bits in which hashes differ, element by element."""
    bits: NDArray[np.int64] = np.bitwise_count(first ^ second).astype(np.int64)
    return bits


def _phashes(view: Grey) -> list[int]:
    """Hash a view and its mirror image."""
    import imagehash  # loads SciPy: only where hashes are made

    small = shrunk(Image.fromarray(view), HASHED_PX)
    both = (small, small.transpose(Transpose.FLIP_LEFT_RIGHT))
    bits = [imagehash.phash(each).hash for each in both]
    return [int.from_bytes(np.packbits(each).tobytes(), "big") for each in bits]


def _as_bytes(hashes: Hashes) -> NDArray[np.uint8]:
    return np.ascontiguousarray(hashes).view(np.uint8).reshape(-1, 8)
