"""Times the agreement and disagreement pages in a collection with every fifth photo rated twice."""

import sys
from collections.abc import Iterator

import numpy as np

from benchmarks.instances import made_instance, seconds
from curator.app import create_app
from curator.base.accounts import account_named
from curator.base.db import Sessions
from curator.base.models.ratings import LABELS
from curator.queries.disagreements import disagreements, others_waiting
from curator.ratings.regions import format_fractions
from faces.regions import Region
from tests.curator.browsing import Visitor
from tests.curator.rows import add_photos, add_ratings

PHOTOS = 100_000
RATED_SHARE = 0.1
RATERS = ("ana", "ben", "carl", "dora")
CORNERS = 12


def outline(random: np.random.Generator) -> Region:
    """Draw a face-sized region near the middle, slightly displaced."""
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    x, y = random.normal(0.5, 0.03, 2)
    return tuple(
        (float(x + 0.2 * np.cos(angle)), float(y + 0.12 * np.sin(angle))) for angle in angles
    )


def ratings(sessions: Sessions, photos: int) -> Iterator[dict[str, object]]:
    """Yield two raters' ratings of photos; the second rater changes one label in ten."""
    random = np.random.default_rng(1)
    ids = [account_named(sessions, name).id for name in RATERS]
    for photo in range(1, int(photos * RATED_SHARE) + 1):
        label = int(random.integers(2))
        for place, rater in enumerate(random.permutation(ids)[:2]):
            rater_label = LABELS[random.integers(3) if place and random.random() < 0.1 else label]
            yield {
                "photo_id": photo,
                "rater_id": int(rater),
                "label": rater_label,
                "sex": "female" if photo % 3 else "male",
                "evidence": "visual",
                "region": format_fractions(outline(random)),
            }


def main() -> None:
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    with made_instance(*RATERS) as (config, sessions):
        with sessions.begin() as session:
            add_photos(session, photos)
            rows = list(ratings(sessions, photos))
            add_ratings(session, rows)
        ana = Visitor(create_app(config), "ana")
        agreement, agreement_again = (seconds(lambda: ana.page("/agreement")) for _ in range(2))
        listed, listed_again = (seconds(lambda: ana.page("/adjudicate")) for _ in range(2))
        others = min(seconds(lambda: others_waiting(sessions, 1)) for _ in range(3))
        waiting = len(disagreements(sessions))
    print(f"{photos} photos, {len(rows)} ratings of {len(RATERS)} raters, {waiting} disagreements")
    print(f"agreement after a change {agreement:.2f} s, again {agreement_again:.3f} s")
    print(f"disagreements after a change {listed:.2f} s, again {listed_again:.3f} s")
    print(f"whether others wait {others:.3f} s")


if __name__ == "__main__":
    main()
