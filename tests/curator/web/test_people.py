"""Photos of one author or post: who is one person."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from curator.base.csv_table import Post
from curator.base.db import Sessions
from curator.base.models import Photo
from curator.photos.importing import ImportResult
from curator.queries.pairs import pairs
from tests.curator.browsing import Visitor


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
def test_persons_are_decided_group_by_group(app: Flask, ana: Visitor, sessions: Sessions) -> None:
    address = "/duplicates/people"
    assert f'href="{address}"' in ana.page("/duplicates")
    page = ana.page(address)
    assert "Group 1 of 2 · 3 photos of one author, 2 of them in one post" in page
    assert "Group 2 of 2 · 2 photos of one author" in ana.page(f"{address}?photo=5")
    some: dict[str, Any] = {"shown": [1, 2, 3], "next": 4}
    picked = ana.post(address, decision="same_person", photo=[1, 2], **some)
    assert picked.location == f"{address}?photo=1&photo=4"
    assert "Known as one person with" in ana.page(picked.location)
    decided = ana.post(address, decision="different", shown=[1, 3], next=4)
    page = ana.page(decided.location)
    assert "Decided: different people." in page
    assert "Group 1 of 1 · 2 photos of one author" in page
    ana.post(address, decision="same_person", shown=[4, 5])
    assert "No group waits" in ana.page(address)
    assert "not compared" in ana.page("/duplicates/decisions?decision=different")
    assert "Undo takes back your last decision, at Same person?:" in ana.page("/duplicates")
    assert ana.post("/duplicates/undo").location == f"{address}?photo=4"
    assert "on 1 pair: the same person." in ana.page(f"{address}?photo=4")
    assert len(pairs(sessions)) == 2


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
def test_what_does_not_fit_the_page_of_persons_is_refused(
    ana: Visitor, sessions: Sessions, fields: dict[str, Any], status: int
) -> None:
    response = ana.post("/duplicates/people", **fields)
    assert response.status_code == status, response.text
    assert pairs(sessions) == ()
    assert ana.post("/duplicates/undo").status_code == 404
    for odd in ("x", "-1", str(10**30)):
        assert "Group 1 of 2" in ana.page(f"/duplicates/people?photo={odd}")


@pytest.mark.usefixtures("people")
def test_two_raters_decide_the_same_persons(app: Flask, ana: Visitor) -> None:
    ben = Visitor(app, "ben")
    address = "/duplicates/people"
    assert ben.post(address, decision="different", shown=[1, 2, 3]).status_code == 303
    late = ana.post(address, decision="different", shown=[1, 2, 3], next=4)
    told = "These photos were decided meanwhile: different people, by ben."
    assert told in ana.page(late.location)
    refused = ana.post(address, decision="same_person", shown=[1, 2, 3])
    assert "Photos no. 1 and 2 are known to be different people" in ana.page(refused.location)
    plain = ana.post(address, json=True, decision="same_person", shown=[1, 2, 3])
    assert plain.status_code == 409
    assert ana.post("/duplicates/undo").status_code == 404  # not ana's to undo


@pytest.mark.usefixtures("people")
def test_a_decision_that_tells_people_apart_is_linked_and_taken_back(
    ana: Visitor, sessions: Sessions
) -> None:
    address = "/duplicates/people"
    ana.post(address, decision="different", shown=[1, 2, 3], photo=[1, 2])
    [pair] = pairs(sessions)
    assert f'href="/duplicates/decisions/{pair.id}"' in ana.page(address)
    assert ana.post(f"/duplicates/{pair.id}/reopen").location.startswith(f"{address}?")
    assert "known to be different" not in ana.page(address)
