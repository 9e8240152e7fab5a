"""Raters' projects on a real Label Studio server: what is in them, and whose they are."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from curator.base.accounts import set_disabled
from curator.base.db import reading
from curator.base.errors import CuratorError
from curator.base.models.labelstudio import LabelStudioProject
from curator.base.models.photos import Photo
from curator.labelstudio.annotators import map_annotator, unmap_annotator
from curator.labelstudio.pulling import pull
from curator.labelstudio.server import connect
from curator.photos.exclusion import exclude_photos
from curator.ratings.settings import change_project, read_project
from tests.curator.labelstudio.exchange import PHOTOS, REGION, Study, said_of, suggest

pytestmark = pytest.mark.labelstudio


@pytest.fixture
def photos_by_id() -> None:
    """Each rater has an order of their own here."""


def test_each_rater_gets_their_own_words_only(study: Study) -> None:
    study.live.add_user("ada")
    map_annotator(study.sessions, "ada@example.org", "ada", actor="ana")
    study.rate(1, "positive", rater="ben")
    study.rate(1, "negative", rater="ada")
    pushed = study.push()
    assert {name: one.title for name, one in pushed.items()} == {
        "ada": f"{study.name} - ada",
        "ben": f"{study.name} - ben",
    }
    for rater, label in (("ada", "negative"), ("ben", "positive")):
        said = [one for task in study.tasks(rater) for one in task["annotations"]]
        assert len(said) == 1
        assert said[0]["result"][0]["value"]["choices"] == [label]
    mine, others = study.tasks("ada"), study.tasks("ben")
    order = [study.hashes()[task["data"]["sha256"]] for task in mine]
    assert order != [study.hashes()[task["data"]["sha256"]] for task in others]
    [rated] = [task for task in others if task["annotations"]]
    one, two, *_ = [task for task in others if not task["annotations"]]
    study.annotate(one, by="ada")
    study.annotate(two, by="admin")
    study.edit(rated["annotations"][0]["id"], *said_of("unsure"), by="ada")
    pulled = study.pull()["ben"]
    told = {standing.task for standing in pulled.unreadable}
    assert told == {task["id"] for task in (one, two, rated)}
    assert all("not mapped to ben" in standing.reason for standing in pulled.unreadable)
    assert study.ratings()[1]["label"] == "positive"
    study.annotate(one)  # ben says what ada said
    assert len(study.pull()["ben"].saved) == 1
    unmap_annotator(study.sessions, "ada@example.org", actor="ana")


def test_suggestions_are_pushed_unless_they_are_withheld(study: Study) -> None:
    suggest(study)
    settings = read_project(study.sessions)
    change_project(study.sessions, replace(settings, withheld_share=0.5), actor="ana")
    pushed = study.push()["ben"]
    assert 0 < pushed.suggestions < PHOTOS
    tasks = study.tasks()
    assert sum(bool(task["predictions"]) for task in tasks) == pushed.suggestions
    shown = {study.hashes()[task["data"]["sha256"]] for task in tasks if task["predictions"]}
    change_project(study.sessions, replace(settings, withheld_share=1.0), actor="ana")
    with reading(study.sessions) as session:
        withheld = {photo.id: photo.suggestion_withheld for photo in session.scalars(select(Photo))}
    assert {photo for photo, is_withheld in withheld.items() if is_withheld is False} == shown
    accepted = next(task for task in tasks if task["predictions"])
    [prediction] = study.live.call("GET", "predictions/", params={"task": accepted["id"]})
    study.annotate(accepted, *said_of("positive"), *prediction["result"])
    assert study.pull()["ben"].saved
    photo = study.hashes()[accepted["data"]["sha256"]]
    assert study.ratings()[photo]["origin"] == "accepted"
    assert study.ratings()[photo]["region"] == REGION


def test_suggestions_found_later_are_pushed_later(study: Study) -> None:
    study.rate(1)
    assert study.push()["ben"].suggestions == 0
    suggest(study)
    assert study.push()["ben"].suggestions == PHOTOS - 1
    assert study.push()["ben"].suggestions == 0


def test_excluded_photos_are_not_pushed_and_their_tasks_are_removed_if_wanted(study: Study) -> None:
    exclude_photos(study.sessions, [20], "too small", actor="ana")
    study.push()
    assert len(study.tasks()) == PHOTOS - 1
    exclude_photos(study.sessions, [19, 18], "too small", actor="ana")
    by_photo = {study.hashes()[task["data"]["sha256"]]: task for task in study.tasks()}
    study.annotate(by_photo[18])
    assert study.push()["ben"].no_longer_kept == (18, 19)
    assert study.push(removes=True)["ben"].removed == 1
    assert len(study.tasks()) == PHOTOS - 2
    assert study.pull()["ben"].saved == (18,)


def test_photos_are_told_apart_by_hash_not_by_name(study: Study) -> None:
    study.push()
    task = study.tasks()[0]
    twin = {"data": {"image": task["data"]["image"], "sha256": "0" * 64}}
    double = {"data": task["data"]}
    study.live.call("POST", f"projects/{study.number()}/import", json=[twin, double])
    ids = [one["id"] for one in study.tasks()]
    result = study.pull()["ben"]
    assert result.strangers == (ids[-2],)
    assert result.doubled == (ids[-1],)
    assert result.unchanged == PHOTOS


def test_a_project_that_was_deleted_there_is_told_and_made_again(study: Study) -> None:
    study.rate(1)
    study.push()
    study.live.call("DELETE", f"projects/{study.number()}/")
    assert study.pull()["ben"].is_gone
    again = study.push()["ben"]
    assert (again.is_new, again.photos, again.ratings) == (True, PHOTOS, 1)
    # A new server at the old address gives old numbers to others' projects.
    form = '<View><Text name="text" value="$text"/></View>'
    other = {"title": "Of others", "label_config": form}
    number = study.live.call("POST", "projects/", json=other)["id"]
    with study.sessions.begin() as session:
        row = session.scalars(select(LabelStudioProject).filter_by(name=study.name)).one()
        row.number = number
    assert study.pull()["ben"].is_gone
    study.push()
    found = study.live.call("GET", f"projects/{number}/")
    assert (found["label_config"], found["task_number"]) == (form, 0)
    assert study.look()["ben"].unchanged == PHOTOS


def test_projects_at_another_address_are_told(study: Study) -> None:
    study.push()
    moved = study.live.url.replace("127.0.0.1", "localhost")
    config = replace(study.config, label_studio_url=moved)
    with pytest.raises(CuratorError, match=f"there are at {study.live.url}"):
        pull(study.sessions, config, connect(config))


def test_a_rater_who_may_no_longer_rate_is_told(study: Study) -> None:
    study.push()
    study.annotate(study.tasks()[0])
    set_disabled(study.sessions, "ben", True, actor="ana")
    assert study.pull()["ben"].is_barred
    assert study.ratings() == {}
