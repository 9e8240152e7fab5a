"""Every page of the tool, once: what the accessibility tests look at and `make screenshots` takes pictures of."""

from sqlalchemy import update

from curator.config import Config
from curator.db import Sessions
from curator.dedup import decide_pair
from curator.entries import Entry
from curator.exporting import export_dataset
from curator.importing import refuse_upload
from curator.manifest import Settings
from curator.models import Photo
from curator.queries import pairs
from curator.rating import save_rating
from tests.curator.drawing import REGION

# By endpoint: where the page is in an instance that `add_work` worked on.
PAGES = {
    "dashboard.index": "/",
    "inbox.index": "/inbox",
    "inbox.batch": "/inbox/batches/1",
    "gallery.index": "/gallery",
    "annotate.index": "/annotate",
    "annotate.photo": "/annotate/5",
    "duplicates.index": "/duplicates",
    "duplicates.verified": "/duplicates/verified",
    "duplicates.removed": "/duplicates/removed",
    "duplicates.decisions": "/duplicates/decisions",
    "duplicates.decided": "/duplicates/decisions/1",
    "duplicates.search": "/duplicates/search",
    "people.index": "/duplicates/people",
    "exports.index": "/exports",
}
SIGNED_OUT = {"auth.sign_in": "/signin"}
BEFORE_ANY_ACCOUNT = {"auth.setup": "/setup?token={token}"}
# What is fetched by pages or programs and seen by nobody as a page.
NO_PAGES = {
    *("static", "auth.health", "language.words"),
    *("photos.thumbnail", "photos.display", "photos.closeup", "photos.redness"),
    *("annotate.previous", "annotate.ahead", "annotate.counts"),
}


def add_work(sessions: Sessions, config: Config) -> None:
    """Decide a pair, rate as two raters who disagree once, reject a file, export; two photos share an author."""
    first, *_ = pairs(sessions)
    decide_pair(sessions, first.id, "copy", actor="ana")
    refuse_upload(sessions, config, 1, "trip/large.tif", 90_000_000, actor="ana")
    for photo in range(1, 6):
        label = "positive" if photo % 2 else "negative"
        save_rating(sessions, photo, "ana", _entry(label), expected_version=0)
    save_rating(sessions, 4, "ben", _entry("positive"), expected_version=0)
    export_dataset(sessions, config, Settings(), actor="ana")
    with sessions.begin() as session:
        session.execute(update(Photo).where(Photo.id >= 5).values(author_key="a" * 64))


def _entry(label: str) -> Entry:
    return Entry(label=label, sex="female", evidence="visual", region=REGION)
