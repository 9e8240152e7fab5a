"""A client that another program generates from the document does a whole day's work."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from curator.base.config import Config
from curator.base.db import Sessions
from curator.ratings.settings import Project, change_project
from tests.curator.api.programs import POINTS, Program, new_token
from tests.curator.drawing import draw, jpeg, jpeg_of
from tests.curator.serving import served

pytestmark = pytest.mark.slow

PACKAGE = "malar_client"
# What is no text: the generator knows bytes under this name alone.
SETTINGS = """
content_type_overrides:
  application/zip: application/octet-stream
  image/jpeg: application/octet-stream
"""
Call = Callable[..., Any]


@pytest.fixture
def generated(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    document, settings = tmp_path / "openapi.json", tmp_path / "settings.yml"
    document.write_bytes(Program(app).get("/openapi.json").data)
    settings.write_text(SETTINGS)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", str(document), "--config", str(settings)),
            *("--output-path", str(tmp_path / PACKAGE)),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "omitted" not in done.stdout  # it understood every answer
    monkeypatch.syspath_prepend(str(tmp_path))
    yield PACKAGE
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def caller(package: str, port: int, token: str) -> Call:
    """Return what calls an operation by its tag and name."""
    client = import_module(f"{package}.client").AuthenticatedClient(
        base_url=f"http://127.0.0.1:{port}", token=token, timeout=120
    )

    def call(tag: str, name: str, *path: Any, status: int = 200, **given: Any) -> Any:
        operation = import_module(f"{package}.api.{tag}.{name}")
        answer = operation.sync_detailed(*path, client=client, **given)
        assert answer.status_code == status, answer.content
        return answer.parsed

    return call


def model(package: str, name: str) -> Any:
    return getattr(import_module(f"{package}.models"), name)


def test_a_generated_client_does_the_whole_day(
    generated: str, config: Config, sessions: Sessions
) -> None:
    change_project(sessions, Project(raters_needed=2), actor="ana")
    pictures = [jpeg(seed, quality=95) for seed in range(1, 7)]
    pictures.append(jpeg_of(draw(1), quality=60))  # a copy of the first
    file = import_module(f"{generated}.types").File

    def assessed(label: str) -> Any:
        given = {"label": label, "values": {"sex": "female"}, "region": POINTS}
        return model(generated, "RatingGiven").from_dict(given)

    new = {"status": 201, "if_none_match": "*"}
    with served(config) as (port, _):
        ben, carl, ada = (
            caller(generated, port, new_token(sessions, name)) for name in ("ben", "carl", "ada")
        )
        batch = ben(
            "uploads",
            "start_batch",
            status=201,
            body=model(generated, "BatchGiven")(source="#butterflyrash", files=len(pictures)),
        )
        for number, content in enumerate(pictures):
            body = model(generated, "UploadGiven")(
                file=file(payload=io.BytesIO(content), file_name=f"{number}.jpg")
            )
            uploaded = ben("uploads", "upload_photo", batch.id, status=201, body=body)
        assert len(uploaded.look_alikes) == 1
        again = model(generated, "UploadGiven")(
            file=file(payload=io.BytesIO(pictures[0]), file_name="again.jpg")
        )
        assert ben("uploads", "upload_photo", batch.id, body=again).result == "already_there"

        [pair] = carl("pairs", "list_pairs", state=model(generated, "ListPairsState").WAITING).items
        decision = model(generated, "DecisionGiven").from_dict({"decision": "copy"})
        assert carl("pairs", "decide_pair", pair.id, body=decision).decision == "copy"

        photos = [
            one.id
            for one in ben(
                "photos", "list_photos", show=model(generated, "ListPhotosShow").KEPT
            ).items
        ]
        assert len(photos) == 6
        claimed = ben("claims", "claim_photos", body=model(generated, "ClaimGiven")(count=5))
        assert len(claimed.photos) == 5
        first, *others = photos
        for photo in photos:
            label = "positive" if photo % 2 else "negative"
            ben("ratings", "save_rating", photo, body=assessed(label), **new)
            said = label if photo != first else "negative"
            carl("ratings", "save_rating", photo, body=assessed(said), **new)
        stale = ben(
            *("ratings", "save_rating", others[0]),
            body=assessed("unsure"),
            status=412,
            if_match='"7"',
        )
        assert stale.kind == "stale"
        seen = carl("ratings", "list_ratings_of_photo", first)
        assert [(one.by, one.label) for one in seen.ratings] == [
            ("ben", "positive"),
            ("carl", "negative"),
        ]

        [waiting] = ada("rulings", "list_disagreements").items
        assert waiting.photo == first
        ada(
            *("rulings", "save_ruling", first),
            body=assessed("positive"),
            **new,
        )
        made = ada("exports", "make_export", body=model(generated, "ExportGiven")(), status=201)
        assert made.photos == 6
        archive = ada("exports", "download_export", made.id).payload.read()
        names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
        assert f"{made.name}/examples.csv" in names
        assert sum(name.endswith(".png") for name in names) == 6
        agreement = ben("agreement", "show_agreement")
        assert agreement.photos == 6
        assert agreement.pairs[0].first == "ben"
        picture = ben(
            "photos", "show_picture", first, size=model(generated, "ShowPictureSize").THUMBNAIL
        ).payload.read()
        assert picture.startswith(b"\xff\xd8")
