"""The exam plants copies of the collection's own photos in memory, and stores nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from copies.exam.edits import KINDS, STRENGTHS
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid
from curator.base.models.events import Event
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Photo
from curator.cli import curator
from curator.copies.exam import sit_exam
from curator.photos.importing import ImportResult
from tests.curator.databases import environment_of
from tests.curator.faces import edited, face
from tests.curator.rows import add_photos

ImportAll = Callable[..., ImportResult]


def stored(sessions: Sessions) -> list[int]:
    with reading(sessions) as session:
        return [
            session.scalar(select(func.count(kind.id))) or 0 for kind in (Photo, PhotoPair, Event)
        ]


@pytest.mark.slow
def test_copies_of_the_own_photos_are_found_and_nothing_is_stored(
    folder: Path, import_all: ImportAll, sessions: Sessions, config: Config
) -> None:
    for person in (1, 2, 3, 4):
        face(person).save(folder / f"{person}.jpg", quality=92)
    face(1, 1).save(folder / "another.jpg", quality=92)
    edited(face(2), "recompress").save(
        folder / "copy.jpg"
    )  # a planted copy of either is one of both
    import_all()
    files, rows = sorted(config.instance.rglob("*")), stored(sessions)
    answers = sit_exam(sessions, config, each=1)
    assert {(one.kind, one.strength) for one in answers} == {
        (k, s) for k in KINDS for s in STRENGTHS
    }
    planted = sum(one.photos for one in answers)
    assert sum(one.shown for one in answers) >= 0.9 * planted
    clear = [one for one in answers if not KINDS[one.kind].is_for_people]
    assert sum(one.decided for one in clear) >= 0.8 * sum(one.photos for one in clear)
    assert not any(one.decided for one in answers if one.kind == "collage" and one.shown > 1)
    assert sum(one.untrue_decided for one in answers) == 0
    assert stored(sessions) == rows
    assert sorted(config.instance.rglob("*")) == files

    env = environment_of(config) | {"CURATOR_WORKERS": "2"}
    run = CliRunner().invoke(curator, ["dedup", "--exam", "--each", "1", "--json"], env=env)
    said = json.loads(run.output)
    assert said["shown"]["found"] == sum(one.shown for one in answers)
    assert said["shown"]["from"] <= said["shown"]["share"] <= said["shown"]["to"]
    assert len(said["kinds"]) == len(KINDS) * len(STRENGTHS)


def test_photos_that_no_search_has_seen_are_asked_for(sessions: Sessions, config: Config) -> None:
    with sessions.begin() as session:
        add_photos(session, 5)
    with pytest.raises(InputInvalid, match="dedup"):
        sit_exam(sessions, config, each=1)


def test_an_exam_needs_photos_for_a_collage(sessions: Sessions, config: Config) -> None:
    with pytest.raises(InputInvalid, match="4 photos"):
        sit_exam(sessions, config, each=1)
