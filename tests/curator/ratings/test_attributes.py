"""An attribute is one row: a study's addition appears on pages and in tables, history, consensus and exports."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlcroissant as mlc
import pytest
from sqlalchemy import event, select

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import InputInvalid
from curator.base.models.events import Event
from curator.base.models.ratings import RatingValue
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.photos.importing import ImportResult
from curator.queries.agreement import agreement_of_raters
from curator.queries.disagreements import disagreements, others_waiting
from curator.queries.overview import collection_status
from curator.queries.photos import photo_to_rate
from curator.queries.queues import queue_state
from curator.ratings import attributes as rows
from curator.ratings.assessments import Assessment
from curator.ratings.attributes import Attribute, Rule, Value
from curator.ratings.consensus import Opinion, consensus, disputed
from curator.ratings.queues import Queue
from curator.ratings.rulings import adjudicate
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.ratings.table import rate_table
from curator.undoing import undo_events
from tests.curator.browsing import JSON, Visitor
from tests.curator.databases import environment_of
from tests.curator.drawing import REGION

TONE = Attribute(
    code="skin_tone",
    name="Skin tone",
    values=(Value("light", "Light", "8"), Value("dark", "Dark", "9"), Value("hidden", "Hidden")),
    hint="of the forehead",
    default="hidden",
    unknown="hidden",
    is_required=True,
    stratifies=True,
)
SIGNS = Attribute(
    code="signs",
    name="Signs",
    values=(Value("scale", "Scale"), Value("papules", "Papules"), Value("vessels", "Vessels")),
    is_multiple=True,
)
ANA, BEN = 1, 2
BOTH = {"sex": "female", "skin_tone": "dark", "signs": "papules scale"}
OUTLINE = '"48,48 112,48 96,84 64,84"'


@pytest.fixture(autouse=True)
def study(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study that records skin tone and signs in addition to sex and evidence."""
    monkeypatch.setattr(rows, "ATTRIBUTES", (rows.SEX, rows.EVIDENCE, TONE, SIGNS))


@pytest.fixture
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    for seed in range(12):
        save(f"{seed:02}.png", seed)
    import_all(source="#drawn")


def opinion(rater: str, **values: str) -> Opinion:
    return Opinion(rater, "positive", Assessment("positive", values).values)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("light", "light"), "light"),
        (("light", "hidden"), "light"),
        (("light", "dark"), "hidden"),
        (("hidden", "hidden"), "hidden"),
    ],
)
def test_raters_who_disagree_leave_a_value_unknown(given: tuple[str, str], expected: str) -> None:
    agreed = consensus([opinion(str(n), skin_tone=tone) for n, tone in enumerate(given)])
    assert agreed is not None
    assert agreed.values["skin_tone"] == expected


@pytest.mark.parametrize(
    ("given", "expected", "is_disputed"),
    [
        (("scale papules", "papules scale"), "scale papules", False),
        (("scale papules", "papules"), "papules", True),
        (("scale", "papules"), "", True),
        (("scale", ""), "scale", False),
        (("", ""), "", False),
    ],
)
def test_of_several_values_only_those_that_all_raters_chose_count(
    given: tuple[str, str], expected: str, is_disputed: bool
) -> None:
    opinions = [opinion(str(n), signs=signs) for n, signs in enumerate(given)]
    agreed = consensus(opinions)
    assert agreed is not None
    assert agreed.values["signs"] == expected
    assert ("signs" in disputed(opinions, 0.5)) is is_disputed


def test_the_strongest_value_counts_if_the_row_says_so() -> None:
    grade = Attribute("grade", "Grade", tuple(Value(n, n) for n in "0123"), rule=Rule.STRONGEST)
    assert grade.consensus(["1", "", "3", "2"]) == "3"
    assert grade.consensus(["", ""]) == ""
    assert not grade.is_disputed(["1", "3"])


@pytest.mark.usefixtures("photos")
def test_the_page_offers_it_by_key_and_shows_the_saved_value(ana: Visitor) -> None:
    page = ana.page("/annotate/1")
    assert 'name="skin_tone" value="dark"' in page
    assert 'type="checkbox" name="signs" value="papules"' in page
    assert "of the forehead" in page
    assert '"key": "9"' in page
    fields: dict[str, Any] = {
        "label": "positive",
        "sex": "male",
        "skin_tone": "dark",
        "signs": ["scale", "papules"],
    }
    saved = ana.post("/annotate/1", version=0, evidence="visual", region=REGION, **fields)
    assert saved.status_code == 303
    own = ana.get("/annotate/1", headers=JSON).json["own"]  # type: ignore[index]
    assert (own["skin_tone"], own["signs"], own["sex"]) == ("dark", "scale papules", "male")
    shown = ana.page("/photos/1")
    assert "<dt>Skin tone</dt><dd>Dark</dd>" in shown
    assert "<dt>Signs</dt><dd>Scale, Papules</dd>" in shown
    assert "Your rating: Skin tone" in ana.page("/gallery")


@pytest.mark.usefixtures("photos")
def test_it_is_versioned_recorded_and_undone_with_the_rating(sessions: Sessions) -> None:
    save_rating(sessions, 1, "ben", Assessment("positive", BOTH), expected_version=0)
    changed = Assessment("positive", {"sex": "female", "skin_tone": "light", "signs": "vessels"})
    save_rating(sessions, 1, "ben", changed, expected_version=1)
    with sessions() as session:
        first, last = session.scalars(select(Event).where(Event.action == "rating saved"))
        assert first.after is not None
        assert last.before == first.after
        assert (first.after["skin_tone"], first.after["signs"]) == ("dark", "scale papules")
        held = session.execute(select(RatingValue.attribute, RatingValue.value)).all()
        assert {(row.attribute, row.value) for row in held} == {
            ("skin_tone", "light"),
            ("signs", "vessels"),
        }
        undone = last.id
    undo_events(sessions, [undone], actor="ben")
    own = photo_to_rate(sessions, 1, BEN).own
    assert own is not None
    assert own.values == {**BOTH, "evidence": "visual", "signs": "scale papules"}


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"skin_tone": "green"}, "skin_tone is 'green'; use light, dark, hidden"),
        ({"signs": "scale freckles"}, "signs is 'scale freckles'; use scale, papules, vessels"),
    ],
)
def test_a_value_missing_from_the_row_is_refused(
    sessions: Sessions, values: dict[str, str], complaint: str
) -> None:
    with pytest.raises(InputInvalid, match=complaint):
        save_rating(sessions, 1, "ben", Assessment("positive", values), expected_version=0)
    assert photo_to_rate(sessions, 1, BEN).own is None


@pytest.mark.usefixtures("photos")
def test_a_table_imports_it_from_a_column_of_its_own(sessions: Sessions, tmp_path: Path) -> None:
    table = tmp_path / "ratings.csv"
    table.write_text("file,label,skin_tone,signs\n00.png,positive,dark,papules scale\n")
    assert rate_table(sessions, table, "ben").saved == 1
    assert rate_table(sessions, table, "ben").unchanged == 1
    own = photo_to_rate(sessions, 1, BEN).own
    assert own is not None
    assert (own.values["skin_tone"], own.values["signs"]) == ("dark", "scale papules")
    table.write_text("file,label,skin_tone\n00.png,positive,green\n")
    [bad] = rate_table(sessions, table, "ben").bad
    assert (bad.line, "skin_tone is 'green'" in bad.reason) == (2, True)


@pytest.mark.usefixtures("photos")
def test_disagreements_on_it_are_found_and_settled(sessions: Sessions) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    for photo, tone, signs in (
        (1, "light", ""),
        (2, "dark", "scale"),
        (3, "hidden", "scale papules"),
    ):
        rate(sessions, photo, "ana", skin_tone="dark", signs="scale")
        rate(sessions, photo, "ben", skin_tone=tone, signs=signs)
    about = {one.photo_id: one.about for one in disagreements(sessions)}
    assert about == {1: ("skin_tone",), 3: ("signs",)}
    mine = queue_state(sessions, ANA, Queue("disagreements"))
    assert mine.left == 2
    ruling = Assessment("positive", {"skin_tone": "light", "signs": "vessels"}, REGION)
    adjudicate(sessions, 1, "ada", ruling, expected_version=0)
    assert [one.photo_id for one in disagreements(sessions)] == [3]
    ready = collection_status(sessions).ready_by_attribute
    assert ready["skin_tone"] == {("light", "positive"): 1, ("dark", "positive"): 2}
    assert ready["signs"] == {("vessels", "positive"): 1, ("scale", "positive"): 2}


@pytest.mark.usefixtures("photos")
def test_looking_for_another_disagreement_reads_no_more_values_than_it_needs(
    sessions: Sessions, values_read: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rate_five_photos(sessions)
    monkeypatch.setattr("curator.queries.disagreements.PHOTOS_AT_ONCE", 1)
    values_read.clear()
    assert others_waiting(sessions, 1)
    assert values_read == [[3, 4]]


@pytest.mark.usefixtures("photos")
def test_the_list_of_disagreements_reads_all_values_at_once(
    sessions: Sessions, values_read: list[list[int]]
) -> None:
    rate_five_photos(sessions)
    values_read.clear()
    assert [one.photo_id for one in disagreements(sessions)] == [2, 5]
    assert values_read == [[*range(1, 11)]]


@pytest.mark.usefixtures("photos")
def test_a_study_without_further_attributes_reads_no_values(
    sessions: Sessions, values_read: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rate_five_photos(sessions)
    monkeypatch.setattr(rows, "ATTRIBUTES", (rows.SEX, rows.EVIDENCE))
    values_read.clear()
    assert disagreements(sessions) == ()
    assert not others_waiting(sessions, 0)
    assert values_read == []


@pytest.fixture
def values_read(sessions: Sessions) -> list[list[int]]:
    """The ids of ratings whose further values are read, one list a statement."""
    read: list[list[int]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, ids: Any, *_more: Any) -> None:
        if statement.startswith("SELECT rating_value"):
            read.append([*(ids.values() if isinstance(ids, dict) else ids)])

    event.listen(sessions.kw["bind"], "before_cursor_execute", listen)
    return read


def rate_five_photos(sessions: Sessions) -> None:
    """Let two raters disagree about the skin tone of photos 2 and 5, and agree on three others."""
    change_project(sessions, Project(raters_needed=2), actor="ana")
    for photo in range(1, 6):
        rate(sessions, photo, "ana", skin_tone="dark")
        rate(sessions, photo, "ben", skin_tone="light" if photo in (2, 5) else "dark")


@pytest.mark.usefixtures("photos")
def test_agreement_on_it_is_measured(sessions: Sessions) -> None:
    for photo in range(1, 13):
        rate(sessions, photo, "ana", skin_tone="dark" if photo % 2 else "light")
        rate(sessions, photo, "ben", skin_tone="dark" if photo % 2 else "light")
    report = agreement_of_raters(sessions)
    assert report.attributes["skin_tone"].share.value == 1
    assert report.pairs[0].attributes["skin_tone"].table == ((6, 0), (0, 6))
    assert "signs" not in report.attributes  # several values of one photo have no kappa


@pytest.mark.usefixtures("photos")
def test_the_gallery_filters_by_it(ana: Visitor, sessions: Sessions) -> None:
    rate(sessions, 1, "ana", skin_tone="dark", signs="scale papules")
    rate(sessions, 2, "ana", skin_tone="light")
    for query, photos in (
        ("skin_tone=dark", [1]),
        ("signs=papules", [1]),
        ("skin_tone=hidden", []),
    ):
        page = ana.page(f"/gallery?{query}")
        assert [photo for photo in (1, 2) if f"/photos/{photo}/thumbnail" in page] == photos


@pytest.mark.usefixtures("photos")
def test_an_export_with_it_is_version_2_and_spreads_it_over_the_splits(
    sessions: Sessions, config: Config, tmp_path: Path
) -> None:
    lines = ["file,label,sex,skin_tone,signs,region"]
    for seed in range(12):
        label, tone = ("positive", "negative")[seed % 2], ("dark", "light")[seed // 6]
        lines.append(
            f"{seed:02}.png,{label},female,{tone},{'scale papules' * (seed < 3)},{OUTLINE}"
        )
    table = tmp_path / "ratings.csv"
    table.write_text("\n".join(lines) + "\n")
    assert rate_table(sessions, table, "ben").saved == 12
    settings = Settings(ratios=(50, 25, 25), folds=2)
    made = export_dataset(sessions, config, settings, actor="ana")

    facts = json.loads((made.path / "dataset.json").read_text())
    assert facts["manifest_version"] == 2
    assert [one["code"] for one in facts["attributes"]] == ["sex", "evidence", "skin_tone", "signs"]
    assert facts["counts_by_attribute"]["skin_tone"]["positive"] == {
        "light": 3,
        "dark": 3,
        "hidden": 0,
    }
    assert facts["counts_by_attribute"]["signs"]["positive"]["scale"] == 2
    with (made.path / "examples.csv").open() as file:
        examples = list(csv.DictReader(file))
    assert list(examples[0])[-3:] == ["phash", "skin_tone", "signs"]
    tones = {(one["split"], one["skin_tone"]) for one in examples}
    assert tones >= {("train", "dark"), ("train", "light"), ("test", "dark"), ("test", "light")}
    assert sum(one["signs"] == "scale papules" for one in examples) == 3
    datasheet = (made.path / "DATASHEET.md").read_text()
    assert "### Skin tone\n| label | light | dark | hidden |" in datasheet
    fields = json.loads((made.path / "croissant.json").read_text())["recordSet"][0]["field"]
    assert "skin_tone" in {field["name"] for field in fields}
    records = mlc.Dataset(made.path / "croissant.json").records("examples")
    loaded = {one["examples/id"].decode(): one["examples/signs"] or [] for one in records}
    assert loaded == {one["id"]: [s.encode() for s in one["signs"].split()] for one in examples}


@pytest.mark.slow
@pytest.mark.usefixtures("photos")
def test_a_detector_is_scored_by_it(sessions: Sessions, config: Config, tmp_path: Path) -> None:
    lines = ["file,label,skin_tone,region"]
    for seed in range(12):
        label, tone = ("positive", "negative")[seed % 2], ("dark", "light")[seed // 6]
        lines.append(f"{seed:02}.png,{label},{tone},{OUTLINE}")
    table = tmp_path / "ratings.csv"
    table.write_text("\n".join(lines) + "\n")
    assert rate_table(sessions, table, "ben").saved == 12
    settings = Settings(ratios=(50, 25, 25), folds=2)
    made = export_dataset(sessions, config, settings, actor="ana")
    command = (sys.executable, "-m", "trainer", "run", "--arch", "mobilenet", "--weights", "none")
    environment = os.environ | environment_of(config)
    run = tmp_path / "by-tone"
    given = ("--data", str(made.path), "--epochs", "1", "--accept-leaks", "--out", str(run))
    subprocess.run([*command, *given], env=environment, check=True, capture_output=True)
    scores = json.loads((run / "metrics.json").read_text())["splits"]["test"]
    assert set(scores["by_skin_tone"]) == {"dark", "light"}
    assert "<h3>By skin tone</h3>" in (run / "report.html").read_text()
    verified = (sys.executable, "-m", "trainer", "verify", str(run))
    subprocess.run(verified, env=environment, check=True, capture_output=True)


def rate(sessions: Sessions, photo: int, rater: str, **values: str) -> None:
    assessment = Assessment("positive", {"sex": "female", **values}, REGION)
    save_rating(sessions, photo, rater, assessment, expected_version=0)
