"""The circle with a real Label Studio server: nothing is lost, nothing comes twice, no conflict is decided."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from curator.base.db import reading
from curator.base.errors import CuratorError
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.labelstudio.settling import settle
from curator.ratings import attributes
from curator.ratings.attributes import Attribute, Value
from curator.ratings.regions import stored_region
from faces.regions import Region
from tests.curator.labelstudio.exchange import PHOTOS, REGION, Study, choice, drawn, said_of

pytestmark = pytest.mark.labelstudio

UPLOADED = re.compile(r"/data/upload/\d+/[0-9a-f]{8}-[0-9a-f]{16}\.jpg")


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
