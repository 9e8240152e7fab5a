"""A collection that is exchanged with a real Label Studio server, and what annotators do there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.events import Event
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating, Suggestion
from curator.base.models.users import User
from curator.labelstudio.pulling import Pulled, look, pull
from curator.labelstudio.pushing import Pushed, Wanted, push
from curator.labelstudio.server import Server, connect
from curator.labelstudio.standings import projects
from curator.ratings.assessments import Assessment, facts
from curator.ratings.saving import save_rating
from tests.curator.labelstudio.live import LiveServer

PHOTOS = 20
REGION = "0.250000,0.300000 0.750000,0.300000 0.700000,0.712345 0.300000,0.700000"


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


def choice(name: str, value: str) -> dict[str, Any]:
    place = {"from_name": name, "to_name": "photo", "type": "choices"}
    return place | {"id": f"c{name}", "value": {"choices": [value]}}


def said_of(label: str, *regions: dict[str, Any]) -> list[dict[str, Any]]:
    return [choice("label", label), choice("sex", "male"), *regions]


def drawn(kind: str, value: dict[str, Any], size: tuple[int, int], origin: str = "manual") -> Any:
    place = {"from_name": kind, "to_name": "photo", "type": f"{kind}labels", "origin": origin}
    side = {"original_width": size[0], "original_height": size[1], "image_rotation": 0}
    return place | side | {"id": "r1", "value": value | {f"{kind}labels": ["face region"]}}


def suggest(study: Study) -> None:
    with study.sessions.begin() as session:
        for photo in session.scalars(select(Photo.id)):
            session.add(Suggestion(photo_id=photo, recipe=1, faces=1, region=REGION, eyes=None))
