"""Talks to a Label Studio server through its SDK; the only module that does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from curator.base.config import Config
from curator.base.errors import (
    AnnotationChanged,
    LibraryMissing,
    SettingInvalid,
)
from curator.labelstudio.failures import PASSING, Failures

if TYPE_CHECKING:
    import httpx
    from label_studio_sdk import LabelStudio

Json = Mapping[str, Any]

FIRST_ANSWER_S, ANSWER_S = 10.0, 300.0  # a large project's export takes a while
HERE = ("localhost", "127.0.0.1", "[::1]")  # no proxy leads there
ONCE: Any = {"max_retries": 0}  # what was done although the answer failed must not be done again
TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*")  # a JSON web token
TYPED = re.compile(r"[!-~]+")  # what a header takes; an error would show the whole key
VERSION = "/api/version"
MODEL = "malar"


def connect(config: Config) -> Server:
    """Return the server of the settings, once it has taken the key.

    Raises:
        LibraryMissing, SettingInvalid, ServerUnreachable, ServerRefused
    """
    url, key = config.label_studio_url.strip(), config.label_studio_api_key.strip()
    _require_usable(url, key)
    if find_spec("label_studio_sdk") is None:
        raise LibraryMissing(
            "Label Studio's SDK is not installed: run  pip install 'malar[labelstudio]'"
        )
    server = Server(url, key)
    server.check()
    return server


def _require_usable(url: str, key: str) -> None:
    if not url or not key:
        raise SettingInvalid(
            "Set LABEL_STUDIO_URL, like http://localhost:8080, and LABEL_STUDIO_API_KEY, a personal "
            "access token or a legacy token from Account & Settings there."
        )
    if re.match(r"https?://[^/]*@", url):
        raise SettingInvalid(
            "LABEL_STUDIO_URL has a name or a password in it, which messages would show: leave out "
            "what stands before the @."
        )
    if not re.fullmatch(r"https?://[^/\s?#]+(/[^\s?#]*)?", url):
        raise SettingInvalid(
            "LABEL_STUDIO_URL is %(url)s; set it to an address like http://localhost:8080.", url=url
        )
    if not TYPED.fullmatch(key):
        raise SettingInvalid(
            "LABEL_STUDIO_API_KEY has a space, a line break or a letter that no token has: copy it "
            "again there, under Account & Settings."
        )


@dataclass(frozen=True)
class FoundProject:
    title: str
    description: str
    labelling_config: str


class Server:
    """A Label Studio server; every method raises ServerUnreachable or ServerRefused."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self._failures = Failures(self.url, is_personal=bool(TOKEN.fullmatch(key)))
        with self._failures.told():
            self._client = _client()
            self._sdk = _sdk(self.url, key, self._client)

    def check(self) -> None:
        """Raise what keeps the server from being used."""
        with self._failures.told():
            answer = self._client.get(f"{self.url}{VERSION}", timeout=FIRST_ANSWER_S)
            if answer.status_code in PASSING:
                raise self._failures.refused(answer.status_code, answer.text)
            if answer.history and str(answer.url).endswith(VERSION):
                # Only what is asked would be led on: what is sent arrives empty, or without the key.
                raise SettingInvalid(
                    "%(url)s leads on to %(to)s: set LABEL_STUDIO_URL to that address.",
                    url=self.url,
                    to=str(answer.url).removesuffix(VERSION),
                )
            if answer.status_code >= 400 or "label-studio" not in answer.text:
                raise self._failures.no_label_studio()
            self._sdk.users.whoami()

    def numbers_of_annotators(self) -> dict[str, int]:
        """Return the numbers of the server's accounts by e-mail address."""
        with self._failures.told():
            return {str(user.email).lower(): int(user.id or 0) for user in self._sdk.users.list()}

    def find_project(self, marker: str) -> int | None:
        """Return the number of the project whose description has the marker."""
        with self._failures.told():
            found: Iterator[Any] = iter(
                self._sdk.projects.list(page_size=100, include="id,description")
            )
            for project in found:
                if marker in (project.description or ""):
                    return int(project.id)
        return None

    def make_project(self, title: str, description: str, labelling_config: str) -> int:
        with self._failures.told():
            made = self._sdk.projects.create(
                title=title,
                description=description,
                label_config=labelling_config,
                maximum_annotations=1,
                sampling="Sequential sampling",
                show_collab_predictions=True,  # annotators start from the suggested region
                model_version=MODEL,
                request_options=ONCE,
            )
            return int(made.id)  # type: ignore[arg-type]

    def read_project(self, number: int, title: str) -> FoundProject:
        """Return what a project is called there; raise ProjectGone."""
        with self._failures.told(gone=title):
            found = self._sdk.projects.get(number)
            return FoundProject(
                found.title or "", found.description or "", found.label_config or ""
            )

    def change_config(self, number: int, labelling_config: str) -> None:
        with self._failures.told():
            self._sdk.projects.update(number, label_config=labelling_config)

    def upload(self, project: int, pictures: Mapping[str, bytes]) -> dict[str, str]:
        """Upload pictures; return the addresses by name."""
        # Each under a field of its own, since only the last of a field is taken.
        files = {name: (name, content, "image/jpeg") for name, content in pictures.items()}
        with self._failures.told():
            sent = self._request(
                "POST",
                f"api/projects/{project}/import",
                files=files,
                params={"commit_to_project": "false"},
            )
            ids = json.dumps(sent["file_upload_ids"])
            stored = self._request(
                "GET", f"api/projects/{project}/file-uploads", params={"ids": ids}
            )
        paths = [str(one["file"]) for one in stored]
        return {path.rpartition("/")[2].partition("-")[2]: f"/data/{path}" for path in paths}

    def add_tasks(self, project: int, tasks: Sequence[Json]) -> None:
        with self._failures.told():
            self._request("POST", f"api/projects/{project}/import", json=list(tasks))

    def tasks(self, project: int, title: str = "") -> list[Json]:
        """Return all tasks with their annotations; raise ProjectGone."""
        with self._failures.told(gone=title):
            parts = self._sdk.projects.exports.download_sync(
                project, export_type="JSON", download_all_tasks=True
            )
            found = json.loads(b"".join(parts))
            if not isinstance(found, list):
                raise TypeError(type(found))
            return found

    def add_annotation(self, task: int, results: Sequence[Json], annotator: int | None) -> None:
        said: dict[str, Any] = {"result": [dict(one) for one in results]}
        if annotator:
            said["completed_by"] = annotator
        with self._failures.told():
            self._sdk.annotations.create(task, **said, request_options=ONCE)

    def change_annotation(self, annotation: int, results: Sequence[Json], seen_at: str) -> None:
        """Change an annotation; raise AnnotationChanged if it is not as it was seen."""
        with self._failures.told():
            now = self._request("GET", f"api/annotations/{annotation}/")
            if now.get("updated_at") != seen_at:
                raise AnnotationChanged("It was changed there a moment ago: pull, then push again.")
            self._sdk.annotations.update(annotation, result=[dict(one) for one in results])

    def add_prediction(self, task: int, results: Sequence[Json]) -> None:
        with self._failures.told():
            self._sdk.predictions.create(
                task=task,
                result=[dict(one) for one in results],
                model_version=MODEL,
                request_options=ONCE,
            )

    def delete_task(self, task: int) -> None:
        with self._failures.told():
            self._sdk.tasks.delete(str(task))

    def _request(self, method: str, path: str, **content: Any) -> Any:
        """Send a request for which the SDK has no method of its own."""
        from label_studio_sdk.core.api_error import ApiError

        client = self._sdk._client_wrapper.httpx_client
        answer = client.request(path, method=method, request_options=ONCE, **content)
        if answer.status_code >= 400:
            raise ApiError(status_code=answer.status_code, body=_body(answer.text))
        return _body(answer.text)


def _client() -> httpx.Client:
    import httpx

    direct = dict.fromkeys(f"all://{host}" for host in HERE)
    return httpx.Client(timeout=ANSWER_S, follow_redirects=True, mounts=direct)


def _sdk(url: str, key: str, client: httpx.Client) -> LabelStudio:
    from label_studio_sdk import LabelStudio

    made: LabelStudio = LabelStudio(base_url=f"{url}/", api_key=key, httpx_client=client)  # type: ignore[no-untyped-call]
    return made


def _body(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
