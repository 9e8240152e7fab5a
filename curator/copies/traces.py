"""What is kept of an erased photo to know a copy of it: keyed, without places, and far from a picture.

A trace is a photo's strongest descriptors, in no order: which bit is which, and what each stands for,
tells the instance's key alone. Two descriptors differ in as many bits as before, so that copies are found
as in the search. Without the places, and without the key, no picture can be made of them.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copies.fingerprints import Fingerprint
from copies.keypoints import DESCRIPTOR_BYTES

Descriptors = NDArray[np.uint8]  # (K, 32)

STRONGEST = 2  # of each cell, at full size and at half: about 80 of a portrait
# Nobody can look at both photos, so that fewer bits may differ than where the search proposes a pair.
SAME_BITS = 20
LEAST_SHARE = 0.1  # of a trace, found in another photo: it is a copy; docs/decisions.md#tombstones
LEAST_PLACES = 6
BITS = 8 * DESCRIPTOR_BYTES


@dataclass(frozen=True)
class Veil:
    """A secret order of a descriptor's bits, and which of them are turned over.

    order: (256,) intp; turned: (32,) uint8.
    """

    order: NDArray[np.intp]
    turned: Descriptors

    @staticmethod
    def of(key: bytes) -> "Veil":
        ranks = [hmac.digest(key, b"bit %d" % bit, "sha256") for bit in range(BITS)]
        order = np.array(sorted(range(BITS), key=ranks.__getitem__), np.intp)
        turned = hmac.digest(key, b"turned", "sha256")
        return Veil(order, np.frombuffer(turned, np.uint8))

    def over(self, descriptors: Descriptors) -> Descriptors:
        bits = np.unpackbits(descriptors, axis=1)[:, self.order]
        return np.packbits(bits, axis=1) ^ self.turned


def trace_of(photo: Fingerprint, veil: Veil) -> bytes:
    veiled = veil.over(photo.keypoints.strongest(STRONGEST).descriptors)
    return b"".join(sorted(row.tobytes() for row in veiled))  # the order tells nothing


class Traces:
    """The traces of many photos, to look another up in."""

    def __init__(self, traces: Sequence[bytes], veil: Veil) -> None:
        self._veil = veil
        self._sizes = np.array([len(one) // DESCRIPTOR_BYTES for one in traces], np.int64)
        self._owner = np.repeat(np.arange(len(traces)), self._sizes)
        joined = np.frombuffer(b"".join(traces), np.uint8)
        self._descriptors = joined.reshape(-1, DESCRIPTOR_BYTES)

    def nearest(self, photo: Fingerprint) -> int | None:
        """Return the place of the trace of which a photo is a copy, mirrored or not; None of none."""
        shares = np.zeros(len(self._sizes))
        for view in (photo.keypoints, photo.mirrored):
            shares = np.maximum(shares, self._shares(self._veil.over(view.descriptors)))
        best = int(shares.argmax()) if len(shares) else 0
        return best if len(shares) and shares[best] >= LEAST_SHARE else None

    def _shares(self, descriptors: Descriptors) -> NDArray[np.float64]:
        """Return of each trace how much is found among descriptors; 0 for a few places."""
        import faiss

        if not len(descriptors) or not len(self._descriptors):
            return np.zeros(len(self._sizes))
        index = faiss.IndexBinaryFlat(BITS)
        index.add(np.ascontiguousarray(descriptors))
        distances, _ = index.search(self._descriptors, 1)
        found = np.bincount(self._owner[distances[:, 0] <= SAME_BITS], minlength=len(self._sizes))
        return np.where(found >= LEAST_PLACES, found / np.maximum(self._sizes, 1), 0)


def keyed(key: bytes, kind: str, text: str) -> str:
    """Return the keyed hash by which a digest is known again and not told."""
    return hmac.new(key, f"{kind} {text}".encode(), hashlib.sha256).hexdigest()
