"""Pairs of file names, as a table for other programs."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, product

from sqlalchemy import select

from copies.evidence import Evidence
from curator.base.db import Sessions, reading
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import FileName
from curator.queries.pairs import evidence_of


@dataclass(frozen=True)
class FilePair:
    file_a: str
    file_b: str
    evidence: str
    distance_bits: int
    score: float
    decision: str


def alike_files(sessions: Sessions) -> tuple[FilePair, ...]:
    """Return every pair of files that look alike, the most alike first.

    Files with the same pixels became one photo at import; they are copies without a question.
    """
    with reading(sessions) as session:
        names: dict[int, list[str]] = defaultdict(list)
        for photo_id, name in session.execute(select(FileName.photo_id, FileName.name)):
            names[photo_id].append(name)
        same = [
            FilePair(first, second, Evidence("pixels").sentence, 0, 1.0, "copy")
            for files in names.values()
            for first, second in combinations(sorted(files), 2)
        ]
        near = [
            FilePair(first, second, *_evidence(pair))
            for pair in session.scalars(select(DuplicatePair))
            for first, second in product(
                sorted(names[pair.photo_a_id]), sorted(names[pair.photo_b_id])
            )
        ]
    return tuple(sorted(same + near, key=_most_alike_first))


def _evidence(pair: DuplicatePair) -> tuple[str, int, float, str]:
    # 1 is kept for the very same pixels.
    score = min(round(pair.score, 4), 0.9999) if pair.score < 1 else 1.0
    return evidence_of(pair).sentence, pair.distance_bits, score, pair.decision or ""


def _most_alike_first(pair: FilePair) -> tuple[float, int, str, str]:
    return -pair.score, pair.distance_bits, pair.file_a, pair.file_b
