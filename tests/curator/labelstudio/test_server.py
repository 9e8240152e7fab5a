"""The circle with a real Label Studio server: nothing is lost, nothing comes twice, no conflict is decided."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from curator.base.accounts import set_disabled
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import AlreadyThere, CuratorError, ServerUnreachable
from curator.base.models.events import Event
from curator.base.models.labelstudio import LabelStudioProject
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating, Suggestion
from curator.base.models.users import User
from curator.labelstudio import pushing
from curator.labelstudio.annotators import map_annotator, unmap_annotator
from curator.labelstudio.projects import alone
from curator.labelstudio.pulling import Pulled, look, pull
from curator.labelstudio.pushing import Pushed, Wanted, push
from curator.labelstudio.server import Server, connect
from curator.labelstudio.settling import settle
from curator.labelstudio.standings import projects
from curator.photos.exclusion import exclude_photos
from curator.photos.importing import ImportResult
from curator.ratings import attributes
from curator.ratings.assessments import Assessment, facts
from curator.ratings.attributes import Attribute, Value
from curator.ratings.regions import stored_region
from curator.ratings.saving import save_rating
from curator.ratings.settings import change_project, read_project
from faces.regions import Region
from tests.curator.labelstudio.live import TOKEN, LiveServer

pytestmark = pytest.mark.labelstudio

PHOTOS = 20
UPLOADED = re.compile(r"/data/upload/\d+/[0-9a-f]{8}-[0-9a-f]{16}\.jpg")
REGION = "0.250000,0.300000 0.750000,0.300000 0.700000,0.712345 0.300000,0.700000"


@pytest.fixture
def photos_by_id() -> None:
    """Each rater has an order of their own here."""


@dataclass
class Study:
    """A collection of photos, two raters who are annotators there, and what is done with them."""

    sessions: Sessions
    config: Config
    live: LiveServer
    name: str

    @property
    def server(self) -> Server:
        return connect(self.config)

    def push(self, **wanted: Any) -> dict[str, Pushed]:
        made = push(
            self.sessions, self.config, self.server, Wanted(self.name, **wanted), actor="ana"
        )
        return {one.rater: one for one in made}

    def pull(self) -> dict[str, Pulled]:
        return {
            one.rater: one for one in pull(self.sessions, self.config, self.server, name=self.name)
        }

    def look(self) -> dict[str, Pulled]:
        return {one.rater: one for one in look(self.sessions, self.server, name=self.name)}

    def number(self, rater: str = "ben") -> int:
        with reading(self.sessions) as session:
            [found] = [
                one.number
                for one in projects(session, self.live.url, self.name)
                if one.rater == rater
            ]
        assert found
        return found

    def tasks(self, rater: str = "ben") -> list[Any]:
        return self.live.tasks(self.number(rater))

    def rate(self, photo: int, label: str = "positive", rater: str = "ben", **said: Any) -> None:
        version = self.ratings(rater).get(photo, {}).get("version", 0)
        save_rating(
            self.sessions,
            photo,
            rater,
            Assessment(label, {"sex": "female"}, **said),
            expected_version=version,
        )

    def ratings(self, rater: str = "ben") -> dict[int, dict[str, Any]]:
        with reading(self.sessions) as session:
            rows = select(Rating).join(User, User.id == Rating.rater_id).where(User.name == rater)
            return {row.photo_id: facts(row) for row in session.scalars(rows)}

    def hashes(self) -> dict[str, int]:
        with reading(self.sessions) as session:
            return {sha: n for sha, n in session.execute(select(Photo.pixel_sha256, Photo.id))}  # noqa: C416

    def annotate(self, task: Any, *results: Any, by: str = "ben", **more: Any) -> int:
        said = {"result": results or said_of("negative"), "lead_time": 4.0} | more
        made = self.live.call("POST", f"tasks/{task['id']}/annotations/", by=by, json=said)
        return int(made["id"])

    def edit(self, annotation: int, *results: Any, by: str = "ben", **more: Any) -> None:
        said = {"result": results} | more
        self.live.call("PATCH", f"annotations/{annotation}/", by=by, json=said)

    def events(self) -> int:
        with reading(self.sessions) as session:
            return len(session.scalars(select(Event.id)).all())


@pytest.fixture
def study(
    sessions: Sessions,
    connected: Config,
    live: LiveServer,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> Study:
    for seed in range(PHOTOS):
        save(f"{seed}.jpg", seed, quality=95)
    import_all()
    live.add_user("ben")
    map_annotator(sessions, "ben@example.org", "ben", actor="ana")
    return Study(sessions, connected, live, f"T{uuid.uuid4().hex[:8]}")


def choice(name: str, value: str) -> dict[str, Any]:
    place = {"from_name": name, "to_name": "photo", "type": "choices"}
    return place | {"id": f"c{name}", "value": {"choices": [value]}}


def said_of(label: str, *regions: dict[str, Any]) -> list[dict[str, Any]]:
    return [choice("label", label), choice("sex", "male"), *regions]


def drawn(kind: str, value: dict[str, Any], size: tuple[int, int], origin: str = "manual") -> Any:
    place = {"from_name": kind, "to_name": "photo", "type": f"{kind}labels", "origin": origin}
    side = {"original_width": size[0], "original_height": size[1], "image_rotation": 0}
    return place | side | {"id": "r1", "value": value | {f"{kind}labels": ["face region"]}}


def apart_px(found: str | None, expected: Region, size: tuple[int, int]) -> float:
    points = stored_region(found)
    assert len(points) == len(expected)
    return max(
        max(abs(x - a) * size[0], abs(y - b) * size[1])
        for (x, y), (a, b) in zip(points, expected, strict=True)
    )


def test_the_full_circle(study: Study) -> None:
    size = (160, 120)
    with reading(study.sessions) as session:
        photo = session.scalars(select(Photo).limit(1)).one()
        size = photo.width_px, photo.height_px
    study.rate(1, region=REGION, note="two\nlines & <signs>")
    first = study.push()["ben"]
    assert (first.photos, first.ratings, first.is_new) == (PHOTOS, 1, True)
    tasks = {study.hashes()[task["data"]["sha256"]]: task for task in study.tasks()}
    assert set(tasks) == set(range(1, PHOTOS + 1))
    addresses = [task["data"]["image"] for task in tasks.values()]
    assert [
        one for one in addresses if not UPLOADED.fullmatch(one)
    ] == []  # no name of a photo's own
    assert tasks[1]["annotations"][0]["completed_by"] == study.live.add_user("ben")

    shapes: dict[int, tuple[Any, Region]] = {
        2: (
            drawn("polygon", {"points": [[25, 30], [75, 30], [70, 70]]}, size),
            ((0.25, 0.3), (0.75, 0.3), (0.7, 0.7)),
        ),
        3: (
            drawn("rectangle", {"x": 20, "y": 30, "width": 50, "height": 40, "rotation": 0}, size),
            ((0.2, 0.3), (0.7, 0.3), (0.7, 0.7), (0.2, 0.7)),
        ),
        4: (
            drawn("rectangle", {"x": 60, "y": 20, "width": 40, "height": 30, "rotation": 90}, size),
            turned_by_90((60, 20, 40, 30), size),
        ),
    }
    for photo_id, (result, _) in shapes.items():
        study.annotate(tasks[photo_id], *said_of("negative", result))
    ellipse = {"x": 50, "y": 50, "radiusX": 20, "radiusY": 15, "rotation": 0}
    study.annotate(tasks[5], *said_of("positive", drawn("ellipse", ellipse, size)))
    study.annotate(tasks[6], *said_of("unsure"))
    pulled = study.pull()["ben"]
    assert pulled.saved == (2, 3, 4, 5, 6)
    ratings = study.ratings()
    for photo_id, (_, expected) in shapes.items():
        assert apart_px(ratings[photo_id]["region"], expected, size) < 0.5
    xs = [x for x, _ in stored_region(ratings[5]["region"])]
    assert [min(xs), max(xs)] == pytest.approx([0.3, 0.7], abs=1e-3)
    assert ratings[6]["region"] is None
    assert [ratings[n]["label"] for n in (2, 5, 6)] == ["negative", "positive", "unsure"]
    assert {ratings[n]["sex"] for n in (2, 3, 4, 5, 6)} == {"male"}
    assert {ratings[n]["active_s"] for n in (2, 3, 4, 5, 6)} == {4.0}
    assert ratings[2]["origin"] == "drawn"

    study.rate(2, "positive", region=REGION, note="edited here")
    again = study.push()["ben"]
    assert (again.photos, again.ratings, again.unchanged) == (0, 1, PHOTOS - 1)
    back = study.pull()["ben"]
    assert (back.saved, back.unchanged) == ((), PHOTOS)
    assert study.ratings()[2]["note"] == "edited here"
    assert apart_px(study.ratings()[2]["region"], stored_region(REGION), size) == 0
    assert study.ratings()[1]["note"] == "two\nlines & <signs>"

    before, events = study.tasks(), study.events()
    for _ in range(2):
        nothing = study.push()["ben"]
        assert (nothing.photos, nothing.ratings, nothing.unchanged) == (0, 0, PHOTOS)
        assert study.pull()["ben"].saved == ()
    assert study.tasks() == before
    assert study.events() == events


def turned_by_90(box: tuple[float, ...], size: tuple[int, int]) -> Region:
    """Return a rectangle in percent turned by 90 degrees around its top left corner, worked out by hand."""
    left, top = box[0] / 100 * size[0], box[1] / 100 * size[1]
    width, height = box[2] / 100 * size[0], box[3] / 100 * size[1]
    corners = (
        (left, top),
        (left, top + width),
        (left - height, top + width),
        (left - height, top),
    )
    return tuple((x / size[0], y / size[1]) for x, y in corners)


def test_an_edit_there_arrives_once_with_the_time_it_took(study: Study) -> None:
    study.push()
    task = study.tasks()[0]
    photo = study.hashes()[task["data"]["sha256"]]
    made = study.annotate(task, lead_time=10.0)
    study.pull()
    study.edit(made, *said_of("positive"), lead_time=15.0)
    assert study.pull()["ben"].saved == (photo,)
    rating = study.ratings()[photo]
    assert (rating["label"], rating["active_s"], rating["version"]) == ("positive", 15.0, 2)
    with reading(study.sessions) as session:
        last = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
    assert (last.actor, last.action) == ("ben", "rating saved")
    assert last.after
    assert last.after["through"] == "Label Studio"
    study.live.call("DELETE", f"annotations/{made}/")
    study.annotate(task, *said_of("unsure"), lead_time=3.0)
    assert study.pull()["ben"].saved == (photo,)
    assert study.ratings()[photo]["active_s"] == 18.0


def test_an_attribute_that_joins_the_study_makes_no_conflict(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    study.rate(1)
    study.rate(2)
    study.push()
    by_photo = {study.hashes()[task["data"]["sha256"]]: task for task in study.tasks()}
    study.edit(by_photo[1]["annotations"][0]["id"], *said_of("negative"))
    values = (Value("yes", "Yes"), Value("unknown", "Unknown"))
    scar = Attribute("scar", "Scar", values, default="unknown", unknown="unknown", is_required=True)
    monkeypatch.setattr(attributes, "ATTRIBUTES", (*attributes.ATTRIBUTES, scar))
    pushed = study.push()["ben"]
    assert (pushed.unchanged, pushed.to_settle) == (PHOTOS - 1, ())
    [told] = pushed.unreadable
    assert "Scar is not answered" in told.reason
    said = [*said_of("negative"), choice("scar", "yes")]
    study.edit(by_photo[1]["annotations"][0]["id"], *said)
    assert study.pull()["ben"].saved == (1,)
    assert study.ratings()[1]["scar"] == "yes"


def test_a_conflict_is_listed_and_settled_by_choosing_a_side(study: Study) -> None:
    study.rate(1, "positive")
    study.rate(2, "positive")
    study.push()
    by_photo = {study.hashes()[task["data"]["sha256"]]: task for task in study.tasks()}
    for photo in (1, 2):
        made = by_photo[photo]["annotations"][0]["id"]
        study.edit(made, *said_of("negative"))
        study.rate(photo, "unsure")
    for result in (study.push()["ben"], study.pull()["ben"], study.look()["ben"]):
        assert [(one.photo, one.state.value) for one in result.to_settle] == [
            (1, "conflict"),
            (2, "conflict"),
        ]
    assert study.ratings()[1]["label"] == "unsure"
    settle(study.sessions, study.server, 1, "ben", "here", actor="ana")
    settle(study.sessions, study.server, 2, "ben", "there", actor="ana")
    assert study.push()["ben"].ratings == 1
    assert study.pull()["ben"].saved == (2,)
    assert [study.ratings()[n]["label"] for n in (1, 2)] == ["unsure", "negative"]
    assert study.look()["ben"].unchanged == PHOTOS
    with pytest.raises(CuratorError, match="nothing to settle"):
        settle(study.sessions, study.server, 1, "ben", "here", actor="ana")


def test_what_is_removed_there_is_told_and_kept_here(study: Study) -> None:
    study.rate(1)
    study.rate(2)
    study.push()
    by_photo = {study.hashes()[task["data"]["sha256"]]: task for task in study.tasks()}
    study.live.call("DELETE", f"annotations/{by_photo[1]['annotations'][0]['id']}/")
    study.live.call("DELETE", f"tasks/{by_photo[2]['id']}/")
    for result in (study.pull()["ben"], study.push()["ben"]):
        assert [(one.photo, one.state.value) for one in result.to_settle] == [(1, "removed there")]
        assert [one.photo for one in result.deleted] == [2]
    assert set(study.ratings()) == {1, 2}
    assert len(study.tasks()) == PHOTOS - 1
    settle(study.sessions, study.server, 1, "ben", "here", actor="ana")
    restored = study.push(restores=True)["ben"]
    assert (restored.photos, restored.ratings) == (1, 2)
    assert len(study.tasks()) == PHOTOS
    assert study.look()["ben"].unchanged == PHOTOS


def test_what_cannot_be_a_rating_is_left_alone_with_its_reason(study: Study) -> None:
    study.push()
    tasks = study.tasks()
    study.annotate(tasks[0], choice("sex", "male"))
    study.annotate(tasks[1], *said_of("positive"))
    study.annotate(tasks[1], *said_of("negative"))
    study.annotate(tasks[2], *said_of("positive"), was_cancelled=True)
    regions = [
        drawn("polygon", {"points": points}, (160, 120)) | {"id": name}
        for name, points in (
            ("a", [[10, 10], [50, 10], [50, 50]]),
            ("b", [[60, 10], [90, 10], [90, 50]]),
        )
    ]
    study.annotate(tasks[3], *said_of("positive", *regions))
    study.annotate(tasks[4], choice("label", "positive"))
    replaced = tasks[5]["data"] | {"image": tasks[6]["data"]["image"]}
    study.live.call("PATCH", f"tasks/{tasks[5]['id']}/", json={"data": replaced})
    study.annotate(tasks[5])
    result = study.pull()["ben"]
    reasons = {one.task: one.reason for one in result.unreadable}
    assert set(reasons) == {tasks[n]["id"] for n in (0, 1, 3, 4, 5)}
    assert "no label" in reasons[tasks[0]["id"]]
    assert "delete all but one" in reasons[tasks[1]["id"]]
    assert "2 outlines" in reasons[tasks[3]["id"]]
    assert "Sex is not answered" in reasons[tasks[4]["id"]]
    assert "its picture is another one" in reasons[tasks[5]["id"]]
    assert study.ratings() == {}


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


def suggest(study: Study) -> None:
    with study.sessions.begin() as session:
        for photo in session.scalars(select(Photo.id)):
            session.add(Suggestion(photo_id=photo, recipe=1, faces=1, region=REGION, eyes=None))


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


def test_a_project_is_found_again_that_was_made_as_the_push_was_killed(study: Study) -> None:
    study.push()
    number = study.number()
    with study.sessions.begin() as session:
        row = session.scalars(select(LabelStudioProject).filter_by(name=study.name)).one()
        row.number = None
    again = study.push()["ben"]
    assert (again.is_new, again.number, again.unchanged) == (False, number, PHOTOS)


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


def test_pushes_and_pulls_take_turns(study: Study) -> None:
    with alone(study.config):
        for run in (study.push, study.pull):
            with pytest.raises(AlreadyThere, match="under way"):
                run()
    assert study.push()["ben"].is_new


@pytest.mark.parametrize("moment", ["between uploads", "while tasks are made"])
def test_a_server_killed_in_the_middle_of_a_push_leaves_no_doubles(
    study: Study, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(pushing, "AT_ONCE", 4)
    study.rate(1)
    real = Server.add_tasks
    calls = []

    def add_tasks(self: Server, project: int, tasks: Any) -> None:
        calls.append(len(tasks))
        if len(calls) == 3:
            delay = 0.0 if moment == "between uploads" else 0.1
            threading.Timer(delay, study.live.kill).start()
            time.sleep(0.3 if not delay else 0)
        real(self, project, tasks)

    monkeypatch.setattr(Server, "add_tasks", add_tasks)
    with pytest.raises(ServerUnreachable):
        study.push()
    while study.live.process is not None:
        time.sleep(0.05)
    study.live.start()
    monkeypatch.setattr(Server, "add_tasks", real)
    again = study.push()["ben"]
    assert again.photos <= PHOTOS - 8
    names = [task["data"]["sha256"] for task in study.tasks()]
    assert (len(names), len(set(names))) == (PHOTOS, PHOTOS)
    assert study.look()["ben"].unchanged == PHOTOS


def test_a_push_that_is_killed_goes_on_where_it_stopped(study: Study) -> None:
    study.rate(1)
    script = (
        "from curator.labelstudio import pushing; pushing.AT_ONCE = 2;"
        f"from curator.cli import curator; curator(['labelstudio', 'push', '--project', '{study.name}'])"
    )
    environment = os.environ | {
        "CURATOR_INSTANCE": str(study.config.instance),
        "CURATOR_WORKERS": "1",
        "LABEL_STUDIO_URL": study.live.url,
        "LABEL_STUDIO_API_KEY": TOKEN,
    }
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    while process.poll() is None:
        found = study.live.call("GET", "projects/", params={"page_size": 100})["results"]
        mine = [one for one in found if one["title"].startswith(study.name)]
        if mine and mine[0]["task_number"] >= 4:
            process.send_signal(signal.SIGKILL)
            break
    assert process.wait() == -signal.SIGKILL
    again = study.push()["ben"]
    assert again.is_new is False
    assert 0 < again.photos <= PHOTOS - 4
    names = [task["data"]["sha256"] for task in study.tasks()]
    assert (len(names), len(set(names))) == (PHOTOS, PHOTOS)
    assert study.look()["ben"].unchanged == PHOTOS


def test_both_kinds_of_tokens_are_taken(study: Study) -> None:
    study.push()
    config = replace(study.config, label_studio_api_key=study.live.personal_token())
    study.config = config
    assert study.push()["ben"].unchanged == PHOTOS


UNSIGNED = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDAsInVzZXJfaWQiOjF9.c2lnbmF0dXJl"
EXPIRED = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEsInVzZXJfaWQiOjF9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("f" * 40, "refused the legacy token"),
        (UNSIGNED, "refused the personal access token"),
        (EXPIRED, "refused the personal access token"),
        ("", "Set LABEL_STUDIO_URL"),
    ],
)
def test_a_refused_key_is_named_by_its_kind(connected: Config, key: str, told: str) -> None:
    with pytest.raises(CuratorError, match=told) as refused:
        connect(replace(connected, label_studio_api_key=key))
    assert "\n" not in refused.value.message


def test_a_proxy_of_the_environment_does_not_stand_between(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert study.server.url == study.live.url
