"""Times the overview with many photos, recounted after a change and cached."""

import random
import sys

from benchmarks.instances import made_instance, seconds
from curator.app import create_app
from curator.base.db import Sessions
from curator.queries.overview import collection_status
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.browsing import Visitor
from tests.curator.drawing import REGION
from tests.curator.rows import add_photos, add_ratings

PHOTOS = 100_000
RATERS = ("ana", "ben")
DISAGREED_SHARE = 0.1


def rate_all(sessions: Sessions, photos: int) -> None:
    """Add ratings of all photos by two raters, who disagree on a tenth of them."""
    chance = random.Random(1)
    rows = []
    for photo in range(1, photos + 1):
        label = chance.choice(("positive", "negative"))
        sex = chance.choice(("female", "male"))
        other = "unsure" if chance.random() < DISAGREED_SHARE else label
        rows += [
            rating_row(photo, rater, rater_label, sex)
            for rater, rater_label in enumerate((label, other), start=1)
        ]
    with sessions.begin() as session:
        add_ratings(session, rows)


def rating_row(photo: int, rater: int, label: str, sex: str) -> dict[str, object]:
    word = {"label": label, "sex": sex, "evidence": "visual", "region": REGION, "note": ""}
    return {"photo_id": photo, "rater_id": rater, **word}


def main() -> None:
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    with made_instance(*RATERS) as (config, sessions):
        with sessions.begin() as session:
            add_photos(session, photos)
        rate_all(sessions, photos)
        print(f"{photos} photos, each rated by {len(RATERS)}")
        print(f"status {seconds(lambda: collection_status(sessions)):.3f} s")
        ana = Visitor(create_app(config), "ana")
        print(f"page, counted anew {seconds(lambda: ana.page('/')):.3f} s")
        unchanged = sorted(seconds(lambda: ana.page("/")) for _ in range(9))
        print(f"page, nothing changed {unchanged[4]:.3f} s")
        entry = Assessment("negative", {"sex": "male"}, REGION)
        save_rating(sessions, 1, "ana", entry, expected_version=1)
        print(f"page, after one rating {seconds(lambda: ana.page('/')):.3f} s")


if __name__ == "__main__":
    main()
