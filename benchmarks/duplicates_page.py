"""Times the duplicates page, accepting all verified pairs and undoing it, with many undecided pairs."""

import sys

import numpy as np
from sqlalchemy import insert

from benchmarks.instances import made_instance, seconds
from curator.app import create_app
from curator.base.db import Sessions
from curator.base.models.pairs import DuplicatePair
from curator.pairs.decisions import accept_verified, undo_last
from tests.curator.browsing import Visitor
from tests.curator.rows import add_photos

PAIRS = 5000


def pair_row(first: int, second: int, score: float) -> dict[str, object]:
    photos = {"photo_a_id": first, "photo_b_id": second}
    return {"distance_bits": 3, "score": score, "verified": score > 0.5, **photos}


def fill(sessions: Sessions, pairs: int) -> None:
    """Pair up photos, linking every fourth pair to the next."""
    scores = iter(np.random.default_rng(1).random(2 * pairs).tolist())
    links = [(photo, photo + 1) for photo in range(1, 2 * pairs, 2)]
    links += [(photo, photo + 2) for photo in range(1, 2 * pairs - 2, 8)]
    with sessions.begin() as session:
        add_photos(session, 2 * pairs)
        rows = [pair_row(first, second, next(scores)) for first, second in links]
        session.execute(insert(DuplicatePair), rows)


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with made_instance("ana") as (config, sessions):
        fill(sessions, pairs)
        ana = Visitor(create_app(config), "ana")
        page = min(seconds(lambda: ana.page("/duplicates")) for _ in range(5))
        bulk = seconds(lambda: accept_verified(sessions, actor="ana"))
        undo = seconds(lambda: undo_last(sessions, actor="ana"))
    print(f"{pairs} twos and {pairs // 4} pairs between them")
    print(f"page {page:.3f} s, all verified {bulk:.2f} s, undo {undo:.2f} s")


if __name__ == "__main__":
    main()
