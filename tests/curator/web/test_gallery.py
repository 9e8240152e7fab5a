"""The gallery and a photo's page, through the test client: filters, blind rating, bulk actions and undo."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from curator import undoing
from curator.base.db import Sessions
from curator.base.models.events import Event
from curator.base.models.exports import Export, ExportMember
from curator.base.models.photos import FileName, Person, Photo
from curator.base.models.ratings import LABELS, Rating
from curator.http import terms
from curator.pairs.decisions import decide_pair
from curator.pairs.persons import join_people, join_person
from curator.photos.exclusion import exclude_photo, exclude_photos
from curator.photos.importing import ImportResult
from curator.photos.sources import set_source
from curator.queries.gallery import gallery_page, neighbours
from curator.queries.pairs import pairs
from curator.ratings.assessments import Assessment
from curator.ratings.attributes import attributes
from curator.ratings.filter import SHOWN, Filter, read_filter
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.web import gallery as page
from tests.curator.browsing import JSON, Visitor, is_warning, notice, numbers, parsed, the, words
from tests.curator.drawing import REGION
from tests.curator.rows import add_photos

ANA, BEN = 1, 2
UNDOING = "form[action='/photos/undo']"
NOTE = "a note that only who rated may read"


@pytest.fixture
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Three photos; the second is a copy of the first."""
    save("a.jpg", 1, quality=95)
    save("b.jpg", 1, quality=60)
    save("trip/c.jpg", 3)
    import_all(source="#drawn")


@pytest.fixture
def rows(sessions: Sessions) -> None:
    """Twelve photos that exist only as rows; ana rated every third."""
    with sessions.begin() as session:
        add_photos(session, 12)
        named = [{"photo_id": photo, "name": f"IMG_{photo:02}.jpg"} for photo in range(1, 13)]
        session.execute(insert(FileName), named)
        said = {"rater_id": ANA, "sex": "female", "evidence": "visual"}
        rated = [
            {"photo_id": photo, "counts_on_id": photo, "label": "unsure"} | said
            for photo in (3, 6, 9, 12)
        ]
        session.execute(insert(Rating), rated)
        session.add(Person(id=1, code="P-1"))
        for photo in (2, 5):
            session.get_one(Photo, photo).person_id = 1
            session.get_one(Photo, photo).source = "100 %"
        session.get_one(Photo, 7).excluded_reason = "blurred"
        session.get_one(Photo, 8).copy_of_id = 1


def shown(html: str) -> list[int]:
    return [int(photo) for photo in re.findall(r'href="/photos/(\d+)', html)]


def told(html: Tag) -> list[tuple[str, str]]:
    """Return a photo's history, newest first, each event with its actor."""
    return [
        (str(event["data-what"]), str(event["data-by"])) for event in html.select("#history > li")
    ]


def undoable(visitor: Visitor, address: str) -> list[str]:
    return [str(event["value"]) for event in visitor.see(address).select(f"{UNDOING} [name=event]")]


def rate(sessions: Sessions, rater: str, photo: int = 1, label: str = "positive") -> None:
    entry = Assessment(label, {"sex": "male", "evidence": "clinician"}, REGION, note=NOTE)
    save_rating(sessions, photo, rater, entry, expected_version=0)


def add_export(sessions: Sessions, name: str, photo: int) -> None:
    made = {"path": name, "content_hash": "", "created_by": "ana"}
    with sessions.begin() as session:
        session.add(Export(id=1, name=name, parameters={}, counts={}, left_out={}, **made))
        session.flush()
        session.add(ExportMember(export_id=1, photo_id=photo))


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", range(1, 13)),
        ("show=kept", [1, 2, 3, 4, 5, 6, 9, 10, 11, 12]),
        ("show=rated", [3, 6, 9, 12]),
        ("show=unrated", [1, 2, 4, 5, 10, 11]),
        ("show=excluded", [7]),
        ("show=copies", [8]),
        ("label=unsure", [3, 6, 9, 12]),
        ("label=positive", []),
        ("label=unsure&sex=male", []),
        ("label=unsure&evidence=visual&show=kept", [3, 6, 9, 12]),
        ("source=100+%25", [2, 5]),
        ("person=P-1", [2, 5]),
        ("person=P-2", []),
        ("batch=1&name=img_1", [10, 11, 12]),
        ("batch=2", []),
        ("name=_0%25", []),
        ("photos=4,11,99", [4, 11]),
        ("name=IMG&person=P-1&after=2", [5]),
    ],
)
def test_an_address_shows_the_matching_photos(
    ana: Visitor, query: str, expected: list[int]
) -> None:
    assert shown(ana.page(f"/gallery?{query}")) == list(expected)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    "query",
    [
        "show=<x>&after=huh&before=-",
        "label=huh&sex=1&evidence=%00",
        "batch=huh",
        f"batch={10**30}",
        "photos=a,b,-1,1.5,",
        "batch=-3&person=%FF",
    ],
)
def test_unknown_filter_values_are_ignored(ana: Visitor, query: str) -> None:
    html = ana.page(f"/gallery?{query}")
    assert "<x>" not in html
    assert shown(html) in ([*range(1, 13)], [])


@given(
    st.builds(
        Filter,
        show=st.sampled_from(SHOWN),
        label=st.sampled_from(("", *LABELS)),
        values=st.fixed_dictionaries(
            {}, optional={a.code: st.sampled_from(a.codes) for a in attributes()}
        ),
        source=st.text().map(str.strip).filter(lambda text: "\0" not in text),
        batch=st.integers(0, 10**18 - 1),
        person=st.text(st.characters(categories=["L", "N"])),
        photos=st.lists(st.integers(1, 10**18 - 1)).map(tuple),
    )
)
def test_an_address_contains_the_whole_filter(wanted: Filter) -> None:
    assert read_filter(wanted.fields()) == wanted


@pytest.mark.usefixtures("rows")
def test_each_active_filter_can_be_removed_separately(ana: Visitor) -> None:
    html = ana.see("/gallery?show=kept&label=unsure&name=IMG&person=P-1")
    chips = {str(chip["href"]): words(chip) for chip in html.select(".chip")}
    assert sorted(chips) == [
        "/gallery?show=kept&label=unsure&name=IMG",
        "/gallery?show=kept&label=unsure&person=P-1",
        "/gallery?show=kept&person=P-1&name=IMG",
    ]
    assert terms.LABELS["unsure"] in chips["/gallery?show=kept&person=P-1&name=IMG"]
    assert the(html, "#nothing")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("query", ["", "show=unrated", "name=IMG_0"])
def test_pages_forwards_and_back_show_the_same_photos(
    ana: Visitor, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    everything = shown(ana.page(f"/gallery?{query}"))
    monkeypatch.setattr("curator.web.gallery.PAGE_SIZE", 2)
    for relation, first in (("next", ""), ("prev", "before=13&")):
        pages, address = [], f"/gallery?{first}{query}"
        while address:
            html = unescape(ana.page(address))
            pages.append(shown(html))
            found = re.search(rf'rel="{relation}"[^>]*href="([^"]+)"', html)
            address = found[1] if found else ""
        ordered = pages if relation == "next" else pages[::-1]
        assert [photo for page in ordered for photo in page] == everything
        assert len(pages) > 2


@pytest.mark.usefixtures("rows")
def test_a_page_past_the_end_leads_back(ana: Visitor) -> None:
    html = ana.see("/gallery?after=99")
    assert the(html, "#nothing")
    assert the(html, "[data-action=first]")["href"] == "/gallery"
    assert the(html, "a[rel=prev]")["href"] == "/gallery?before=100"
    assert not html.select("a[rel=next]")


@pytest.mark.usefixtures("rows")
def test_counting_stops_when_it_would_take_long(
    sessions: Sessions, ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gallery_page(sessions, ANA, Filter(), size=2).total == 12
    monkeypatch.setattr("curator.queries.gallery.COUNTED_UP_TO", 5)
    assert gallery_page(sessions, ANA, Filter(), size=2).total == 6
    assert numbers(the(ana.see("/gallery"), "#total")) == [5]


@pytest.mark.usefixtures("rows")
def test_a_photo_has_its_neighbours_in_the_filter(sessions: Sessions, ana: Visitor) -> None:
    around = neighbours(sessions, ANA, Filter(label="unsure"), 6)
    assert (around.previous, around.following) == (3, 9)
    around = neighbours(sessions, ANA, Filter(show="copies"), 8)
    assert (around.previous, around.following) == (None, None)
    html = unescape(ana.page("/photos/6?label=unsure"))
    assert 'href="/photos/3?label=unsure"' in html
    assert 'href="/photos/9?label=unsure"' in html


@pytest.mark.usefixtures("photos")
def test_nobody_sees_anothers_rating_before_their_own(
    app: Flask, sessions: Sessions, ana: Visitor
) -> None:
    """Neither in the gallery nor on the photo's page nor in responses to scripts, whatever the role."""
    rate(sessions, "ben")
    secrets = (NOTE, "Positive</span>", "badge positive", "<ins>Clinician", "<ins>Male", REGION)
    for name in ("ana", "ada", "carl", "vera"):
        visitor = Visitor(app, name)
        for address in ("/photos/1", "/gallery", "/gallery?label=positive", "/gallery?show=rated"):
            for headers in ({}, JSON):
                text = visitor.get(address, headers=headers).text
                assert not [secret for secret in secrets if secret in text], (name, address)
        assert ("rating saved", "ben") in told(visitor.see("/photos/1"))
    assert shown(ana.page("/gallery?label=positive")) == []
    rate(sessions, "ana", label="negative")
    html = ana.page("/photos/1")
    assert NOTE in html
    assert "<ins>Clinician" in html


@pytest.mark.usefixtures("photos")
def test_a_ruling_is_shown_only_to_those_who_rated(app: Flask, sessions: Sessions) -> None:
    for rater, label in (("ben", "positive"), ("carl", "negative")):
        rate(sessions, rater, label=label)
    ruling = Assessment(
        "unsure", {"sex": "female", "evidence": "hashtag"}, "", note="what was ruled"
    )
    adjudicate(sessions, 1, "ada", ruling, expected_version=0)
    assert "what was ruled" not in Visitor(app, "ana").page("/photos/1")
    for name in ("ben", "ada"):
        html = Visitor(app, name).page("/photos/1")
        assert "what was ruled" in html
        assert NOTE in html


@pytest.mark.usefixtures("photos")
def test_own_ratings_stay_readable_after_being_withdrawn(
    app: Flask, sessions: Sessions, ben: Visitor
) -> None:
    rate(sessions, "ana", label="negative")
    rate(sessions, "ben")
    ben.post("/photos/undo", event=undoable(ben, "/photos/1")[0], next="/photos/1")
    html = ben.see("/photos/1")
    assert the(html, "#unrated")
    assert told(html)[0] == ("rating withdrawn", "ben")
    changes = "[data-what='rating withdrawn'] {}"
    assert terms.LABELS["positive"] in map(words, html.select(changes.format("del")))
    assert terms.LABELS["negative"] not in map(words, html.select("#history ins"))


@pytest.mark.usefixtures("photos")
def test_a_photo_page_shows_everything_known(ana: Visitor, sessions: Sessions) -> None:
    [pair] = pairs(sessions)
    decide_pair(sessions, pair.id, "copy", actor="ben")
    join_person(sessions, 1, 3, actor="ben")
    rate(sessions, "ana")
    add_export(sessions, "first", 1)
    html = ana.page("/photos/1")
    copies = terms.DECISIONS["copy"]
    for fact in ("a.jpg", "160 \u00d7 120 px", "JPEG", "#drawn", copies, "first"):
        assert fact in html, fact
    assert 'href="/photos/2"' in html
    assert 'href="/photos/3"' in html
    assert f'points="{REGION}"' in html
    assert f'href="/duplicates/decisions/{pair.id}"' in html
    assert the(ana.see("/photos/2"), "#kept a")["href"] == "/photos/1"


@pytest.mark.usefixtures("photos")
def test_history_is_shown_newest_first_with_what_changed(ana: Visitor, sessions: Sessions) -> None:
    exclude_photos(sessions, [1], "too <dark>", actor="ben")
    exclude_photo(sessions, 1, "a child", actor="ana")
    pair = join_people(sessions, [1, 3], actor="ben")
    undoing.undo_events(sessions, pair, actor="ben")
    html = ana.see("/photos/1")
    assert told(html) == [
        ("decision taken back", "ben"),
        ("pair decided", "ben"),
        ("photo excluded", "ana"),
        ("photo excluded", "ben"),
        ("photo added", "ana"),
    ]
    assert [numbers(title) for title in html.select("#history strong")[:2]] == [[3], [3]]
    excluded = html.select("[data-what='photo excluded']")[0]
    assert words(excluded.select("del")[0]) == "too <dark>"
    assert words(excluded.select("ins")[0]) == "a child"
    assert len(excluded.select(".change")) == 2, "what it is about changed with it"
    assert len(html.select(UNDOING)) == 1


@pytest.mark.usefixtures("photos")
def test_history_translates_names_and_leaves_typed_text_as_it_is(
    ana: Visitor, sessions: Sessions
) -> None:
    typed = Assessment("positive", {"sex": "female"}, REGION, note="Female")
    save_rating(sessions, 1, "ana", typed, expected_version=0)
    exclude_photo(sessions, 1, "a child", actor="ana")
    ana.post("/language", language="pt_BR")
    page = ana.see("/photos/1")
    told = [words(ins) for ins in page.select("#history ins")]
    assert told.count("Female") == 1
    assert {"Feminino", "uma criança"} <= {*told}
    assert "a child" not in words(page)


@pytest.mark.usefixtures("photos")
def test_a_change_is_undone_on_the_photos_page_and_redone(ana: Visitor, sessions: Sessions) -> None:
    change_project(sessions, Project(show_sources=True), actor="ana")
    set_source(sessions, [3], "#rash", actor="ben")
    for source in ("#drawn", "#rash"):
        event = undoable(ana, "/photos/3")[0]
        response = ana.post("/photos/undo", event=event, next="/photos/3?show=kept")
        assert response.location == "/photos/3?show=kept"
        assert f'<a href="/gallery?source=%23{source[1:]}">' in ana.page("/photos/3")
    answer = ana.post("/photos/undo", event=event, next="/photos/3", json=True)
    assert answer.status_code == 409
    assert ana.post("/photos/undo", event=event, next="/photos/3").location == "/photos/3"
    refused = the(ana.see("/photos/3"), ".flashes .warning")
    assert words(refused) == words(answer.get_json()["error"])


@pytest.mark.usefixtures("photos")
def test_photos_of_different_people_are_not_joined_and_the_page_says_so(
    ana: Visitor, sessions: Sessions
) -> None:
    [pair] = pairs(sessions)
    decide_pair(sessions, pair.id, "different", confirmed=[pair.id], actor="ben")
    done = ana.post("/gallery/selection", act="person", photo=[1, 2], next="/gallery?show=kept")
    assert done.location == "/gallery?show=kept"
    assert numbers(the(ana.see("/gallery"), ".flashes .warning")) == [1, 2]
    assert ana.post("/gallery/selection", act="person", photo=[1, 2], json=True).status_code == 409


@pytest.mark.usefixtures("photos")
def test_several_photos_are_excluded_and_the_action_is_undone(ana: Visitor) -> None:
    here = "/gallery?show=kept"
    asked = ana.see(f"/gallery/selection?act=exclude&photo=1&photo=3&next={here}")
    assert numbers(the(asked, "h1")) == [2]
    assert {act["value"] for act in asked.select("[name=act]")} == {"exclude"}
    done = ana.post(
        "/gallery/selection", act="exclude", photo=[1, 3], reason="too small", next=here
    )
    assert done.location == here
    html = ana.page(here)
    assert shown(html) == [2]
    done_so = notice(parsed(html))
    assert numbers(done_so) == [2]
    events = [str(event["value"]) for event in done_so.select("[name=event]")]
    assert len(events) == 2
    assert ana.post("/photos/undo", event=events, next=here).location == here
    html = ana.page(here)
    assert numbers(notice(parsed(html))) == [2]
    assert shown(html) == [1, 2, 3]


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("act", "field", "changes"),
    [("source", {"source": "#rash"}, 2), ("person", {}, 1), ("include", {}, 0)],
)
def test_each_action_says_what_it_did(
    ana: Visitor, act: str, field: dict[str, Any], changes: int
) -> None:
    asked = ana.see(f"/gallery/selection?act={act}&photo=1&photo=3")
    assert numbers(the(asked, "h1"))[0] == 2
    assert ana.post("/gallery/selection", act=act, photo=[1, 3], **field).location == "/gallery"
    assert len(notice(ana.see("/gallery")).select("[name=event]")) == changes


@pytest.mark.usefixtures("photos")
def test_an_invalid_action_changes_nothing(ana: Visitor) -> None:
    assert ana.get("/gallery/selection?act=exclude").location == "/gallery"
    assert is_warning(notice(ana.see("/gallery")))
    assert ana.get("/gallery/selection?act=huh&photo=1").status_code == 400
    assert ana.get("/gallery/selection?act=exclude&photo=x").status_code == 400
    assert not ana.see("/gallery/selection?act=person&photo=1").select("[name=act]")
    many = "&".join(f"photo={photo}" for photo in range(1, page.MOST_SELECTED + 2))
    refused = ana.get(f"/gallery/selection?act=exclude&{many}")
    assert refused.status_code == 400
    assert page.MOST_SELECTED in numbers(the(parsed(refused.text), ".lead[role=alert]"))
    for fields in ({"act": "exclude", "photo": 1}, {"act": "source"}, {"act": "huh", "photo": 1}):
        assert ana.post("/gallery/selection", **fields).status_code == 400
    assert ana.post("/photos/undo").status_code == 400
    assert shown(ana.page("/gallery?show=kept")) == [1, 2, 3]


@pytest.mark.usefixtures("photos")
def test_the_selection_and_the_filter_lead_to_their_queues(ana: Visitor) -> None:
    chosen = ana.get("/gallery/selection?act=rate&photo=1&photo=3").location
    assert chosen == "/annotate?queue=filter&photos=1,3"
    assert ana.see("/gallery?show=kept").select("a[href='/annotate?queue=filter&show=kept']")


@pytest.mark.usefixtures("photos")
def test_no_action_redirects_to_another_site(ana: Visitor) -> None:
    done = ana.post("/gallery/selection", act="include", photo=1, next="//evil.example")
    assert done.location == "/gallery"
    html = ana.page("/gallery/selection?act=include&photo=1&next=//evil.example")
    assert 'href="//evil' not in html
    assert 'name="next" value="//evil' not in html


@pytest.mark.usefixtures("photos")
def test_a_viewer_sees_photos_and_changes_none(app: Flask, sessions: Sessions) -> None:
    exclude_photos(sessions, [1], "blurred", actor="ben")
    vera = Visitor(app, "vera")
    assert 'type="checkbox"' not in vera.page("/gallery")
    assert not vera.see("/photos/1").select(UNDOING)
    assert vera.post("/gallery/selection", act="include", photo=1).status_code == 403
    assert vera.post("/photos/undo", event=1).status_code == 403


@pytest.mark.usefixtures("photos")
def test_unknown_events_show_no_content(ana: Visitor, sessions: Sessions) -> None:
    with sessions.begin() as session:
        guessed = {"action": "rating <guessed>", "subject": "photo", "subject_id": 1}
        session.add(Event(actor="ben", after={"label": "positive"}, **guessed))
    html = ana.page("/photos/1")
    assert "rating &lt;guessed&gt;" in html
    assert "<ins>Positive" not in html


@pytest.mark.usefixtures("photos")
def test_exports_of_a_photo_are_shown_only_to_those_who_rated_it(
    sessions: Sessions, app: Flask, ben: Visitor
) -> None:
    add_export(sessions, "malar-0123456789ab", 1)
    rate(sessions, "ana")
    for visitor in (ben, Visitor(app, "vera"), Visitor(app, "ada")):
        assert "malar-0123456789ab" not in visitor.page("/photos/1")
    rate(sessions, "ben")
    assert "malar-0123456789ab" in ben.page("/photos/1")


@pytest.mark.usefixtures("photos")
def test_a_search_for_a_very_long_name_is_answered(ana: Visitor) -> None:
    assert numbers(the(ana.see(f"/gallery?name={'a' * 60_000}"), "#total")) == [0]
