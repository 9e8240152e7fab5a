"""Times the People page with many authors, before and after their photos are decided, and one decision."""

import sys
from collections.abc import Iterator

from sqlalchemy import insert

from benchmarks.instances import made_instance, seconds
from curator.app import create_app
from curator.base.db import Sessions
from curator.base.models.base import utc_now
from curator.base.models.pairs import PersonPair
from curator.base.models.photos import Batch, Photo
from curator.pairs.decisions import undo_last
from curator.pairs.persons import decide_people
from tests.curator.browsing import Visitor
from tests.curator.rows import photo_row

PHOTOS = 100_000
PHOTOS_OF_AUTHOR = 5
ADDRESS = "/duplicates/people"


def add_photos(sessions: Sessions, photos: int) -> None:
    """Add photos of authors spread over the collection, two per post."""
    authors = photos // PHOTOS_OF_AUTHOR
    with sessions.begin() as session:
        session.execute(insert(Batch), [{"id": 1}])
        session.execute(
            insert(Photo),
            [
                photo_row(photo)
                | {
                    "author_key": f"{photo % authors * 0x9E3779B97F4A7C15 % 2**64:064x}",
                    "post_url": f"https://photos.example/{photo % authors}/{photo // authors // 2}",
                }
                for photo in range(1, photos + 1)
            ],
        )


def decided_rows(photos: int) -> Iterator[dict[str, object]]:
    """Decide all photos except every tenth author's, half of the authors as several people."""
    authors = photos // PHOTOS_OF_AUTHOR
    by = {"origin": "author", "decided_by": "ben", "decided_at": utc_now()}
    for author in filter(lambda author: author % 10, range(1, authors)):
        own = range(author, photos, authors)
        for at, first in enumerate(own):
            one_person = author % 2
            for second in own[at + 1 : at + 2] if one_person else own[at + 1 :]:
                decision = "same_person" if one_person else "different"
                pair = {"photo_a_id": first, "photo_b_id": second, "decision": decision}
                yield by | pair


def main() -> None:
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    with made_instance("ana") as (config, sessions):
        add_photos(sessions, photos)
        ana = Visitor(create_app(config), "ana")
        offered = min(seconds(lambda: ana.page(ADDRESS)) for _ in range(5))
        with sessions.begin() as session:
            rows = list(decided_rows(photos))
            session.execute(insert(PersonPair), rows)
        decided = min(seconds(lambda: ana.page(ADDRESS)) for _ in range(5))
        tenth = [10 + at * (photos // PHOTOS_OF_AUTHOR) for at in range(PHOTOS_OF_AUTHOR)]
        act = seconds(lambda: decide_people(sessions, tenth, "same_person", actor="ana"))
        undo = seconds(lambda: undo_last(sessions, actor="ana"))
    print(f"{photos} photos of {photos // PHOTOS_OF_AUTHOR} authors")
    print(f"page {offered:.3f} s; with {len(rows)} decided pairs {decided:.3f} s")
    print(f"one decision {act:.3f} s, its undo {undo:.3f} s")


if __name__ == "__main__":
    main()
