"""The pages of runs: scores next to the paper's, wrong predictions on photos the user has rated, the report."""

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

import curator.web.runs
from curator.base.accounts import list_users
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import LibraryMissing
from curator.base.models.photos import Photo
from curator.photos import examples
from curator.photos.importing import ImportResult
from curator.queries.examples import photos_of_examples, ranked_by_run
from curator.ratings.assessments import Assessment
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.runs.folders import find_run
from curator.runs.predictions import uncertain_ids
from tests.curator.browsing import Visitor, numbers, parsed, the, words
from tests.curator.drawing import REGION
from tests.curator.trained import all_correct, predicted, write_run

SURE = all_correct(20)
POSITIVE = Assessment("positive", {"sex": "female"}, REGION)


@pytest.fixture
def ids(
    save: Callable[..., Path], import_all: Callable[..., ImportResult], sessions: Sessions
) -> dict[int, str]:
    """Four photos, with their ids in an export."""
    for seed in range(1, 5):
        save(f"{seed}.png", seed)
    import_all()
    with sessions() as session:
        rows = session.execute(select(Photo.id, Photo.pixel_sha256))
        return {photo: sha[:16] for photo, sha in rows}


@pytest.fixture
def trained(config: Config, ids: dict[int, str]) -> Path:
    """A run with wrong predictions on photos 1 to 3, worst on 2, and on one that is no longer there."""
    wrong = [
        predicted(ids[1], "test", "positive", 0.3),
        predicted(ids[2], "val", "positive", 0.01),
        predicted(ids[3], "train", "negative", 0.8),
        predicted(ids[4], "test", "negative", 0.1),
        predicted("f" * 16, "test", "negative", 0.9),
    ]
    return write_run(config.instance / "runs" / "mobilenet-1", [*SURE, *wrong])


def rater(sessions: Sessions, name: str) -> int:
    return next(user.id for user in list_users(sessions) if user.name == name)


def shown(page: str) -> list[int]:
    """Return which photos a page links to."""
    return [
        int(part.split("/")[0].split("?")[0].split('"')[0])
        for part in page.split('href="/annotate/')[1:]
    ]


def test_before_the_first_run_the_page_says_how_to_train_one(app: Flask) -> None:
    page = Visitor(app, "vera").see("/runs")
    assert "python -m trainer run" in words(the(page, "#nothing code"))
    assert not page.select(".beside-paper")


def test_scores_are_next_to_the_papers(app: Flask, config: Config, trained: Path) -> None:
    write_run(trained.parent / "other-1", SURE, arch="densenet121")
    scores = find_run(config, trained.name).splits["test"].measures
    page = Visitor(app, "vera").see("/runs")
    row = words(the(page, ".runs tr:has(a[href='/runs/mobilenet-1'])"))
    for measure in scores.values():
        assert f"{measure.value:.3f}" in row
    the_papers, ours = page.select("[data-network=mobilenet] tr")
    assert "0.893" in words(the_papers)
    assert the(ours, "a")["href"] == "/runs/mobilenet-1"
    assert the(page, ".beside-paper + p")  # on the names that the paper swapped


def test_a_random_run_is_marked_and_never_compared_with_the_paper(
    app: Flask, config: Config
) -> None:
    write_run(config.instance / "runs" / "luck", SURE, weights="none")
    ana = Visitor(app, "ana")
    page = ana.see("/runs")
    assert the(page, ".runs .meaningless a")["href"] == "/runs/luck"
    assert not page.select(".beside-paper a")
    assert the(ana.see("/runs/luck"), "#meaningless")


def test_a_degenerate_run_is_named_and_never_scored(app: Flask, config: Config) -> None:
    write_run(config.instance / "runs" / "stuck", [replace(one, score=1.0) for one in SURE])
    vera = Visitor(app, "vera")
    page = vera.see("/runs")
    row = words(the(page, ".runs tr.meaningless"))
    assert "degenerate: not scored It gives all photos the same score." in row
    assert "0." not in row
    assert not page.select(".beside-paper a")
    page = vera.see("/runs/stuck")
    assert "This detector is degenerate" in words(the(page, "#degenerate"))
    assert words(the(page, "#scores + table")).count("not scored") == 3
    assert "0.667" not in words(page)
    assert not page.select("#again")


def test_a_threshold_that_could_not_be_chosen_is_told(app: Flask, config: Config) -> None:
    one_class = [one for one in SURE if one.split != "val" or one.is_positive]
    write_run(config.instance / "runs" / "fallback", one_class)
    write_run(config.instance / "runs" / "chosen", SURE)
    told = "It could not be chosen: the validation photos are all of one class."
    assert told in words(Visitor(app, "ana").see("/runs/fallback"))
    assert told not in words(Visitor(app, "ana").see("/runs/chosen"))


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("date", ["b", "c", "a"]),
        ("network", ["a", "c", "b"]),
        ("f1", ["a", "c", "b"]),
        ("<script>", ["b", "c", "a"]),
    ],
)
def test_runs_are_sorted_by_plain_links(
    app: Flask, config: Config, sort: str, order: list[str]
) -> None:
    worst = [*SURE, *(predicted(f"{at:016x}", "test", "positive", 0.1) for at in range(900, 930))]
    some = [*SURE, *(predicted(f"{at:016x}", "test", "positive", 0.1) for at in range(900, 905))]
    made = (("a", SURE, "densenet121"), ("c", some, "mobilenet"), ("b", worst, "vgg16"))
    for hour, (name, predictions, arch) in enumerate(made):
        run = write_run(config.instance / "runs" / name, predictions, arch=arch)
        told = f'{{"created_utc": "2026-01-01T0{hour}:00:00+00:00"}}'
        (run / "environment.json").write_text(told)
    page = parsed(Visitor(app, "ana").get("/runs", query_string={"sort": sort}).text)
    assert [words(name) for name in page.select(".runs tbody th")] == order


def test_folders_without_a_run_are_listed_with_a_reason(app: Flask, config: Config) -> None:
    (config.instance / "runs" / "<b>half").mkdir(parents=True)
    ana = Visitor(app, "ana")
    page = ana.page("/runs")
    assert "&lt;b&gt;half" in page
    assert "<b>half" not in page
    assert "config.json is missing" in page
    for address in ("/runs/%3Cb%3Ehalf", "/runs/%3Cb%3Ehalf/report"):
        answer = ana.get(address)
        assert (answer.status_code, "config.json is missing" in answer.text) == (422, True)


def test_a_run_of_any_name_has_its_page(app: Flask, trained: Path) -> None:
    trained.rename(trained.parent / '<i>a run & "more" #1?x=%2f..')
    ana = Visitor(app, "ana")
    page = ana.page("/runs")
    assert "<i>" not in page
    address = str(the(parsed(page), ".runs tbody th a")["href"])
    assert "&lt;i&gt;a run" in ana.page(address)


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "..%2fexports", "%2fetc", "a%00b", "%ff", "nothing"]
)
@pytest.mark.usefixtures("trained")
def test_an_address_never_leaves_the_runs(app: Flask, name: str) -> None:
    ana = Visitor(app, "ana")
    for address in (f"/runs/{name}", f"/runs/{name}/report", f"/runs/{name}/model_card.md"):
        assert ana.get(address).status_code in (301, 308, 404), address


def test_wrong_predictions_are_shown_only_to_those_who_have_rated_the_photo(
    app: Flask, sessions: Sessions, trained: Path
) -> None:
    for name in ("ana", "ben", "vera"):
        page = Visitor(app, name).page("/runs/mobilenet-1")
        assert shown(page) == []
        assert "/photos/" not in page
        assert numbers(the(parsed(page), "#unrated")) == [3]
        assert numbers(the(parsed(page), "#gone")) == [1]
    save_rating(sessions, 1, "ben", POSITIVE, expected_version=0)
    page = Visitor(app, "ben").page("/runs/mobilenet-1")
    assert shown(page) == [1]
    assert numbers(the(parsed(page), "#unrated")) == [2]
    assert shown(Visitor(app, "ana").page("/runs/mobilenet-1")) == []


@pytest.mark.usefixtures("trained")
def test_the_number_of_unrated_photos_of_a_kind_is_not_shown(app: Flask) -> None:
    ben = Visitor(app, "ben")
    for kind in ("false_positive", "false_negative"):
        assert numbers(the(ben.see(f"/runs/mobilenet-1?kind={kind}"), "#unrated")) == [3]


def test_a_ruling_counts_as_the_adjudicators_own_rating(
    app: Flask, sessions: Sessions, trained: Path
) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    save_rating(sessions, 2, "ben", POSITIVE, expected_version=0)
    negative = Assessment("negative", {"sex": "female"}, REGION)
    save_rating(sessions, 2, "carl", negative, expected_version=0)
    assert shown(Visitor(app, "ada").page("/runs/mobilenet-1")) == []
    adjudicate(sessions, 2, "ada", POSITIVE, expected_version=0)
    assert shown(Visitor(app, "ada").page("/runs/mobilenet-1")) == [2]


@pytest.fixture
def rated(sessions: Sessions, trained: Path) -> None:
    for photo in range(1, 5):
        save_rating(sessions, photo, "ben", POSITIVE, expected_version=0)


@pytest.mark.parametrize(
    ("asked", "photos"),
    [
        ("", [2, 3, 1]),
        ("?split=test", [1]),
        ("?kind=false_negative", [2, 1]),
        ("?kind=false_positive", [3]),
        ("?kind=false_positive&split=val", []),
        ("?split=nowhere", []),
        ("?start=1", [3, 1]),
        ("?start=-5", [2, 3, 1]),
        ("?start=99", []),
        ("?start=x", [2, 3, 1]),
    ],
)
@pytest.mark.usefixtures("rated")
def test_wrong_predictions_are_sorted_most_wrong_first_and_filtered(
    app: Flask, asked: str, photos: list[int]
) -> None:
    page = Visitor(app, "ben").page(f"/runs/mobilenet-1{asked}")
    assert shown(page) == photos


@pytest.mark.usefixtures("rated")
def test_wrong_predictions_have_pages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curator.web.runs, "PAGE_SIZE", 2)
    ben = Visitor(app, "ben")
    first = ben.page("/runs/mobilenet-1")
    assert shown(first) == [2, 3]
    following = str(the(parsed(first), "a[rel=next]")["href"])
    assert shown(ben.page(following)) == [1]
    assert not ben.see(following).select("a[rel=next]")


@pytest.mark.parametrize(
    ("asked", "photos"),
    [("", [2, 3, 1]), ("&kind=false_negative", [2, 1]), ("&split=train", [3])],
)
@pytest.mark.usefixtures("rated")
def test_one_wrong_prediction_leads_to_the_next_and_at_last_to_the_run(
    app: Flask, asked: str, photos: list[int]
) -> None:
    ben, queue = Visitor(app, "ben"), f"queue=wrong&run=mobilenet-1{asked}"
    tile = ben.see(f"/runs/mobilenet-1?{asked[1:]}").select(".tile a")[0]["href"]
    assert parse_qs(urlsplit(str(tile)).query) == parse_qs(queue)
    for place, photo in enumerate(photos, start=1):
        address = f"/annotate/{photo}?{queue}"
        assert numbers(the(ben.see(address), "#left")) == [place, len(photos)]
        following = ben.post(address, version=1, label="negative", sex="female").location
        assert following == ben.post(f"/annotate/{photo}/skip?{queue}").location
        then = str(ben.get(str(following)).location)
        is_last = place == len(photos)
        assert urlsplit(then).path == (
            "/runs/mobilenet-1" if is_last else f"/annotate/{photos[place]}"
        )
    assert urlsplit(then).fragment == "wrong"
    assert parse_qs(urlsplit(then).query) == parse_qs(asked)
    for here, before in pairwise(reversed(photos)):
        back = ben.get(f"/annotate/previous?before={here}&{queue}").location
        assert urlsplit(str(back)).path == f"/annotate/{before}"
    assert ben.get(f"/annotate/previous?before={photos[0]}&{queue}").status_code == 404


@pytest.mark.usefixtures("rated")
def test_nobody_is_led_through_wrong_predictions_on_photos_they_have_not_rated(
    app: Flask, sessions: Sessions
) -> None:
    save_rating(sessions, 1, "ana", POSITIVE, expected_version=0)
    ana, queue = Visitor(app, "ana"), "queue=wrong&run=mobilenet-1"
    assert str(ana.get(f"/annotate?{queue}").location).startswith("/annotate/1?")
    assert numbers(the(ana.see(f"/annotate/1?{queue}"), "#left")) == [1, 1]
    ahead = ana.get(f"/annotate/ahead?after=1&{queue}").get_json()["photos"]
    assert ahead == []
    assert words(the(ana.see(f"/annotate/2?{queue}"), "#left")) == ""
    assert ana.get("/annotate?queue=wrong&run=none").status_code == 404


@pytest.mark.usefixtures("rated")
def test_a_label_corrected_after_the_run_is_marked(app: Flask, sessions: Sessions) -> None:
    ben = Visitor(app, "ben")
    missed, corrected = "/runs/mobilenet-1?kind=false_negative", ".tile .badge.negative"
    assert not ben.see(missed).select(corrected)
    save_rating(
        sessions, 1, "ben", Assessment("negative", {"sex": "female"}, REGION), expected_version=1
    )
    assert len(ben.see(missed).select(corrected)) == 1


@pytest.mark.usefixtures("trained")
def test_without_cleanlab_the_page_says_what_to_install(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = Visitor(app, "ben")
    assert "queue=label_errors" in ben.page("/runs/mobilenet-1")
    monkeypatch.setattr(
        curator.web.runs, "find_spec", lambda name: None if name == "cleanlab" else find_spec(name)
    )
    page = ben.page("/runs/mobilenet-1")
    assert "queue=label_errors" not in page
    assert "malar[review]" in page


def test_damaged_predictions_give_one_clear_line(app: Flask, trained: Path) -> None:
    (trained / "predictions.csv").write_text("id,split\n")
    answer = Visitor(app, "ben").get("/runs/mobilenet-1")
    assert answer.status_code == 422
    assert "predictions.csv is damaged" in answer.text
    assert "Traceback" not in answer.text


def test_the_report_is_shown_without_scripts(app: Flask, config: Config) -> None:
    write_run(config.instance / "runs" / "told", SURE, report=True)
    answer = Visitor(app, "vera").get("/runs/told/report")
    assert answer.status_code == 200
    assert parsed(answer.text).select("h1")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "allow" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_report_links_to_the_model_card(app: Flask, config: Config) -> None:
    write_run(config.instance / "runs" / "told", SURE, report=True)
    vera = Visitor(app, "vera")
    assert 'href="model_card.md"' in vera.page("/runs/told/report")
    answer = vera.get("/runs/told/model_card.md")
    assert answer.mimetype == "text/plain"
    assert answer.text.startswith("# Model card: told")


def test_examples_are_found_by_the_prefix_of_their_pixel_hash(
    sessions: Sessions, ids: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with sessions() as session:
        whole = session.scalar(select(Photo.pixel_sha256).where(Photo.id == 3))
    assert whole
    asked = [ids[1], ids[4], whole[:20], "0" * 16]
    few = photos_of_examples(sessions, asked)
    assert few == {ids[1]: 1, ids[4]: 4, whole[:20]: 3}
    monkeypatch.setattr(examples, "LOOKED_UP_SINGLY", 1)
    assert photos_of_examples(sessions, asked) == few
    assert photos_of_examples(sessions, []) == {}


def test_a_run_orders_its_photos_for_a_queue(
    config: Config, sessions: Sessions, trained: Path, ids: dict[int, str]
) -> None:
    run = find_run(config, trained.name)
    order = ranked_by_run(sessions, run, "uncertain")
    assert order.photo_ids == (1, 3, 4, 2)
    assert order.since == run.finished_at
    assert len(uncertain_ids(run)) > len(order.photo_ids)
    assert ranked_by_run(sessions, run, "label_errors").photo_ids == (2,)


@pytest.mark.only_on("sqlite", reason="PostgreSQL gives no number twice")
def test_the_order_adapts_when_photos_are_removed_or_added(
    config: Config,
    sessions: Sessions,
    trained: Path,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> None:
    run = find_run(config, trained.name)
    assert set(ranked_by_run(sessions, run, "uncertain").photo_ids) == {1, 2, 3, 4}
    with sessions.begin() as session:
        session.execute(delete(Photo).where(Photo.id == 4))
    assert set(ranked_by_run(sessions, run, "uncertain").photo_ids) == {1, 2, 3}
    other = save("5.png", 5)
    (other.parent / "4.png").unlink()
    import_all()
    with sessions() as session:
        assert session.scalar(select(func.max(Photo.id))) == 5  # no number becomes another photo's
    assert set(ranked_by_run(sessions, run, "uncertain").photo_ids) == {1, 2, 3}


def test_a_queue_of_label_errors_without_cleanlab_says_what_to_install(
    config: Config, sessions: Sessions, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing: Any = None
    monkeypatch.setitem(sys.modules, "cleanlab.filter", missing)
    with pytest.raises(LibraryMissing):
        ranked_by_run(sessions, find_run(config, trained.name), "label_errors")
