"""A rater's word on a photo: one definition for every count, queue and page, whatever copies they rated."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import ImageOps
from sqlalchemy import select

from curator.base.accounts import account_named
from curator.base.db import Sessions, reading
from curator.base.errors import ReasonMissing
from curator.base.models.photos import Photo
from curator.pairs.decisions import accept_verified, restore_copy
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.queries.agreement import agreement_of_raters
from curator.queries.disagreements import disagreements, ratings_of_photo
from curator.queries.facts import photo_facts
from curator.queries.gallery import gallery_page
from curator.queries.overview import agreement_over_time, collection_status, progress_of_raters
from curator.queries.photos import last_rated, photo_to_adjudicate, photo_to_rate
from curator.queries.queues import queue_state
from curator.ratings.assessments import Assessment
from curator.ratings.claims import show_next_photos
from curator.ratings.filter import Filter
from curator.ratings.queues import Queue
from curator.ratings.regions import overlap, stored_region
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from tests.curator.browsing import Visitor, the
from tests.curator.drawing import REGION, draw

KEPT, COPY, OTHER = 1, 2, 3
MIRRORED = " ".join(f"{1 - float(x):.4f},{y}" for x, y in (p.split(",") for p in REGION.split()))


@pytest.fixture(autouse=True)
def collection(folder: Path, import_all: Callable[..., ImportResult], sessions: Sessions) -> None:
    """A photo, its smaller mirrored copy, and another photo; two raters a photo."""
    draw(700, (800, 600)).save(folder / "a-large.png")
    ImageOps.mirror(draw(700, (400, 300))).save(folder / "b-small.png")
    draw(5, (800, 600)).save(folder / "c-other.png")
    import_all()
    change_project(sessions, Project(raters_needed=2), actor="ana")


def rate(sessions: Sessions, photo: int, name: str, label: str, region: str = "") -> None:
    said = Assessment(label, region=region)
    version = photo_to_rate(sessions, photo, number(sessions, name)).version
    save_rating(sessions, photo, name, said, expected_version=version)


def set_copies_aside(sessions: Sessions) -> None:
    assert accept_verified(sessions, actor="ana") == 1
    with reading(sessions) as session:
        copies = session.scalars(select(Photo.copy_of_id).order_by(Photo.id)).all()
    assert copies == [None, KEPT, None]


def number(sessions: Sessions, name: str) -> int:
    return account_named(sessions, name).id


def waiting(sessions: Sessions, name: str) -> set[int]:
    return set(show_next_photos(sessions, number(sessions, name), Queue(), count=9))


def counts_of_disagreement(sessions: Sessions) -> set[int]:
    """How many photos raters disagree on, by every way to count them."""
    status, listed = collection_status(sessions), disagreements(sessions)
    shares = agreement_over_time(sessions)
    ana = number(sessions, "ana")
    return {
        status.left_out.get("disagreement", 0),
        len(listed),
        queue_state(sessions, ana, Queue("disagreements")).left,
        *(part.photos - part.agreed for part in shares),
    }


def test_words_on_a_copy_set_aside_count_on_the_kept_photo_everywhere(
    sessions: Sessions,
) -> None:
    rate(sessions, COPY, "ana", "positive", MIRRORED)
    rate(sessions, COPY, "ben", "negative")
    set_copies_aside(sessions)
    assert counts_of_disagreement(sessions) == {1}
    assert [one.photo_id for one in disagreements(sessions)] == [KEPT]
    assert waiting(sessions, "ana") == waiting(sessions, "ben") == {OTHER}
    rated = {one.name: one.rated for one in progress_of_raters(sessions)}
    assert (rated["ana"], rated["ben"]) == (1, 1)
    assert agreement_of_raters(sessions).photos == 1


def test_the_kept_photo_shows_raters_what_they_said_on_its_copy(sessions: Sessions) -> None:
    rate(sessions, COPY, "ana", "positive", MIRRORED)
    set_copies_aside(sessions)
    ana, ben = number(sessions, "ana"), number(sessions, "ben")
    shown = photo_to_rate(sessions, KEPT, ana)
    assert shown.own is not None
    assert (shown.own.label, shown.version, shown.given_on) == ("positive", 0, COPY)
    carried, drawn = stored_region(shown.own.region), stored_region(REGION)
    assert overlap(carried, drawn) > 0.9  # mirrored back
    own = photo_facts(sessions, KEPT, ana).own
    assert own is not None
    assert own.given_on == COPY
    assert photo_to_rate(sessions, KEPT, ben).own is None
    (tile,) = gallery_page(sessions, ana, Filter(show="rated"), size=9).photos
    assert (tile.id, tile.own_label) == (KEPT, "positive")
    assert gallery_page(sessions, ana, Filter(label="positive", show="kept"), size=9).total == 1
    assert last_rated(sessions, ana, 0) == KEPT


def test_a_rater_of_the_copy_sees_the_others_words_on_the_kept_photo(sessions: Sessions) -> None:
    rate(sessions, COPY, "ana", "positive", MIRRORED)
    rate(sessions, KEPT, "ben", "negative", REGION)
    set_copies_aside(sessions)
    for photo in (KEPT, COPY):
        seen = ratings_of_photo(sessions, photo, number(sessions, "ana"))
        assert seen.photo_id == KEPT
        assert {one.by: one.photo_id for one in seen.ratings} == {"ana": COPY, "ben": KEPT}
        assert "label" in seen.about
        assert (seen.overlaps[0].share or 0) > 0.9


def test_the_rating_of_the_kept_photo_counts_before_that_of_its_copy(sessions: Sessions) -> None:
    rate(sessions, KEPT, "ana", "negative")
    rate(sessions, COPY, "ana", "positive")  # later, but not of the kept one
    set_copies_aside(sessions)
    seen = ratings_of_photo(sessions, KEPT, number(sessions, "ana"))
    assert [one.assessment.label for one in seen.ratings] == ["negative"]
    rated = {one.name: one.rated for one in progress_of_raters(sessions)}
    assert rated["ana"] == 1


def test_saving_on_the_kept_photo_replaces_the_word_given_on_a_copy(sessions: Sessions) -> None:
    rate(sessions, COPY, "ana", "positive")
    set_copies_aside(sessions)
    rate(sessions, KEPT, "ana", "negative")
    shown = photo_to_rate(sessions, KEPT, number(sessions, "ana"))
    assert shown.own is not None
    assert (shown.own.label, shown.version, shown.given_on) == ("negative", 1, KEPT)


def test_words_follow_when_another_copy_is_kept_and_when_the_copies_part(
    sessions: Sessions,
) -> None:
    rate(sessions, COPY, "ana", "positive")
    rate(sessions, KEPT, "ben", "negative")
    assert counts_of_disagreement(sessions) == {0}
    set_copies_aside(sessions)
    assert counts_of_disagreement(sessions) == {1}
    exclude_photo(sessions, KEPT, "too small", actor="ben")
    assert [one.photo_id for one in disagreements(sessions)] == [COPY]
    exclude_photo(sessions, KEPT, "", actor="ben")
    assert [one.photo_id for one in disagreements(sessions)] == [KEPT]
    restore_copy(sessions, COPY, actor="ana")
    assert counts_of_disagreement(sessions) == {0}
    assert KEPT in waiting(sessions, "ana")


def test_a_ruling_on_a_copy_settles_the_kept_photo(sessions: Sessions) -> None:
    rate(sessions, COPY, "ana", "positive", MIRRORED)
    rate(sessions, COPY, "ben", "negative", MIRRORED)
    adjudicate(sessions, COPY, "ada", Assessment("negative"), expected_version=0)
    set_copies_aside(sessions)
    assert disagreements(sessions) == ()
    assert sum(collection_status(sessions).ready.values()) == 1
    ada = number(sessions, "ada")
    seen = ratings_of_photo(sessions, KEPT, ada)
    assert seen.ruling is not None
    assert seen.ruling.version == 0  # a ruling on this photo would be its first
    assert photo_to_adjudicate(sessions, KEPT, ada).given_on == COPY
    with pytest.raises(ReasonMissing):
        adjudicate(sessions, KEPT, "ada", Assessment("positive"), expected_version=0)
    again = Assessment("positive")
    adjudicate(sessions, KEPT, "ada", again, expected_version=0, reason="a better photo")
    seen = ratings_of_photo(sessions, KEPT, ada)
    assert seen.ruling is not None
    assert seen.ruling.assessment.label == "positive"


def test_of_several_copies_the_word_saved_last_counts(
    sessions: Sessions, folder: Path, import_all: Callable[..., ImportResult]
) -> None:
    draw(700, (440, 330)).save(folder / "d-small.png")
    import_all()
    rate(sessions, 4, "ana", "positive")
    rate(sessions, COPY, "ana", "negative")
    accept_verified(sessions, actor="ana")
    shown = photo_to_rate(sessions, KEPT, number(sessions, "ana"))
    assert shown.own is not None
    assert (shown.own.label, shown.given_on) == ("negative", COPY)


def test_the_pages_of_the_kept_photo_tell_where_the_word_was_given(
    sessions: Sessions, ana: Visitor
) -> None:
    rate(sessions, COPY, "ana", "positive", MIRRORED)
    set_copies_aside(sessions)
    assert the(ana.see(f"/annotate/{KEPT}"), "#given-on-copy a")["href"] == f"/annotate/{COPY}"
    page = ana.see(f"/photos/{KEPT}")
    assert not page.select("#unrated")
    assert the(page, f"section[aria-labelledby=own-title] a[href='/photos/{COPY}']")
