"""Pages on agreement, disagreements and the project's settings: what they show, to whom."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import select, update

from curator.base.accounts import account_named, list_users
from curator.base.db import Sessions, reading
from curator.base.models.events import Event
from curator.base.models.ratings import Adjudication, Rating
from curator.photos.importing import ImportResult
from curator.ratings.assessments import Assessment
from curator.ratings.attributes import EVIDENCE
from curator.ratings.origins import ACCEPTED
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, read_project
from tests.curator.browsing import JSON, Visitor, notice, numbers, parsed, the, words
from tests.curator.drawing import ACCOUNTS, REGION

ELSEWHERE = "0.700000,0.700000 0.900000,0.700000 0.900000,0.900000 0.700000,0.900000"
POSITIVE = Assessment("positive", {"sex": "female"}, REGION, note="a butterfly on both cheeks")
NEGATIVE = Assessment(
    "negative", {"sex": "female", "evidence": "clinician"}, ELSEWHERE, note="only sunburn"
)
TAKING_OVER = "form[action$='/region']"
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


def names_in(told: Tag) -> set[str]:
    return {name for name, _ in ACCOUNTS} & set(words(told).split())


def overlaps(page: Tag) -> dict[str, str]:
    """Return how much each rater's region overlaps the ruling's; that row names no other account."""
    rows = [(names_in(row), row) for row in page.select(".counts tbody tr")]
    return {name: words(the(row, "td")) for names, row in rows if len(names) == 1 for name in names}


# Agreement


@pytest.mark.usefixtures("disputed")
@pytest.mark.parametrize("name", ["ana", "ada", "ben", "vera"])
def test_everyone_signed_in_sees_how_well_raters_agree(app: Flask, name: str) -> None:
    page = Visitor(app, name).see("/agreement")
    assert numbers(the(page, ".title-line p")) == [12]
    row = the(page, ".compared tbody tr")
    assert names_in(the(row, "th")) == {"ben", "carl"}
    assert numbers(the(row, ".number")) == [12]
    assert words(row.select(".estimate b")[0]) == "83%"
    by_origin = the(page, "#origins tbody tr")
    assert (by_origin["data-kind"], numbers(the(by_origin, ".number"))) == ("by_hand", [12])
    assert the(page, "#sources")["data-shown"] == "0"
    first = page.select(".crossed tbody tr")[0]
    assert "ben" in words(the(first, "th"))
    assert [int(words(cell)) for cell in first.select("td")] == [5, 1, 0]


def test_the_empty_page_says_what_is_needed_and_links_to_it(app: Flask) -> None:
    asked_admin = Visitor(app, "ana").see("/agreement")
    assert the(asked_admin, "#nothing a[href^='/admin']")
    asked_rater = Visitor(app, "ben").see("/agreement")
    assert the(asked_rater, "#nothing a.primary")["href"] == "/inbox"
    assert not asked_rater.select("a[href^='/admin']")


@pytest.mark.usefixtures("disputed")
def test_few_shared_photos_show_no_number(app: Flask, sessions: Sessions) -> None:
    for photo in range(1, 10):
        rate(sessions, "ana", photo)
    page = Visitor(app, "vera").see("/agreement")
    rows = [row for row in page.select(".compared tbody tr") if names_in(row) >= {"ana", "ben"}]
    [row] = rows
    assert numbers(row) == [9]
    assert not row.select(".estimate")
    assert all("ana" not in words(table) for table in page.select(".crossed"))


# Adjudication


@pytest.mark.usefixtures("disputed")
def test_the_list_shows_what_raters_disagree_on_but_not_who_rated_what(app: Flask) -> None:
    page = Visitor(app, "ada").page("/adjudicate")
    tiles = parsed(page).select(".grid .tile")
    assert len(tiles) == 2
    assert all(tile.select(".badge") for tile in tiles)
    for secret in (*SECRETS, "ben", "carl"):
        assert secret not in page


@pytest.mark.usefixtures("disputed")
@pytest.mark.parametrize("name", ["ana", "ada"])
def test_nobody_gets_the_ratings_of_a_photo_before_their_own(app: Flask, name: str) -> None:
    visitor = Visitor(app, name)
    for headers in (JSON, {}):
        response = visitor.get("/adjudicate/1", headers=headers)
        assert response.status_code == 409
        for secret in (*SECRETS, "ben", "carl"):
            assert secret not in response.text
    fields = {"rater": "ben", "seen": 1, "version": 0}
    assert visitor.post("/adjudicate/1/region", json=True, **fields).status_code == 409


@pytest.mark.usefixtures("disputed")
def test_a_ruling_is_hidden_from_those_who_have_not_rated(app: Flask, sessions: Sessions) -> None:
    rule(sessions, 1, entry=NEGATIVE)
    settled = Visitor(app, "ana").page("/adjudicate?show=settled")
    assert 'href="/adjudicate/1"' in settled
    for secret in (*SECRETS, "sunburn", "Negative"):
        assert secret not in settled
    assert Visitor(app, "ana").get("/adjudicate/1").status_code == 409


@pytest.mark.usefixtures("disputed")
def test_no_overlap_is_told_of_regions_that_were_both_accepted_as_suggested(
    app: Flask, sessions: Sessions
) -> None:
    rule(sessions, 1)
    with sessions.begin() as session:
        session.execute(update(Rating).where(Rating.photo_id == 1).values(origin=ACCEPTED))
        session.execute(update(Adjudication).values(origin=ACCEPTED))
    assert "1.00" not in words(the(Visitor(app, "ada").see("/adjudicate/1"), ".panel"))


@pytest.mark.usefixtures("disputed")
def test_after_a_ruling_all_ratings_are_shown_next_to_it(app: Flask, sessions: Sessions) -> None:
    rule(sessions, 1)
    ada = Visitor(app, "ada")
    page = ada.see("/adjudicate/1")
    assert the(page, ".ruled")["data-by"] == "ada"
    carls = the(page, "[data-by=carl]")
    assert words(the(carls, ".note")) == NEGATIVE.note
    assert EVIDENCE.names["clinician"] in words(carls)
    assert page.select(f"polygon[points='{ELSEWHERE}']")
    assert overlaps(page) == {"ben": "1.00", "carl": "0.00"}
    assert the(page, "[data-action=next]")["href"] == "/annotate?queue=adjudicate&after=1"
    assert the(page, "[data-action=change]")["href"] == "/annotate/1?queue=adjudicate"
    rule(sessions, 2)
    assert the(ada.see("/adjudicate/1"), "[data-action=next]")["href"] == "/adjudicate"


@pytest.mark.usefixtures("disputed")
def test_a_rater_sees_all_ratings_of_a_rated_photo_but_cannot_rule(
    app: Flask, sessions: Sessions
) -> None:
    ben = Visitor(app, "ben")
    assert the(ben.see("/adjudicate/1"), "#waits")
    rule(sessions, 1)
    page = ben.see("/adjudicate/1")
    assert the(page, ".ruled")["data-by"] == "ada"
    actions = {button["data-action"] for button in page.select("[data-action]")}
    assert actions == {"closer", "farther", "fit", "hide_region", "help"}
    assert not page.select(TAKING_OVER)
    assert ben.get("/adjudicate").status_code == 403
    assert ben.post("/adjudicate/1/region", rater="carl", seen=1, version=1).status_code == 403


@pytest.mark.usefixtures("disputed")
def test_a_reopened_ruling_is_changed_and_not_asked_for_again(
    app: Flask, sessions: Sessions
) -> None:
    ada = Visitor(app, "ada")
    blind = ada.see("/annotate/1?queue=adjudicate")
    assert the(blind, "#blind")
    assert not blind.select("[name=label][checked]")
    rule(sessions, 1)
    reopened = ada.see("/annotate/1?queue=adjudicate")
    assert not reopened.select("#blind")
    assert the(reopened, "#reopened a")["href"] == "/adjudicate/1"
    assert the(reopened, "[name=label][checked]")["value"] == POSITIVE.label
    notices = ada.get("/annotate/2?queue=adjudicate", headers=JSON).get_json()["notices"]
    assert the(parsed(notices), "#blind"), "it comes and goes with the photo"


@pytest.mark.usefixtures("disputed")
def test_who_rated_a_photo_rules_on_it_from_that_rating(app: Flask, sessions: Sessions) -> None:
    rate(sessions, "ada", 1, NEGATIVE)
    ada = Visitor(app, "ada")
    page = ada.see("/annotate/1?queue=adjudicate")
    assert not page.select("#blind")
    assert the(page, "#rated-before")
    assert the(page, "[name=label][checked]")["value"] == NEGATIVE.label
    assert the(page, "[name=version]")["value"] == "0", "it is no ruling yet"
    ruled = ada.post("/annotate/1?queue=adjudicate", version=0, label="negative", sex="female")
    assert ruled.location == "/adjudicate/1"
    assert the(ada.see("/adjudicate/1"), ".ruled")["data-by"] == "ada"


@pytest.mark.usefixtures("disputed")
def test_a_photo_is_excluded_while_it_is_settled(app: Flask) -> None:
    ada = Visitor(app, "ada")
    ada.post("/annotate/1?queue=adjudicate", version=0, label="negative", sex="female")
    dialog = the(ada.see("/adjudicate/1"), "#excluding")
    form = dialog.select("form")[0]
    fields: dict[str, Any] = {
        str(field["name"]): field["value"] for field in form.select("input[type=hidden]")
    }
    fields.pop("csrf_token")
    done = ada.post(str(form["action"]), reason="several faces", **fields)
    assert done.location == "/adjudicate"
    assert the(ada.see("/adjudicate"), ".flashes form button")


@pytest.mark.usefixtures("disputed")
def test_a_raters_region_is_copied_into_ones_own_ruling_as_a_new_version(
    app: Flask, sessions: Sessions
) -> None:
    rule(sessions, 1)
    ada = Visitor(app, "ada")
    taken = ada.post(
        "/adjudicate/1/region", rater="carl", seen=1, version=1, reason="it follows the rash"
    )
    assert taken.location == "/adjudicate/1"
    page = ada.see("/adjudicate/1")
    assert "carl" in words(notice(page))
    assert overlaps(page)["carl"] == "1.00"
    notes = [words(note) for note in page.select(".note")]
    assert notes.count(POSITIVE.note) == 2  # ben's word and the ruling's own note stay
    fields = {"rater": "ben", "seen": 1, "version": 1, "reason": "no"}
    again = ada.post("/adjudicate/1/region", json=True, **fields)
    assert (again.status_code, again.json["kind"]) == (409, "stale")  # type: ignore[index]


@pytest.mark.usefixtures("disputed")
def test_a_redrawn_region_is_not_copied_unseen(app: Flask, sessions: Sessions) -> None:
    rule(sessions, 1)
    rate(sessions, "carl", 1, POSITIVE, version=1)
    ada = Visitor(app, "ada")
    refused = ada.post("/adjudicate/1/region", json=True, rater="carl", seen=1, version=1)
    assert refused.status_code == 409
    assert refused.get_json()["kind"] == "stale"
    assert the(ada.see("/adjudicate/1"), "#changed")
    row = the(ada.see("/adjudicate?show=settled"), "tbody tr")
    assert the(row, ".badge")


@pytest.mark.usefixtures("disputed")
def test_nobody_copies_a_region_into_anothers_ruling(app: Flask, sessions: Sessions) -> None:
    rule(sessions, 1)
    rate(sessions, "ana", 1)
    ana = Visitor(app, "ana")
    assert not ana.see("/adjudicate/1").select(TAKING_OVER)
    refused = ana.post("/adjudicate/1/region", rater="carl", seen=1, version=1)
    assert refused.status_code == 404


@pytest.mark.usefixtures("disputed")
def test_a_ruling_changes_with_a_reason_alone(app: Flask, sessions: Sessions) -> None:
    ada, address = Visitor(app, "ada"), "/annotate/1?queue=adjudicate"
    for shown in (address, "/annotate/1"):
        assert the(ada.see(shown), "#why").has_attr("hidden")
    assert ada.post(address, version=0, label="negative").status_code == 303
    assert not the(ada.see(address), "#why").has_attr("hidden")
    assert ada.get(address, headers=JSON).get_json()["asks_reason"]
    for missing in ("", " \n "):
        refused = ada.post(address, json=True, version=1, label="positive", reason=missing)
        assert (refused.status_code, refused.get_json()["kind"]) == (400, "reason")
    assert ada.post(address, version=1, label="positive", reason="x" * 201).status_code == 400
    why = " a clearer\nphoto <b>of the day</b> "
    assert ada.post(address, version=1, label="positive", reason=why).status_code == 303
    with reading(sessions) as session:
        told = session.scalars(select(Event).where(Event.action == "adjudicated")).all()
        assert [event.reason for event in told] == [None, "a clearer photo <b>of the day</b>"]
    [told_why] = ada.see("/photos/1").select("#history [data-reason]")
    assert words(told_why).endswith("a clearer photo <b>of the day</b>")
    assert not Visitor(app, "ana").see("/photos/1").select("#history [data-reason]"), "blind"


@pytest.mark.usefixtures("disputed")
def test_a_region_is_taken_over_with_a_reason_alone(app: Flask, sessions: Sessions) -> None:
    rule(sessions, 1)
    ada = Visitor(app, "ada")
    field = ada.see("/adjudicate/1").select("[data-by=carl] [name=reason]")
    assert [one.has_attr("required") for one in field] == [True]
    refused = ada.post("/adjudicate/1/region", json=True, rater="carl", seen=1, version=1)
    assert refused.get_json()["kind"] == "reason"


@pytest.mark.usefixtures("disputed")
def test_who_may_not_see_a_ruling_is_asked_why_it_changes(app: Flask, sessions: Sessions) -> None:
    rule(sessions, 1)
    ana = Visitor(app, "ana")
    assert not the(ana.see("/annotate/1?queue=adjudicate"), "#why").has_attr("hidden")


def test_an_empty_list_says_when_photos_appear(app: Flask) -> None:
    ada = Visitor(app, "ada")
    assert the(ada.see("/adjudicate"), "#nothing a.primary")
    assert the(ada.see("/adjudicate?show=settled"), "#nothing")


# Administration


def test_settings_are_changed_by_administrators(app: Flask, sessions: Sessions) -> None:
    ana = Visitor(app, "ana")
    saved = ana.post("/admin/project", raters_needed="3", agreed_overlap="0,65")
    assert saved.location == "/admin"
    assert read_project(sessions) == Project(3, 0.65)
    assert the(ana.see("/admin"), "[name=raters_needed]")["value"] == "3"


def test_what_raters_see_is_set_on_the_page_and_kept_by_a_form_without_it(
    app: Flask, sessions: Sessions
) -> None:
    ana = Visitor(app, "ana")
    counts = {"raters_needed": "2", "agreed_overlap": "0.5"}
    ana.post("/admin/project", json=False, **counts, withheld_share="0,2", show_sources="yes")
    assert read_project(sessions) == Project(2, 0.5, 0.2, show_sources=True)
    ana.post("/admin/project", json=False, **counts)
    assert read_project(sessions) == Project(2, 0.5, 0.2, show_sources=True)
    page = ana.see("/admin")
    assert the(page, "[name=withheld_share]")["value"] == "0.2"
    assert the(page, "[name=show_sources] [selected]")["value"] == "yes"
    for share in ("-0.1", "1.1", "nan", "some"):
        refused = ana.post("/admin/project", json=False, **counts, withheld_share=share)
        assert refused.status_code == 400
    assert read_project(sessions).withheld_share == 0.2


@pytest.mark.parametrize(
    ("raters", "overlap", "named"),
    [
        ("0", "0.5", {0, 1, 9}),
        ("two", "0.5", set()),
        ("2.5", "0.5", set()),
        ("2", "1.5", {0, 1}),
        ("2", "nan", {0, 1}),
        ("nan", "0.5", set()),
        ("inf", "0.5", set()),
    ],
)
def test_invalid_settings_are_refused_on_the_page(
    app: Flask, sessions: Sessions, raters: str, overlap: str, named: set[int]
) -> None:
    ana = Visitor(app, "ana")
    refused = ana.post("/admin/project", raters_needed=raters, agreed_overlap=overlap)
    assert refused.status_code == 400
    assert named <= set(numbers(the(parsed(refused.text), "#problem")))
    assert read_project(sessions) == Project()


def test_an_account_gets_a_generated_password_that_is_shown_once(app: Flask) -> None:
    ana = Visitor(app, "ana")
    answer = ana.post("/admin/accounts", name="eva", role="adjudicator", password="")
    password = words(the(parsed(answer.text), "code.password"))
    assert "eva" in ana.page("/admin")
    assert password not in ana.page("/admin")
    assert Visitor(app).sign_in("eva", password).status_code == 303


def test_an_account_gets_the_password_that_was_typed(app: Flask) -> None:
    ana = Visitor(app, "ana")
    typed = "typed by the administrator"
    added = ana.post("/admin/accounts", name="eva", role="viewer", password=typed)
    assert added.location == "/admin"
    page = ana.page("/admin")
    assert "eva" in words(notice(parsed(page)))
    assert typed not in page
    assert Visitor(app).sign_in("eva", typed).status_code == 303
    changed = ana.post("/admin/accounts/eva/password", password="another one, long too")
    assert changed.location == "/admin"
    assert Visitor(app).sign_in("eva", typed).status_code == 401


def test_an_invalid_account_is_refused_next_to_what_was_typed(
    app: Flask, sessions: Sessions
) -> None:
    ana = Visitor(app, "ana")
    refused = ana.post("/admin/accounts", name="a b", role="viewer", password="x")
    assert refused.status_code == 400
    page = parsed(refused.text)
    assert {1, 32} <= set(numbers(the(page, "#problem")))
    assert the(page, "[name=name]")["value"] == "a b"
    there = ana.post("/admin/accounts", json=True, name="ben", role="viewer", password="")
    assert there.status_code == 409
    assert "ben" in there.get_json()["error"]
    assert ana.post("/admin/accounts/zoe/role", role="viewer").status_code == 404
    assert len(list_users(sessions)) == 5


def test_roles_and_sign_in_are_granted_and_withdrawn(app: Flask, sessions: Sessions) -> None:
    ana = Visitor(app, "ana")
    assert ana.post("/admin/accounts/ben/role", role="adjudicator").location == "/admin"
    assert account_named(sessions, "ben").may_adjudicate
    ana.post("/admin/accounts/ben/disabled", disabled="yes")
    assert Visitor(app).sign_in("ben").status_code == 401
    assert len(ana.see("/admin").select(".accounts tr.off")) == 1
    ana.post("/admin/accounts/ben/disabled", disabled="no")
    assert Visitor(app).sign_in("ben").status_code == 303


def test_the_last_administrator_cannot_be_removed(app: Flask) -> None:
    ana = Visitor(app, "ana")
    for refused in (
        ana.post("/admin/accounts/ana/role", role="viewer"),
        ana.post("/admin/accounts/ana/disabled", disabled="yes"),
    ):
        assert refused.status_code == 409
        assert "ana" in words(the(parsed(refused.text), "#problem"))
    ana.post("/admin/accounts/ben/role", role="admin")
    assert ana.post("/admin/accounts/ana/role", role="viewer").location == "/"
    assert ana.get("/admin").status_code == 403


def test_the_menus_contain_only_what_the_account_may_use(app: Flask) -> None:
    def linked(name: str) -> set[str]:
        page = Visitor(app, name).page("/")
        return {address for address in ("/admin", "/adjudicate") if f'href="{address}"' in page}

    assert linked("ana") == {"/admin", "/adjudicate"}
    assert linked("ada") == {"/adjudicate"}
    assert linked("ben") == linked("vera") == set()
