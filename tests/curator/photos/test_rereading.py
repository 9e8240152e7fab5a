"""Photos whose colours an earlier version read otherwise are found, read again and listed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.events import Action
from curator.base.models.events import Event
from curator.base.models.photos import Photo, StoredFingerprint
from curator.base.store import Store
from curator.photos.importing import ImportResult
from curator.photos.rereading import Rereading, reread_photos
from curator.queries.examples import photos_of_examples
from curator.queries.gallery import gallery_page
from curator.queries.pairs import count_undecided
from curator.ratings.filter import Filter
from faces.profiles import DISPLAY_P3, profile_of
from tests.curator.browsing import Visitor, the

Save = Callable[..., Path]
ImportAll = Callable[..., ImportResult]

P3, PLAIN, UNTOLD = 1, 2, 3
OLD = "0" * 64  # the hash of the pixels as an earlier version read them


@pytest.fixture
def old(save: Save, import_all: ImportAll, sessions: Sessions) -> None:
    """Three photos as an earlier version left them; it took the first for sRGB."""
    save("1-p3.jpg", 1, icc_profile=profile_of(DISPLAY_P3))
    save("2-plain.jpg", 2)
    save("3-untold.jpg", 3, icc_profile=b"no profile")
    import_all()
    with sessions.begin() as session:
        for photo in session.scalars(select(Photo)):
            photo.colour_source = photo.colour_space = photo.colour_doubt = ""
        session.get_one(Photo, P3).pixel_sha256 = OLD
        session.get_one(StoredFingerprint, P3).hashes = bytes(8)


def reread(sessions: Sessions, config: Config) -> Rereading:
    return reread_photos(sessions, config, actor="ana")


def photo(sessions: Sessions, photo_id: int) -> Photo:
    with reading(sessions) as session:
        return session.get_one(Photo, photo_id)


@pytest.mark.usefixtures("old")
def test_a_photo_that_reads_otherwise_is_found_once(sessions: Sessions, config: Config) -> None:
    assert reread(sessions, config) == Rereading(3, changed=(P3,), unreadable=())
    found = photo(sessions, P3)
    assert (found.colour_source, found.colour_space, found.colour_doubt) == (
        "icc",
        "Display P3",
        "",
    )
    assert found.earlier_pixel_sha256 == OLD
    assert found.pixel_sha256 != OLD
    assert reread(sessions, config) == Rereading(3, changed=(), unreadable=())
    assert photo(sessions, P3).earlier_pixel_sha256 == OLD


@pytest.mark.usefixtures("old")
def test_what_the_colours_of_the_others_mean_is_recorded(
    sessions: Sessions, config: Config
) -> None:
    reread(sessions, config)
    plain, untold = photo(sessions, PLAIN), photo(sessions, UNTOLD)
    assert (plain.colour_source, plain.colour_space, plain.colour_doubt) == ("nowhere", "sRGB", "")
    assert untold.colour_doubt == "unknown"
    assert plain.earlier_pixel_sha256 is untold.earlier_pixel_sha256 is None


@pytest.mark.usefixtures("old")
def test_the_gallery_lists_them(sessions: Sessions, config: Config, ana: Visitor) -> None:
    reread(sessions, config)
    for colours, expected in (("reread", [P3]), ("uncertain", [UNTOLD])):
        page = gallery_page(sessions, 1, Filter(colours=colours), size=9)
        assert [one.id for one in page.photos] == expected
        shown = ana.see(f"/gallery?colours={colours}").select("#photos .id")
        assert [int(one.text) for one in shown] == expected


@pytest.mark.usefixtures("old")
def test_a_photos_page_names_its_colours_and_the_doubt(
    sessions: Sessions, config: Config, ana: Visitor
) -> None:
    assert not ana.see(f"/photos/{P3}").select("#colours")
    reread(sessions, config)
    facts = the(ana.see(f"/photos/{P3}"), "#colours")
    assert (facts["data-space"], facts["data-doubt"]) == ("Display P3", "")
    assert facts.select("[data-reread]")
    facts = the(ana.see(f"/photos/{UNTOLD}"), "#colours")
    assert (facts["data-space"], facts["data-doubt"]) == ("sRGB", "unknown")
    assert facts.select(".badge")
    assert not facts.select("[data-reread]")


@pytest.mark.usefixtures("old")
def test_a_run_from_before_still_finds_its_photo(sessions: Sessions, config: Config) -> None:
    reread(sessions, config)
    now = photo(sessions, P3).pixel_sha256
    assert photos_of_examples(sessions, [OLD[:12], now[:12]]) == {OLD[:12]: P3, now[:12]: P3}


@pytest.mark.usefixtures("old")
def test_the_change_is_recorded(sessions: Sessions, config: Config) -> None:
    reread(sessions, config)
    with reading(sessions) as session:
        [event] = session.scalars(select(Event).where(Event.action == Action.COLOURS_REREAD))
    assert (event.actor, event.subject_id) == ("ana", P3)
    assert event.before
    assert event.before["pixel_sha256"] == OLD


def test_a_photo_that_now_equals_another_is_offered_as_its_copy(
    save: Save, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    path = save("a.png", 1, icc_profile=profile_of(DISPLAY_P3))
    import_all()
    shutil.copyfile(path, path.with_name("b.png"))
    with path.with_name("b.png").open("ab") as file:
        file.write(b"more bytes, the same pixels")
    with sessions.begin() as session:
        session.get_one(Photo, 1).pixel_sha256 = OLD
    assert import_all().added == 1
    with sessions.begin() as session:
        session.get_one(Photo, 1).pixel_sha256 = "1" * 64
    assert reread(sessions, config).changed == (1,)
    assert photo(sessions, 1).pixel_sha256 == "1" * 64  # the other photo has its hash
    assert count_undecided(sessions) == 1
    assert reread(sessions, config).changed == ()


@pytest.mark.usefixtures("old")
def test_a_damaged_file_stops_nothing(sessions: Sessions, config: Config) -> None:
    stored = photo(sessions, PLAIN)
    Store(config.instance).photo(stored.file_sha256, stored.format).write_bytes(b"damaged")
    assert reread(sessions, config) == Rereading(3, changed=(P3,), unreadable=(PLAIN,))
