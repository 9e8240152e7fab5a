"""Files of several annotators: each annotation becomes its annotator's rating, and all leave again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.instance import init_instance
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.models.users import User
from curator.cli import curator
from curator.photos.importing import ImportResult, import_folders
from curator.ratings.assessments import facts
from tests.curator.accounts import add_accounts
from tests.curator.databases import environment_of

Run = Callable[..., Result]
BOX = {"x": 20.0, "y": 30.0, "width": 60.0, "height": 40.0, "rotation": 0}


@pytest.fixture
def run(config: Config) -> Run:
    def run(*arguments: str) -> Result:
        env = environment_of(config) | {"CURATOR_WORKERS": "1"}
        return CliRunner().invoke(
            curator, ["labelstudio", *arguments], env=env, catch_exceptions=False
        )

    return run


@pytest.fixture(autouse=True)
def photos(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> None:
    for seed in range(3):
        save(f"{seed}.jpg", seed)
    import_all()


def annotation(who: object, label: str, **more: Any) -> dict[str, Any]:
    region = {
        "id": "r",
        "type": "rectanglelabels",
        "from_name": "box",
        "value": BOX | {"rectanglelabels": ["face region"]},
        "origin": "manual",
    }
    said = [
        {"from_name": name, "type": "choices", "value": {"choices": [value]}}
        for name, value in (("label", label), ("sex", "female"))
    ]
    return {"completed_by": who, "result": [*said, region], "lead_time": 9.0} | more


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tasks = [
        {
            "id": 10 + seed,
            "data": {"image": f"/data/upload/1/0a1b2c3d-{seed}.jpg"},
            "annotations": [
                annotation({"id": 1, "email": "Ada@example.org"}, "positive"),
                annotation(2, "negative"),
                annotation(2, "unsure", was_cancelled=True),
            ],
            "predictions": [{"model_version": "v1", "result": []}],
        }
        for seed in range(3)
    ]
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(tasks))
    return path


def ratings(sessions: Sessions) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what all raters say, by photo and rater; without what an import cannot know."""
    with reading(sessions) as session:
        rows = session.execute(
            select(Photo.pixel_sha256, User.name, Rating)
            .join(Rating, Rating.photo_id == Photo.id)
            .join(User, User.id == Rating.rater_id)
        ).all()
        unknown = ("version", "source_shown")
        return {
            (photo, rater): {k: v for k, v in facts(rating).items() if k not in unknown}
            for photo, rater, rating in rows
        }


def test_annotators_that_are_not_mapped_are_listed(
    run: Run, file: Path, sessions: Sessions
) -> None:
    refused = run("import", str(file))
    assert refused.exit_code == 1
    assert "Ada@example.org (3), 2 (3)" in refused.output
    assert "--rater-of" in refused.output
    assert ratings(sessions) == {}


def test_each_annotation_becomes_its_annotators_rating(
    run: Run, file: Path, sessions: Sessions
) -> None:
    run("map", "ada@example.org", "ada")
    done = json.loads(run("import", str(file), "--rater-of", "2=ben", "--json").output)
    assert {name: result["saved"] for name, result in done["results"].items()} == {
        "ada": 3,
        "ben": 3,
    }
    assert done["skipped"] == {"cancelled": 3, "predictions": 3, "drafts": 0}
    said = {(rater, row["label"]) for (_, rater), row in ratings(sessions).items()}
    assert said == {("ada", "positive"), ("ben", "negative")}
    with reading(sessions) as session:
        assert {(row.origin, row.active_s) for row in session.scalars(select(Rating))} == {
            ("drawn", 9.0)
        }
    again = run("import", str(file), "--rater-of", "2=ben")
    assert "ada: 3 tasks, 0 saved, 3 unchanged." in again.output
    assert "Not read: 3 cancelled, 3 predictions." in again.output


def test_photos_found_in_another_folder_are_listed(
    run: Run, save: Callable[..., Path], import_all: Callable[..., object], tmp_path: Path
) -> None:
    save("ward/a.jpg", 7)
    import_all()
    task = {
        "id": 1,
        "data": {"image": "s3://b/home/a.jpg"},
        "annotations": [annotation(1, "unsure")],
    }
    path = tmp_path / "task.json"
    path.write_text(json.dumps([task]))
    assert "task 1: home/a.jpg is ward/a.jpg" in run("import", str(path), "--rater", "ben").output


def test_annotators_may_be_left_out(run: Run, file: Path, sessions: Sessions) -> None:
    done = run("import", str(file), "--rater", "ada", "--rater-of", "2=")
    assert "3 of annotators left out" in done.output
    assert {rater for _, rater in ratings(sessions)} == {"ada"}


def test_a_bad_annotation_keeps_all_annotators_from_being_saved(
    run: Run, file: Path, sessions: Sessions
) -> None:
    tasks = json.loads(file.read_text())
    tasks[2]["data"]["image"] = "elsewhere.jpg"
    tasks[2]["annotations"].pop(0)
    file.write_text(json.dumps(tasks))
    who = ("--rater-of", "ada@example.org=ada", "--rater-of", "2=ben")
    refused = run("import", str(file), *who)
    assert refused.exit_code == 1
    assert "ben, task 12: " in refused.output
    assert "ada: 2 tasks, 0 saved" in refused.output
    assert ratings(sessions) == {}
    run("import", str(file), *who, "--skip-bad")
    assert len(ratings(sessions)) == 4


def test_what_leaves_arrives_equal_in_an_empty_instance(
    run: Run, file: Path, sessions: Sessions, folder: Path, tmp_path: Path, unmade: Config
) -> None:
    run("import", str(file), "--rater-of", "ada@example.org=ada", "--rater-of", "2=ben")
    with sessions.begin() as session:
        for number, rating in enumerate(session.scalars(select(Rating).order_by(Rating.id))):
            rating.origin = ("accepted", "edited", "drawn", "imported")[number % 4]
            rating.active_s = 1.5 * number if number % 3 else None
    left = tmp_path / "left.json"
    assert json.loads(run("export", str(left), "--json").output)["ratings"] == 6
    init_instance(unmade)
    others = open_sessions(unmade)
    add_accounts(others)
    for path in folder.iterdir():
        path.rename(folder / f"renamed-{path.name}")
    import_folders(others, unmade, [folder], actor="ana")
    env = environment_of(unmade)
    arguments = ("import", str(left), "--rater-of", "ada=ada", "--rater-of", "ben=ben")
    done = CliRunner().invoke(curator, ["labelstudio", *arguments], env=env)
    assert done.exit_code == 0, done.output
    assert ratings(others) == ratings(sessions)


def test_other_tools_files_are_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    path.write_text('{"images": [], "annotations": []}')
    refused = run("import", str(path), "--rater", "ada")
    assert refused.exit_code == 1
    assert "curator rate" in refused.output


@pytest.mark.parametrize(
    ("email", "account", "reason"),
    [
        ("nobody", "ada", "no e-mail address"),
        ("a@example.org", "vera", "may not rate"),
        ("a@example.org", "nobody", "There is no account"),
        ("b@example.org", "ben", "unmap"),
    ],
)
def test_only_an_address_can_stand_for_one_rater(
    run: Run, email: str, account: str, reason: str
) -> None:
    run("map", "ben@example.org", "ben")
    refused = run("map", email, account)
    assert refused.exit_code == 1
    assert reason in refused.output


def test_an_address_can_change_its_account_and_be_forgotten(run: Run) -> None:
    run("map", "A@example.org ", "ben")
    run("map", "a@example.org", "ada")
    assert json.loads(run("map", "--json").output) == [{"email": "a@example.org", "account": "ada"}]
    run("map", "a@example.org", "--remove")
    assert json.loads(run("map", "--json").output) == []
    assert run("map", "a@example.org", "--remove").exit_code == 1
    assert run("map", "a@example.org").exit_code == 2


@pytest.mark.parametrize("given", ["show", "show=bogus", "shwo=unrated", "label=maybe", "batch=x"])
def test_a_filter_that_the_gallery_does_not_have_is_refused(run: Run, given: str) -> None:
    refused = run("push", "--filter", given)
    assert refused.exit_code == 2
    assert given.partition("=")[0] in refused.output
