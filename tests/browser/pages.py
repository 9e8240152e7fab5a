"""Every page of the tool, once: what the accessibility tests look at and `make screenshots` takes pictures of."""

import tempfile
from pathlib import Path

from sqlalchemy import func, select, update

from curator.base.accounts import account_named
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.photos import Person, Photo
from curator.base.models.ratings import Suggestion
from curator.custody.erasable import Request
from curator.custody.erasing import erase
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.pairs.decisions import decide_pair
from curator.photos.importing import import_folders, refuse_upload
from curator.queries.disagreements import settled_disagreements
from curator.queries.pairs import pairs
from curator.ratings.assessments import Assessment
from curator.ratings.claims import show_next_photos
from curator.ratings.queues import Queue
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.runs.folders import list_runs
from tests.curator.drawing import REGION, draw
from tests.curator.trained import all_correct, predicted, write_run

# By endpoint: where the page is; `find_pages` fills in which photo and which run.
PAGES = {
    "dashboard.index": "/",
    "dashboard.overview": "/overview",
    "inbox.index": "/inbox",
    "inbox.batch": "/inbox/batches/1",
    "gallery.index": "/gallery",
    "gallery.choose": "/gallery/selection?act=exclude&photo=1&photo=2&photo=3",
    "photos.photo": "/photos/{settled}",
    "annotate.index": "/annotate?queue=unsure",
    "annotate.photo": "/annotate/{unrated}",
    "duplicates.index": "/duplicates",
    "duplicates.verified": "/duplicates/verified",
    "duplicates.removed": "/duplicates/removed",
    "decisions.index": "/duplicates/decisions",
    "decisions.decided": "/duplicates/decisions/1",
    "duplicates.search": "/duplicates/search",
    "people.index": "/duplicates/people",
    "people.codes": "/duplicates/people/codes",
    "agreement.index": "/agreement",
    "adjudicate.index": "/adjudicate",
    "adjudicate.photo": "/adjudicate/{settled}",
    "exports.index": "/exports",
    "runs.index": "/runs",
    "runs.run": "/runs/{run}",
    "admin.index": "/admin",
    "labelstudio.index": "/labelstudio",
    "study.index": "/admin/study",
    "consent.index": "/admin/consent?kind=person&value=P-01",
    "erasing.index": "/erase?kind=person&value=%23{unrated}",
    "erasing.certificate": "/erasures/1",
    "freezes.index": "/admin/freezes",
    "changes.index": "/admin/changes",
    "auth.password": "/password",
    "second_factor.index": "/second-factor",
}
SIGNED_OUT = {"auth.sign_in": "/signin"}
AFTER_THE_PASSWORD = {"second_factor.ask": "/signin/code"}
BEFORE_ANY_ACCOUNT = {"auth.setup": "/setup?token={token}"}
# What is fetched by pages or programs and seen by nobody as a page; the trainer's report is the trainer's own.
NO_PAGES = {
    "photos.photo_of_example",
    *("static", "auth.health", "auth.robots", "language.words", "runs.trainers_report"),
    "runs.trainers_model_card",
    *("annotate.ahead", "annotate.counts", "annotate.previous"),
    *("photos.thumbnail", "photos.display", "photos.closeup", "photos.redness"),
}

# Photos beside those of the fixture, rated by both: enough to tell figures.
FIRST_MORE, MORE = 7, 12
ELSEWHERE = "0.350000,0.450000 0.750000,0.450000 0.650000,0.750000 0.450000,0.750000"
EYES = "0.4,0.35 0.6,0.35"


def find_pages(sessions: Sessions, config: Config, rater: str = "ana") -> dict[str, str]:
    """Return each page's address, with photos and a run that show something to this rater."""
    (settled, *_), _ = settled_disagreements(sessions, size=1)
    (run, *_), _ = list_runs(config)
    looking = account_named(sessions, rater).id
    (unrated,) = show_next_photos(sessions, looking, Queue())
    named = {"settled": settled.photo_id, "run": run.name, "unrated": unrated}
    return {endpoint: path.format(**named) for endpoint, path in PAGES.items()}


def add_work(sessions: Sessions, config: Config) -> None:
    """Bring an instance with the fixture's photos into the middle of its work."""
    change_project(sessions, Project(raters_needed=2), actor="ana")
    first, *_ = pairs(sessions)
    decide_pair(sessions, first.id, "copy", actor="ana")
    refuse_upload(sessions, config, 1, "trip/large.tif", 90_000_000, actor="ana")
    _import_more(sessions, config)
    _rate(sessions)
    export_dataset(sessions, config, Settings(), actor="ana")
    _add_run(sessions, config)
    _erase_one(sessions, config)


def _erase_one(sessions: Sessions, config: Config) -> None:
    with tempfile.TemporaryDirectory() as folder:
        draw(99, (320, 240)).save(Path(folder) / "99.jpg")
        import_folders(sessions, config, [Path(folder)], actor="ben")
    with sessions() as session:
        photo = session.scalar(select(func.max(Photo.id))) or 0
    erase(sessions, config, Request("photo", str(photo)), confirmed=[photo], actor="ana")


def _import_more(sessions: Sessions, config: Config) -> None:
    """A second import, with a look-alike of the first; two photos share an author, two persons nearly a code."""
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(10, 10 + MORE):
            draw(seed, (320, 240)).save(Path(folder) / f"{seed}.jpg", quality=90)
        draw(4, (640, 480)).save(Path(folder) / "again.jpg", quality=50)
        import_folders(sessions, config, [Path(folder)], source="#more", actor="ben")
    with sessions.begin() as session:
        session.execute(update(Photo).where(Photo.id.in_((5, 6))).values(author_key="a" * 64))
        for photo, code in ((5, "P-01"), (6, "p-01")):
            person = Person(code=code)
            session.add(person)
            session.flush()
            session.get_one(Photo, photo).person_id = person.id
        found = {"recipe": 1, "faces": 1, "region": REGION, "eyes": EYES}
        session.add_all(Suggestion(photo_id=photo, **found) for photo in range(1, 7))


def _rate(sessions: Sessions) -> None:
    """Both raters rate; they disagree on two photos, of which ana settles one."""
    for photo in range(FIRST_MORE, FIRST_MORE + MORE):
        label, sex = ("positive", "female") if photo % 2 else ("negative", "male")
        doubt = "unsure" if photo < FIRST_MORE + 2 else label
        for rater, said_by, region in (("ana", label, REGION), ("ben", doubt, ELSEWHERE)):
            word = Assessment(said_by, {"sex": sex}, region)
            save_rating(sessions, photo, rater, word, expected_version=0)
    ruling = Assessment(
        "positive",
        {"sex": "female", "evidence": "clinician"},
        REGION,
        note="The rash spares the folds.",
    )
    adjudicate(sessions, FIRST_MORE, "ana", ruling, expected_version=0)


def _add_run(sessions: Sessions, config: Config) -> None:
    """A run that misses photos which ana has rated, and one that she has not."""
    missed_photos = Photo.id.between(FIRST_MORE - 1, FIRST_MORE + 2)
    with sessions() as session:
        shas = session.scalars(select(Photo.pixel_sha256).where(missed_photos)).all()
    missed = [predicted(sha[:16], "test", "positive", 0.1) for sha in shas]
    write_run(config.instance / "runs" / "mobilenet-1", [*all_correct(20), *missed], report=True)
