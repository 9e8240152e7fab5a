"""Photos of one author or post: which of them show one person."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from curator.base.csv_table import Post
from curator.base.db import Sessions
from curator.base.models.pairs import PersonPair
from curator.base.models.photos import Person, Photo
from curator.http import terms
from curator.photos.importing import ImportResult
from curator.queries.decisions import count_decided, decided_pairs
from curator.web import people as people_page
from tests.curator.browsing import Visitor, is_warning, notice, numbers, the, waiting, words


@pytest.fixture
def people(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    """Three photos of one author, two of them of one post, and two of another author's."""
    for number in range(1, 6):
        save(f"{number}.png", number)
    post = Post(author="eve_1987", post_url="https://photos.example/eve_1987/p1")
    alone = Post(author="eve_1987")
    of_kim = Post(author="kim")
    posts = dict.fromkeys(("1.png", "2.png"), post) | {"3.png": alone}
    import_all(posts=posts | dict.fromkeys(("4.png", "5.png"), of_kim))


@pytest.mark.usefixtures("people")
def test_people_are_decided_group_by_group(app: Flask, ana: Visitor, sessions: Sessions) -> None:
    address = "/duplicates/people"
    assert the(ana.see("/duplicates"), f"a[href='{address}']")
    assert waiting(ana.see(address)) == {"group": 1, "groups": 2, "photos": 3, "in-posts": 2}
    other = waiting(ana.see(f"{address}?photo=5"))
    assert other == {"group": 2, "groups": 2, "photos": 2, "in-posts": 0}
    some: dict[str, Any] = {"shown": [1, 2, 3], "next": 4}
    picked = ana.post(address, decision="same_person", photo=[1, 2], **some)
    assert picked.location == f"{address}?photo=1&photo=4"
    known = the(ana.see(picked.location), ".member[data-photo='1'] .also img")
    assert known["src"] == "/photos/2/thumbnail"
    decided = ana.post(address, decision="different", shown=[1, 3], next=4)
    page = ana.see(decided.location)
    assert people_page.DECIDED["different"] in words(notice(page))
    assert (waiting(page)["groups"], waiting(page)["photos"]) == (1, 2)
    ana.post(address, decision="same_person", shown=[4, 5])
    assert the(ana.see(address), "#nothing")
    row = the(ana.see("/duplicates/decisions?decision=different"), "#decided tbody tr")
    assert "%" not in words(row)  # the two were not compared
    undo = the(ana.see("/duplicates"), "#undo")
    assert (undo["data-at"], undo["data-decision"]) == ("people", "same_person")
    assert ana.post("/duplicates/undo").location == f"{address}?photo=4"
    told = notice(ana.see(f"{address}?photo=4"))
    assert numbers(told) == [1]
    assert terms.DECISIONS["same_person"] in words(told)
    assert count_decided(sessions) == 2


@pytest.mark.usefixtures("people")
def test_neither_authors_nor_addresses_of_posts_are_shown(ana: Visitor, sessions: Sessions) -> None:
    with sessions() as session:
        keys = session.scalars(select(Photo.author_key)).all()
    page = ana.page("/duplicates/people")
    for secret in ("eve_1987", "photos.example", *filter(None, keys)):
        assert secret not in page


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"decision": "same_person"}, 400),
        ({"decision": "same_person", "shown": [1]}, 400),
        ({"decision": "copy", "shown": [1, 2]}, 400),
        ({"decision": "same_person", "shown": [1, 2], "photo": [1, 3]}, 400),
        ({"decision": "same_person", "shown": ["one", "2"]}, 400),
        ({"decision": "same_person", "shown": range(1, 99)}, 400),
        ({"decision": "same_person", "shown": [3, 4]}, 303),
        ({"decision": "different", "shown": [1, 10**30]}, 303),
    ],
)
def test_invalid_decisions_about_people_are_refused(
    ana: Visitor, sessions: Sessions, fields: dict[str, Any], status: int
) -> None:
    response = ana.post("/duplicates/people", **fields)
    assert response.status_code == status, response.text
    assert count_decided(sessions) == 0
    assert ana.post("/duplicates/undo").status_code == 404
    for odd in ("x", "-1", str(10**30)):
        page = ana.see(f"/duplicates/people?photo={odd}")
        assert (waiting(page)["group"], waiting(page)["groups"]) == (1, 2)


@pytest.mark.usefixtures("people")
def test_two_raters_decide_the_same_people(app: Flask, ana: Visitor) -> None:
    ben = Visitor(app, "ben")
    address = "/duplicates/people"
    assert ben.post(address, decision="different", shown=[1, 2, 3]).status_code == 303
    late = ana.post(address, decision="different", shown=[1, 2, 3], next=4)
    told = notice(ana.see(late.location))
    assert is_warning(told)
    assert terms.DECISIONS["different"] in words(told)
    assert "ben" in words(told)
    refused = ana.post(address, decision="same_person", shown=[1, 2, 3])
    told = notice(ana.see(refused.location))
    assert is_warning(told)
    assert numbers(told) == [1, 2]
    plain = ana.post(address, json=True, decision="same_person", shown=[1, 2, 3])
    assert plain.status_code == 409
    assert ana.post("/duplicates/undo").status_code == 404  # not ana's to undo


@pytest.mark.usefixtures("people")
def test_a_decision_of_different_people_is_linked_and_undone(
    ana: Visitor, sessions: Sessions
) -> None:
    address = "/duplicates/people"
    ana.post(address, decision="different", shown=[1, 2, 3], photo=[1, 2])
    [pair] = decided_pairs(sessions, before=None, size=2)
    assert the(ana.see(address), "#known a")["href"] == f"/duplicates/decisions/{pair.id}"
    assert ana.post(f"/duplicates/{pair.id}/reopen").location.startswith(f"{address}?")
    assert not ana.see(address).select("#known")


@pytest.fixture
def alike(
    save: Callable[..., Path], import_all: Callable[..., ImportResult], sessions: Sessions
) -> None:
    """Photos of P-01 and of p-01, as an earlier version stored them without a question."""
    for number in range(1, 4):
        save(f"{number}.png", number)
    import_all()
    with sessions.begin() as session:
        session.add_all(
            [Person(id=1, code="p-01"), Person(id=2, code="P-01"), Person(id=3, code="Q")]
        )
        for photo, person in ((1, 1), (2, 2), (3, 2)):
            session.get_one(Photo, photo).person_id = person


def persons(sessions: Sessions) -> list[int | None]:
    with sessions() as session:
        return list(session.scalars(select(Photo.person_id).order_by(Photo.id)))


CODES = "/duplicates/people/codes"


@pytest.mark.usefixtures("alike")
def test_codes_written_alike_are_asked_about_and_joined_by_one_click(
    ana: Visitor, sessions: Sessions
) -> None:
    assert the(ana.see("/duplicates/people"), f"#similar-codes a[href='{CODES}']")
    page = ana.see(CODES)
    assert [words(code) for code in page.select("h2 code")] == ["P-01", "p-01"]  # most photos first
    first = the(page, "button[data-action='same_person']")
    assert (first["value"], "P-01" in words(first)) == ("2", True)
    joined = ana.post(CODES, person=[2, 1], keep=2)
    assert joined.location == "/duplicates/people"
    assert persons(sessions) == [2, 2, 2]
    after = ana.see(joined.location)
    assert not after.select("#similar-codes")
    ana.post("/photos/undo", event=the(notice(after), "input[name=event]")["value"])
    assert persons(sessions) == [1, 2, 2]
    assert the(ana.see(CODES), "#decision")


@pytest.mark.usefixtures("alike")
def test_codes_told_apart_are_not_asked_about_again(ana: Visitor, sessions: Sessions) -> None:
    assert ana.post(CODES, person=[2, 1], keep="").location == "/duplicates/people"
    assert the(ana.see(CODES), "#nothing")
    assert persons(sessions) == [1, 2, 2]


@pytest.mark.usefixtures("alike")
def test_codes_are_not_joined_against_a_decision_or_with_other_codes(
    ana: Visitor, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.add(PersonPair(photo_a_id=1, photo_b_id=2, origin="rater", decision="different"))
    assert ana.post(CODES, person=[2, 1], keep=2).location == CODES
    assert is_warning(notice(ana.see(CODES)))
    ana.post(CODES, person=[2, 3], keep=2)
    ana.post(CODES, person=[2], keep=2)
    assert persons(sessions) == [1, 2, 2]
