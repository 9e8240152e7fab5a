"""Exports made before a photo was excluded for its person or content are named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from curator.base.config import Config
from curator.base.db import Sessions
from curator.cli import curator
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.queries.exclusions import count_untold, exports_holding
from curator.queries.pairs import pairs
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.browsing import Visitor, numbers, the, words
from tests.curator.databases import environment_of
from tests.curator.drawing import REGION

WITHDRAWN = "withdrawn by the person"
ANA, BEN = 1, 2


@pytest.fixture(autouse=True)
def exported(
    sessions: Sessions,
    config: Config,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> str:
    """An export of four photos that ben rated; the fifth, not rated, looks like the first."""
    for seed in (1, 2, 3, 4):
        save(f"{seed}.jpg", seed, quality=95)
    save("smaller.jpg", 1, quality=60)
    import_all()
    for photo in (1, 2, 3, 4):
        label = "positive" if photo % 2 else "negative"
        entry = Assessment(label, {"sex": "female"}, REGION)
        save_rating(sessions, photo, "ben", entry, expected_version=0)
    settings = Settings(ratios=(50, 25, 25))
    return export_dataset(sessions, config, settings, actor="ana").path.name


def holding(sessions: Sessions, viewer: int | None = None) -> list[tuple[int, ...]]:
    return [one.photos for one in exports_holding(sessions, viewer)]


def test_an_export_is_named_for_its_photos_excluded_for_person_or_content(
    sessions: Sessions,
) -> None:
    assert holding(sessions) == []
    exclude_photo(sessions, 1, WITHDRAWN, actor="ana")
    exclude_photo(sessions, 2, "several faces", actor="ana")
    exclude_photo(sessions, 3, "too small", actor="ana")
    assert holding(sessions) == [(1, 2)]
    exclude_photo(sessions, 1, "", actor="ana")
    assert holding(sessions) == [(2,)]


def test_an_export_is_named_when_a_copy_of_its_photo_is_excluded(
    sessions: Sessions, ben: Visitor, exported: str
) -> None:
    [pair] = pairs(sessions)
    ben.post("/duplicates/decide", shown=pair.id, decision="copy")
    ben.post("/annotate/5/exclude", reason=WITHDRAWN, confirmed=1)
    told = ben.see("/duplicates").select(".flashes .notice")[-1]
    assert exported in words(told)
    assert holding(sessions) == [(1,)]
    mark = the(ben.see("/exports"), ".export .warning")
    assert mark["data-holds"] == "1"
    assert the(mark, "a")["href"] == "/photos/1"


def test_who_has_not_rated_a_photo_does_not_learn_whether_it_was_exported(
    sessions: Sessions, ana: Visitor, exported: str
) -> None:
    """Photo 1 was exported, photo 5 was not: ana, who rated neither, is told the same of both."""
    told = {}
    for photo in (5, 1):
        ana.post(f"/annotate/{photo}/exclude", reason="several faces")
        page = ana.see("/exports")
        told[photo] = words(page.select(".flashes .notice")[-1]).replace("No. 1", "No. 5")
        assert not page.select("[data-holds]")
        assert numbers(the(page, "#untold")) == [1]
        assert exported not in told[photo]
        ana.post(f"/annotate/{photo}/exclude", reason="")
    assert told[5] == told[1]
    assert holding(sessions, ANA) == []
    assert count_untold(sessions, BEN) == 0


def test_the_command_line_names_them(sessions: Sessions, config: Config, exported: str) -> None:
    def run(*arguments: str) -> str:
        env = environment_of(config) | {"CURATOR_WORKERS": "1"}
        return CliRunner().invoke(curator, arguments, env=env, catch_exceptions=False).output

    assert json.loads(run("status", "--json"))["exports_with_excluded"] == []
    exclude_photo(sessions, 1, WITHDRAWN, actor="ana")
    [one] = json.loads(run("status", "--json"))["exports_with_excluded"]
    assert (one["name"], one["photos"]) == (exported, [1])
    assert one["path"] in run("status")
    assert one["path"] in run("export")
