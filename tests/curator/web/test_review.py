"""Pages on agreement, disagreements and the project's settings: what they show, to whom."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from curator.base.accounts import account_named, list_users
from curator.base.db import Sessions
from curator.photos.importing import ImportResult
from curator.ratings.assessments import Assessment
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, read_project
from tests.curator.browsing import JSON, Visitor
from tests.curator.drawing import REGION

ELSEWHERE = "0.700000,0.700000 0.900000,0.700000 0.900000,0.900000 0.700000,0.900000"
POSITIVE = Assessment("positive", {"sex": "female"}, REGION, note="a butterfly on both cheeks")
NEGATIVE = Assessment(
    "negative", {"sex": "female", "evidence": "clinician"}, ELSEWHERE, note="only sunburn"
)
SECRETS = ("butterfly on both", "only sunburn", REGION, ELSEWHERE, "0.900000", "Positive</span>")


@pytest.fixture
def disputed(
    save: Callable[..., Path], import_all: Callable[..., ImportResult], sessions: Sessions
) -> None:
    """Twelve photos; ben and carl agree on all but photos 1 and 2."""
    for number in range(1, 13):
        save(f"{number:02}.png", number)
    import_all()
    for photo in range(1, 13):
        rate(sessions, "ben", photo, POSITIVE if photo % 2 else NEGATIVE)
        rate(sessions, "carl", photo, POSITIVE if photo in (2, *range(3, 12, 2)) else NEGATIVE)


def rate(
    sessions: Sessions, name: str, photo: int, entry: Assessment = POSITIVE, version: int = 0
) -> None:
    save_rating(sessions, photo, name, entry, expected_version=version)


def rule(sessions: Sessions, photo: int, name: str = "ada", entry: Assessment = POSITIVE) -> None:
    adjudicate(sessions, photo, name, entry, expected_version=0)


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# Agreement


@pytest.mark.usefixtures("disputed")
@pytest.mark.parametrize("name", ["ana", "ada", "ben", "vera"])
def test_everyone_signed_in_sees_how_far_raters_agree(app: Flask, name: str) -> None:
    page = plain(Visitor(app, name).page("/agreement"))
    assert "12 photos rated by two or more" in page
    assert "ben and carl 12 83%" in page
    assert "ben: Positive 5 1 0" in page


def test_the_empty_page_says_what_is_needed_and_leads_there(app: Flask) -> None:
    asked_admin = Visitor(app, "ana").page("/agreement")
    assert "at least two raters must have rated the same photos" in asked_admin
    assert 'class="button primary" href="/admin"' in asked_admin
    asked_rater = Visitor(app, "ben").page("/agreement")
    assert "An administrator can ask for two or more." in asked_rater
    assert "/admin" not in asked_rater


@pytest.mark.usefixtures("disputed")
def test_few_shared_photos_tell_no_number(app: Flask, sessions: Sessions) -> None:
    for photo in range(1, 10):
        rate(sessions, "ana", photo)
    page = plain(Visitor(app, "vera").page("/agreement"))
    assert "ana and ben 9 too few photos too few photos too few photos too few photos" in page
    assert "ana: Positive" not in page


# Adjudication


@pytest.mark.usefixtures("disputed")
def test_the_list_tells_about_what_raters_disagree_and_nothing_of_who_said_what(app: Flask) -> None:
    page = Visitor(app, "ada").page("/adjudicate")
    assert page.count('class="thumb"') == 2
    assert "Label" in page
    assert "Region" in page
    for secret in (*SECRETS, "ben", "carl"):
        assert secret not in page


@pytest.mark.usefixtures("disputed")
@pytest.mark.parametrize("name", ["ana", "ada"])
def test_nobody_gets_words_on_a_photo_before_their_own(app: Flask, name: str) -> None:
    visitor = Visitor(app, name)
    for headers in (JSON, {}):
        response = visitor.get("/adjudicate/1", headers=headers)
        assert response.status_code == 409
        assert "Say first what you see on photo 1" in response.text
        for secret in (*SECRETS, "ben", "carl"):
            assert secret not in response.text
    fields = {"rater": "ben", "seen": 1, "version": 0}
    assert visitor.post("/adjudicate/1/region", json=True, **fields).status_code == 409


@pytest.mark.usefixtures("disputed")
def test_a_ruling_is_not_told_to_who_has_not_given_their_word(
    app: Flask, sessions: Sessions
) -> None:
    rule(sessions, 1, entry=NEGATIVE)
    settled = Visitor(app, "ana").page("/adjudicate?show=settled")
    assert "Photo 1" in settled
    for secret in (*SECRETS, "sunburn", "Negative"):
        assert secret not in settled
    assert Visitor(app, "ana").get("/adjudicate/1").status_code == 409


@pytest.mark.usefixtures("disputed")
def test_after_a_ruling_all_words_are_shown_beside_it(app: Flask, sessions: Sessions) -> None:
    rule(sessions, 1)
    page = Visitor(app, "ada").page("/adjudicate/1")
    for shown in ("Ruling of ada", "only sunburn", f'points="{ELSEWHERE}"', "Clinician"):
        assert shown in page
    assert "ben and the ruling 1.00" in plain(page)
    assert "carl and the ruling 0.00" in plain(page)
    assert 'data-action="next" href="/annotate/2?queue=adjudicate"' in page
    assert 'data-action="change" href="/annotate/1?queue=adjudicate"' in page
    rule(sessions, 2)
    assert 'data-action="next" href="/adjudicate"' in Visitor(app, "ada").page("/adjudicate/1")


@pytest.mark.usefixtures("disputed")
def test_a_rater_sees_the_words_on_a_photo_they_rated_and_can_do_nothing(
    app: Flask, sessions: Sessions
) -> None:
    ben = Visitor(app, "ben")
    page = ben.page("/adjudicate/1")
    assert "An adjudicator will settle this photo." in page
    rule(sessions, 1)
    page = ben.page("/adjudicate/1")
    assert "Ruling of ada" in page
    for absent in ("data-action=", "Take this region over"):
        assert absent not in re.sub(r'data-action="(closer|farther|fit|help)"', "", page)
    assert ben.get("/adjudicate").status_code == 403
    assert ben.post("/adjudicate/1/region", rater="carl", seen=1, version=1).status_code == 403


@pytest.mark.usefixtures("disputed")
def test_a_raters_region_is_taken_into_ones_own_ruling_as_a_new_version(
    app: Flask, sessions: Sessions
) -> None:
    rule(sessions, 1)
    ada = Visitor(app, "ada")
    taken = ada.post("/adjudicate/1/region", rater="carl", seen=1, version=1)
    assert taken.location == "/adjudicate/1"
    page = ada.page("/adjudicate/1")
    assert "Your ruling has the region of carl now." in page
    assert "carl and the ruling 1.00" in plain(page)
    assert page.count("butterfly on both") == 2  # ben's word and the ruling's own note stay
    again = ada.post("/adjudicate/1/region", json=True, rater="ben", seen=1, version=1)
    assert (again.status_code, again.json["kind"]) == (409, "stale")  # type: ignore[index]


@pytest.mark.usefixtures("disputed")
def test_a_region_that_was_drawn_anew_is_not_taken_unseen(app: Flask, sessions: Sessions) -> None:
    rule(sessions, 1)
    rate(sessions, "carl", 1, POSITIVE, version=1)
    ada = Visitor(app, "ada")
    refused = ada.post("/adjudicate/1/region", json=True, rater="carl", seen=1, version=1)
    assert refused.status_code == 409
    assert "changed their word meanwhile" in refused.text
    assert "A rater changed their word after the ruling" in ada.page("/adjudicate/1")
    assert "a rating changed since" in ada.page("/adjudicate?show=settled")


@pytest.mark.usefixtures("disputed")
def test_nobody_takes_a_region_into_anothers_ruling(app: Flask, sessions: Sessions) -> None:
    rule(sessions, 1)
    rate(sessions, "ana", 1)
    ana = Visitor(app, "ana")
    assert "Take this region over" not in ana.page("/adjudicate/1")
    refused = ana.post("/adjudicate/1/region", rater="carl", seen=1, version=1)
    assert refused.status_code == 404


def test_with_nothing_to_settle_the_list_says_when_photos_come(app: Flask) -> None:
    assert "No photo waits for a ruling." in Visitor(app, "ada").page("/adjudicate")
    assert "Nothing has been settled yet." in Visitor(app, "ada").page("/adjudicate?show=settled")


# Administration


def test_settings_are_changed_by_administrators(app: Flask, sessions: Sessions) -> None:
    ana = Visitor(app, "ana")
    saved = ana.post("/admin/project", raters_needed="3", agreed_overlap="0,65")
    assert saved.location == "/admin"
    assert read_project(sessions) == Project(3, 0.65)
    assert 'name="raters_needed" required min="1" max="9" step="1" value="3"' in ana.page("/admin")


@pytest.mark.parametrize(
    ("raters", "overlap", "complaint"),
    [
        ("0", "0.5", "1 to 9 raters"),
        ("two", "0.5", "both settings are numbers"),
        ("2.5", "0.5", "a whole number"),
        ("2", "1.5", "from 0 to 1"),
        ("2", "nan", "from 0 to 1"),
        ("nan", "0.5", "a whole number"),
        ("inf", "0.5", "a whole number"),
    ],
)
def test_settings_that_do_not_fit_are_refused_on_the_page(
    app: Flask, sessions: Sessions, raters: str, overlap: str, complaint: str
) -> None:
    ana = Visitor(app, "ana")
    refused = ana.post("/admin/project", raters_needed=raters, agreed_overlap=overlap)
    assert refused.status_code == 400
    assert complaint in refused.text
    assert read_project(sessions) == Project()


def test_an_account_gets_a_made_up_password_that_is_shown_once(app: Flask) -> None:
    ana = Visitor(app, "ana")
    page = ana.post("/admin/accounts", name="eva", role="adjudicator", password="")
    found = re.search(r'class="password">([^<]+)<', page.text)
    assert found, page.text
    assert "eva" in ana.page("/admin")
    assert found[1] not in ana.page("/admin")
    assert Visitor(app).sign_in("eva", found[1]).status_code == 303


def test_an_account_gets_the_password_that_was_typed(app: Flask) -> None:
    ana = Visitor(app, "ana")
    typed = "typed by the administrator"
    added = ana.post("/admin/accounts", name="eva", role="viewer", password=typed)
    assert added.location == "/admin"
    page = ana.page("/admin")
    assert "The account eva can sign in." in page
    assert typed not in page
    assert Visitor(app).sign_in("eva", typed).status_code == 303
    changed = ana.post("/admin/accounts/eva/password", password="another one, long too")
    assert changed.location == "/admin"
    assert Visitor(app).sign_in("eva", typed).status_code == 401


def test_what_does_not_fit_is_said_beside_what_was_typed(app: Flask, sessions: Sessions) -> None:
    ana = Visitor(app, "ana")
    refused = ana.post("/admin/accounts", name="a b", role="viewer", password="x")
    assert refused.status_code == 400
    assert "1 to 32 letters" in refused.text
    assert 'value="a b"' in refused.text
    there = ana.post("/admin/accounts", json=True, name="ben", role="viewer", password="")
    assert there.status_code == 409
    assert "ben exists" in there.json["error"]  # type: ignore[index]
    assert ana.post("/admin/accounts/zoe/role", role="viewer").status_code == 404
    assert len(list_users(sessions)) == 5


def test_roles_and_sign_in_are_given_and_taken(app: Flask, sessions: Sessions) -> None:
    ana = Visitor(app, "ana")
    assert ana.post("/admin/accounts/ben/role", role="adjudicator").location == "/admin"
    assert account_named(sessions, "ben").may_adjudicate
    ana.post("/admin/accounts/ben/disabled", disabled="yes")
    assert Visitor(app).sign_in("ben").status_code == 401
    assert "ratings stay" in ana.page("/admin")
    ana.post("/admin/accounts/ben/disabled", disabled="no")
    assert Visitor(app).sign_in("ben").status_code == 303


def test_the_last_administrator_is_kept(app: Flask) -> None:
    ana = Visitor(app, "ana")
    for refused in (
        ana.post("/admin/accounts/ana/role", role="viewer"),
        ana.post("/admin/accounts/ana/disabled", disabled="yes"),
    ):
        assert refused.status_code == 409
        assert "ana is the last administrator" in refused.text
    ana.post("/admin/accounts/ben/role", role="admin")
    assert ana.post("/admin/accounts/ana/role", role="viewer").location == "/"
    assert ana.get("/admin").status_code == 403


def test_the_menus_hold_what_the_account_may_use(app: Flask) -> None:
    def linked(name: str) -> set[str]:
        page = Visitor(app, name).page("/")
        return {address for address in ("/admin", "/adjudicate") if f'href="{address}"' in page}

    assert linked("ana") == {"/admin", "/adjudicate"}
    assert linked("ada") == {"/adjudicate"}
    assert linked("ben") == linked("vera") == set()
