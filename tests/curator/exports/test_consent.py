"""An export holds nobody who withdrew, demands consent where it is told to, and says what it found."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select, update

from curator.base.config import Config
from curator.base.consent import SCOPES
from curator.base.db import Sessions, reading
from curator.base.errors import ChangedSince, ExportImpossible, InputInvalid
from curator.base.models.exports import Export
from curator.base.models.photos import Photo
from curator.cli import curator
from curator.custody.erasable import Request
from curator.custody.erasing import erase, plan_erasure
from curator.exports import exporting, images
from curator.exports.eligible import eligible_photos
from curator.exports.exporting import export_dataset
from curator.exports.formats import FORMATS
from curator.exports.manifest import Settings
from curator.pairs.decisions import decide_pair
from curator.photos.consents import Whose, Word, set_consent
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.photos.sources import set_source
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.api.programs import Program
from tests.curator.browsing import Visitor, the
from tests.curator.databases import environment_of
from tests.curator.drawing import REGION
from tests.curator.rows import pair_up
from trainer.errors import ExportBroken
from trainer.exports.reader import read_export

DAY = date(2026, 3, 2)
HALF = Settings(ratios=(50, 25, 25), max_side_px=64)
PHOTOS = range(1, 9)


@pytest.fixture(autouse=True)
def rated(
    save: Callable[..., Path], import_all: Callable[..., ImportResult], sessions: Sessions
) -> None:
    """Eight rated photos of one source."""
    for number in PHOTOS:
        save(f"{number}.png", number)
    import_all(source="#clinic")
    pair_up(sessions)
    for photo in PHOTOS:
        said = Assessment("positive" if photo % 2 else "negative", {"sex": "female"}, REGION)
        save_rating(sessions, photo, "ben", said, expected_version=0)


@pytest.fixture
def run(config: Config) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        env = environment_of(config) | {"CURATOR_WORKERS": "1"}
        return CliRunner().invoke(curator, arguments, env=env, catch_exceptions=False)

    return run


def consent(sessions: Sessions, whose: str, state: str, scope: str = "") -> None:
    kind = "person" if whose[1:].isdigit() else "source"
    document, day = ("F-1", DAY) if state == "given" else ("", None)
    set_consent(sessions, Whose(kind, whose), Word(state, document, day, scope), actor="ana")


def left_out(sessions: Sessions, demanded: str = "") -> dict[int, str]:
    with reading(sessions) as session:
        return eligible_photos(session, consent=demanded).left_out


def test_withdrawn_photos_are_always_left_out_even_when_nobody_excluded_them(
    sessions: Sessions,
) -> None:
    set_source(sessions, [5, 6], "#other", actor="ana")
    consent(sessions, "#1", "withdrawn")
    consent(sessions, "#other", "withdrawn")
    assert left_out(sessions) == dict.fromkeys((1, 5, 6), "excluded")
    for photo in (1, 5):
        exclude_photo(sessions, photo, "", actor="ana")
    set_source(sessions, [7], "#other", actor="ana")  # later
    assert left_out(sessions) == {1: "consent", 5: "consent", 6: "excluded", 7: "consent"}
    [pair] = pair_up(sessions, (7, 8))
    assert left_out(sessions)[8] == "like_excluded"
    decide_pair(sessions, pair, "copy", confirmed=[pair], actor="ana")
    assert {left_out(sessions)[photo] for photo in (7, 8)} <= {"copy", "consent"}


def test_an_export_that_demands_consent_leaves_out_whoever_did_not_give_it(
    sessions: Sessions,
) -> None:
    consent(sessions, "#clinic", "given", "study")
    consent(sessions, "#1", "given", "publication")
    consent(sessions, "#2", "given", "sharing")
    consent(sessions, "#3", "asked")
    consent(sessions, "#4", "none")
    assert left_out(sessions) == {}
    assert left_out(sessions, "study") == dict.fromkeys((3, 4), "consent")
    assert left_out(sessions, "sharing") == dict.fromkeys((3, 4, 5, 6, 7, 8), "consent")
    assert left_out(sessions, "publication") == dict.fromkeys(range(2, 9), "consent")


@pytest.mark.parametrize("form", [form.code for form in FORMATS if not form.library])
def test_no_format_holds_who_withdrew(sessions: Sessions, config: Config, form: str) -> None:
    consent(sessions, "#1", "withdrawn")
    exclude_photo(sessions, 1, "", actor="ana")
    result = export_dataset(sessions, config, replace(HALF, format=form), actor="ana")
    assert (result.counts["total"], result.left_out) == (7, {"consent": 1})


def test_the_manifest_the_datasheet_and_the_trainer_tell_of_it(
    sessions: Sessions, config: Config, run: Callable[..., Result]
) -> None:
    consent(sessions, "#clinic", "given", "study")
    consent(sessions, "#1", "given", "sharing")
    consent(sessions, "#2", "asked")
    free = export_dataset(sessions, config, HALF, actor="ana")
    facts = json.loads((free.path / "dataset.json").read_text())
    counted = {"none": 0, "asked": 1, "study": 6, "sharing": 1, "publication": 0}
    assert facts["photos_by_consent"] == counted
    assert "consent" not in facts
    assert "Consent: not demanded" in (free.path / "DATASHEET.md").read_text()
    done = run("export", "--consent", "study", "--ratios", "50,25,25", "--json")
    told = json.loads(done.stdout)
    assert told["left_out"] == {"consent": 1}
    path = Path(told["path"])
    facts = json.loads((path / "dataset.json").read_text())
    assert (facts["consent"], facts["counts"]["total"]) == ("study", 7)
    with reading(sessions) as session:
        newest = session.scalars(select(Export).order_by(Export.id.desc())).first()
        assert newest
        assert newest.parameters["consent"] == "study"
    sheet = (path / "DATASHEET.md").read_text()
    assert f"| given: {SCOPES['study']} | 6 |" in sheet
    assert "which this export demands" in sheet
    assert told["content_hash"] != free.content_hash
    for export in (free.path, path):
        read_export(export)
    changed = facts | {"consent": "publication"}
    (path / "dataset.json").write_text(json.dumps(changed))
    with pytest.raises(ExportBroken, match="content_hash"):
        read_export(path)
    with (free.path / "examples.csv").open() as table:
        assert not any("consent" in column for column in next(csv.reader(table)))


def test_a_scope_that_is_none_is_refused(
    sessions: Sessions, config: Config, ana: Visitor, app: Flask, run: Callable[..., Result]
) -> None:
    for wrong in ("everything", "given", "none"):
        with pytest.raises(InputInvalid, match="scope must be"):
            export_dataset(sessions, config, replace(HALF, consent=wrong), actor="ana")
        assert run("export", "--consent", wrong).exit_code == 2
    with pytest.raises(ExportImpossible):
        export_dataset(sessions, config, replace(HALF, consent="study"), actor="ana")


def test_the_page_and_the_api_demand_it_too(sessions: Sessions, ana: Visitor, app: Flask) -> None:
    consent(sessions, "#clinic", "given", "sharing")
    consent(sessions, "#1", "given", "study")
    offered = [
        option["value"] for option in the(ana.see("/exports"), "[name=consent]").select("option")
    ]
    assert offered == ["", *SCOPES]
    form: dict[str, Any] = {"train": 50, "val": 25, "test": 25, "folds": 2, "seed": 1}
    form |= {"crop": "mask", "min_evidence": "hashtag", "consent": "sharing"}
    assert ana.post("/exports", json=True, **form).status_code < 400
    ratios = {"train": 50, "val": 25, "test": 25}
    given = {"ratios": ratios, "folds": 2, "consent": "sharing"}
    made = Program(app, "ana").call("POST", "/exports", json=given)
    assert (made.status_code, made.get_json()["left_out"]) == (201, {"consent": 1})
    refused = Program(app, "ana").call("POST", "/exports", json=given | {"consent": "all"})
    assert refused.status_code == 422


LEAVING: dict[str, Callable[[Sessions, Config], Any]] = {
    "withdrawn": lambda s, _: consent(s, "#1", "withdrawn"),
    "source": lambda s, _: consent(s, "#clinic", "withdrawn"),
    "narrowed": lambda s, _: consent(s, "#1", "asked"),
    "excluded": lambda s, _: exclude_photo(s, 1, "several faces", actor="ben"),
    "erased": lambda s, c: erase(
        s,
        c,
        Request("photo", "1"),
        confirmed=plan_erasure(s, c, Request("photo", "1")).photos,
        actor="ana",
    ),
}


@pytest.mark.parametrize("leaving", LEAVING)
def test_who_leaves_while_an_export_is_made_is_not_in_it(
    sessions: Sessions, config: Config, monkeypatch: pytest.MonkeyPatch, leaving: str
) -> None:
    consent(sessions, "#clinic", "given", "study")
    write = images.write_images

    def leave_meanwhile(*given: Any) -> Any:
        written = write(*given)
        LEAVING[leaving](sessions, config)
        return written

    monkeypatch.setattr(exporting, "write_images", leave_meanwhile)
    with pytest.raises(ChangedSince, match=r"No. 1.*export again"):
        export_dataset(sessions, config, replace(HALF, consent="study"), actor="ana")
    with reading(sessions) as session:
        assert session.scalars(select(Export)).all() == []
    assert [path.name for path in (config.instance / "exports").iterdir()] == []
    monkeypatch.undo()
    if leaving != "source":
        made = export_dataset(sessions, config, replace(HALF, consent="study"), actor="ana")
        assert made.counts["total"] == 7


def test_what_changes_nothing_for_the_export_does_not_stop_it(
    sessions: Sessions, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = images.write_images

    def change_meanwhile(*given: Any) -> Any:
        written = write(*given)
        consent(sessions, "#1", "asked")
        exclude_photo(sessions, 2, "too small", actor="ben")  # as before: for its file alone
        with sessions.begin() as session:
            session.execute(update(Photo).values(caption="typed meanwhile"))
        return written

    monkeypatch.setattr(exporting, "write_images", change_meanwhile)
    assert export_dataset(sessions, config, HALF, actor="ana").counts["total"] == 8
