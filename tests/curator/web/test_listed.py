"""The gallery's filters by what several raters said: the same photos as on the overview, and not told to raters."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from curator.base.config import Config
from curator.base.db import Sessions
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.queries.gallery import gallery_page, neighbours
from curator.ratings.assessments import Assessment
from curator.ratings.filter import Filter
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from tests.curator.browsing import JSON, Visitor, numbers, the
from tests.curator.drawing import REGION

ADA = 4
ELSEWHERE = "0.100000,0.100000 0.200000,0.100000 0.200000,0.200000"


def say(sessions: Sessions, rater: str, photo: int, label: str, **said: str) -> None:
    word = Assessment(label, {"sex": said.get("sex", "female")}, said.get("region", REGION))
    save_rating(sessions, photo, rater, word, expected_version=0)


@pytest.fixture(autouse=True)
def rated(
    sessions: Sessions, save: Callable[..., Path], import_all: Callable[..., ImportResult]
) -> None:
    """Two raters agree on 1 to 4, differ on 5 (label), 6 (sex), 7 (region) and 8 (label, ruled on)."""
    change_project(sessions, Project(raters_needed=2), actor="ana")
    for seed in range(1, 11):
        save(f"{seed}.png", seed)
    import_all(source="#drawn")
    labels = ("positive", "negative")
    for photo in range(1, 9):
        say(sessions, "ben", photo, labels[photo % 2])
    for photo in (1, 2, 3, 4):
        say(sessions, "carl", photo, labels[photo % 2])
    say(sessions, "carl", 5, labels[0])
    say(sessions, "carl", 6, labels[0], sex="male")
    say(sessions, "carl", 7, labels[1], region=ELSEWHERE)
    say(sessions, "carl", 8, labels[1])
    say(sessions, "ben", 9, "positive")  # waits for another rater
    ruling = Assessment("positive", {"sex": "female"}, REGION)
    adjudicate(sessions, 8, "ada", ruling, expected_version=0)


def photos_shown(visitor: Visitor, address: str) -> list[int]:
    tiles = visitor.see(address).select("#photos .id")
    return [int(tile.get_text()) for tile in tiles]


@pytest.mark.parametrize("name", ["ana", "ada"])
def test_who_rules_finds_the_photos_on_which_raters_disagree(app: Flask, name: str) -> None:
    visitor = Visitor(app, name)
    assert photos_shown(visitor, "/gallery?show=disagree") == [5, 6, 7]
    assert photos_shown(visitor, "/gallery?show=disagree&source=%23other") == []
    assert photos_shown(visitor, "/gallery?show=disagree&photos=5,7,1") == [5, 7]


def test_disagreements_are_counted_alike_everywhere(ana: Visitor) -> None:
    step = the(ana.see("/"), ".step:has(a[href='/adjudicate'])")
    waiting = the(ana.see("/adjudicate"), ".tabs [aria-current]")
    gallery = the(ana.see("/gallery?show=disagree"), "#total")
    queue = ana.get("/annotate/counts?queue=adjudicate", headers=JSON).get_json()
    counts = [numbers(step)[0], numbers(waiting)[0], numbers(gallery)[0], queue["total"]]
    assert counts == [3, 3, 3, 3]


def test_ready_photos_are_those_of_the_overview_and_the_export(
    ana: Visitor, sessions: Sessions, config: Config
) -> None:
    ready = photos_shown(ana, "/gallery?show=ready")
    assert ready == [1, 2, 3, 4, 6, 7, 8]  # sex and region keep no photo back
    assert numbers(the(ana.see("/"), ".step:has(a[href='/exports'])"))[0] == len(ready)
    assert numbers(the(ana.see("/exports"), ".figure")) == [len(ready)]
    made = export_dataset(sessions, config, Settings(ratios=(50, 25, 25)), actor="ana")
    assert made.counts["total"] == len(ready)
    exclude_photo(sessions, 1, "too small", actor="ana")
    assert photos_shown(ana, "/gallery?show=ready") == ready[1:]


@pytest.mark.parametrize("show", ["disagree", "ready"])
@pytest.mark.parametrize("name", ["ben", "carl", "vera"])
def test_what_others_said_cannot_be_filtered_by_without_the_role(
    app: Flask, name: str, show: str
) -> None:
    visitor = Visitor(app, name)
    assert not visitor.see("/gallery").select(f".tabs a[href*='show={show}']")
    listed = f"queue=filter&show={show}"
    for address in (f"/gallery?show={show}", f"/photos/5?show={show}", f"/annotate?{listed}"):
        assert visitor.get(address).status_code == 403, address
    for address in (f"/annotate/counts?{listed}", f"/annotate/ahead?{listed}&count=5"):
        assert visitor.get(address, headers=JSON).status_code == 403, address


def test_a_list_is_turned_page_by_page(sessions: Sessions) -> None:
    wanted = Filter(show="ready")
    ready = [1, 2, 3, 4, 6, 7, 8]
    seen, after = [], 0
    while page := gallery_page(sessions, ADA, wanted, after=after, size=3):
        seen += [photo.id for photo in page.photos]
        assert page.total == len(ready)
        if not (after := page.after):
            break
    assert seen == ready
    back = gallery_page(sessions, ADA, wanted, before=page.before, size=3)
    assert [photo.id for photo in back.photos] == [4, 6, 7]
    assert (back.before, back.after) == (4, 7)
    none = gallery_page(sessions, ADA, wanted, after=99, size=3)
    assert (none.photos, none.before, none.after) == ((), 100, 0)
    around = [neighbours(sessions, ADA, wanted, photo) for photo in (1, 5, 8)]
    assert [(one.previous, one.following) for one in around] == [(None, 2), (4, 6), (7, None)]


def test_a_listed_photo_is_rated_from_the_list(app: Flask) -> None:
    ada = Visitor(app, "ada")
    link = the(ada.see("/gallery?show=disagree"), ".title-buttons a")
    first = ada.get(str(link["href"])).location
    assert int(first.split("?")[0].rsplit("/", 1)[1]) in (5, 6, 7)
    counted = ada.get("/annotate/counts?queue=filter&show=disagree", headers=JSON).get_json()
    assert counted["left"] == 3
