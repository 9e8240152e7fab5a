"""Times gallery and photo pages with many photos: first, deep, backwards and filtered."""

import sys
import time
from collections.abc import Iterator
from statistics import median

from sqlalchemy import insert

from benchmarks.instances import made_instance
from curator.app import create_app
from curator.base.db import Sessions
from curator.base.events import Action
from curator.base.models.events import Event
from curator.base.models.photos import Batch, FileName, Person, Photo
from tests.curator.browsing import Visitor
from tests.curator.rows import add_ratings, photo_row

PHOTOS = 100_000
BATCH_PHOTOS = 1000
PEOPLE = 2000
TIMES = 7
ADDRESSES = {
    "first page": "/gallery",
    "in the middle, forwards": "/gallery?after={middle}",
    "in the middle, backwards": "/gallery?before={middle}",
    "last page, backwards": "/gallery?before={end}",
    "kept, deep": "/gallery?show=kept&after={deep}",
    "not rated, deep": "/gallery?show=unrated&after={deep}",
    "rated, deep, backwards": "/gallery?show=rated&before={deep}",
    "own label, common": "/gallery?label=negative&after={middle}",
    "own label, rare": "/gallery?label=unsure&sex=female&evidence=visual",
    "excluded": "/gallery?show=excluded",
    "copies, backwards": "/gallery?show=copies&before={middle}",
    "source": "/gallery?source=%23s3&after={middle}",
    "source of no photo": "/gallery?source=none",
    "import": "/gallery?batch=50",
    "person": "/gallery?person=P7",
    "name of one file": "/gallery?name=IMG_{middle:06}",
    "part of all names": "/gallery?name=img&after={middle}",
    "name of no file": "/gallery?name=none",
    "all at once": "/gallery?show=rated&label=negative&source=%23s3&batch=50&name=img",
    "a photo's page": "/photos/{middle}?show=rated",
}


def photo_rows(photos: int) -> Iterator[dict[str, object]]:
    """Yield photos: every 97th is excluded, every 50th a copy, every 10th has a person."""
    for photo in range(1, photos + 1):
        yield photo_row(photo) | {
            "batch_id": photo // BATCH_PHOTOS + 1,
            "source": f"#s{photo % 7}",
            "person_id": photo // 10 % PEOPLE + 1 if photo % 10 == 0 else None,
            "excluded_reason": "blurred" if photo % 97 == 0 else None,
            "copy_of_id": photo - 1 if photo % 50 == 3 else None,
        }


def rating_rows(photos: int) -> Iterator[dict[str, object]]:
    """Yield two raters' ratings of half of the photos, one in a thousand unsure."""
    for rater in (1, 2):
        for photo in range(rater, photos + 1, 2):
            rater_label = (
                "unsure" if photo % 1000 == rater else ("negative", "positive")[photo % 4 // 2]
            )
            yield {
                "photo_id": photo,
                "rater_id": rater,
                "label": rater_label,
                "sex": "female",
                "evidence": "visual",
            }


def fill(sessions: Sessions, photos: int) -> None:
    batches = range(1, photos // BATCH_PHOTOS + 2)
    with sessions.begin() as session:
        session.execute(insert(Batch), [{"id": at, "source": f"#s{at % 7}"} for at in batches])
        people = [{"id": at, "code": f"P{at}"} for at in range(1, PEOPLE + 1)]
        session.execute(insert(Person), people)
        session.execute(insert(Photo), list(photo_rows(photos)))
        ids = range(1, photos + 1)
        names = [{"photo_id": at, "name": f"trip/IMG_{at:06}.jpg"} for at in ids]
        session.execute(insert(FileName), names)
        add_ratings(session, list(rating_rows(photos)))
        added = {"actor": "bench", "action": Action.PHOTO_ADDED, "subject": "photo"}
        session.execute(insert(Event), [added | {"subject_id": at} for at in ids])


def main() -> None:
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    places = {"middle": photos // 2, "deep": photos * 9 // 10, "end": photos + 1}
    with made_instance("ana", "ben") as (config, sessions):
        fill(sessions, photos)
        ana = Visitor(create_app(config), "ana")
        print(
            f"{photos:,} photos, {TIMES} times: the whole answer, median and slowest; processor time"
        )
        for what, pattern in ADDRESSES.items():
            address = pattern.format(**places)
            ana.page(address)
            walls, processor = zip(*(measured(ana, address) for _ in range(TIMES)), strict=True)
            print(
                f"{what:26} {median(walls):6.1f} {max(walls):6.1f} ms; {median(processor):6.1f} ms"
            )


def measured(visitor: Visitor, address: str) -> tuple[float, float]:
    """Return wall-clock and CPU milliseconds; the latter do not depend on other programs."""
    wall, processor = time.perf_counter(), time.process_time()
    visitor.page(address)
    return (time.perf_counter() - wall) * 1000, (time.process_time() - processor) * 1000


if __name__ == "__main__":
    main()
