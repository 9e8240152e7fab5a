"""The OpenAPI document: complete, and true of a served instance, which schemathesis tries."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from sqlalchemy import select

from curator.api.roles import ACCESS
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.models.pairs import DuplicatePair
from curator.base.models.ratings import Suggestion
from curator.photos.importing import ImportResult
from curator.ratings.settings import Project, change_project
from tests.curator.api.programs import FIRST, POINTS, Program, new_token
from tests.curator.drawing import REGION
from tests.curator.serving import served
from tests.curator.trained import all_correct, write_run

SETTINGS = Path(__file__).with_name("schemathesis.toml")
PHASES = "examples,coverage,fuzzing,stateful"
CASES = "6"  # of each operation and phase
Save = Callable[..., Path]
Import = Callable[..., ImportResult]


def described(app: Flask) -> dict[str, Any]:
    document: dict[str, Any] = Program(app).read("/openapi.json")
    return document


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from (operation for method, operation in path.items() if method != "parameters")


def test_every_operation_is_described_under_its_name(app: Flask) -> None:
    found = list(operations(described(app)))
    assert {f"api.{one['operationId']}" for one in found} | {"api-docs.openapi_json"} == {*ACCESS}
    assert len({one["operationId"] for one in found}) == len(found)
    for one in found:
        assert one["summary"].endswith((".", ";", ":")), one["operationId"]
        assert {"400", "401", "403", "429", "500", "503"} <= {*one["responses"]}
        assert any(status.startswith("2") for status in one["responses"])


def test_every_schema_says_what_it_is_and_takes_nothing_else(app: Flask) -> None:
    schemas = described(app)["components"]["schemas"]
    assert len(schemas) > 50
    assert [name for name, schema in schemas.items() if not schema["description"].strip()] == []
    assert {schema["additionalProperties"] for schema in schemas.values()} == {False}


def test_errors_and_versions_are_described(app: Flask) -> None:
    document = described(app)
    answers = document["components"]["responses"]
    for answer in answers.values():
        [kind] = answer["content"]
        assert kind == "application/problem+json"
    assert "Retry-After" in answers["Problem429"]["headers"]
    assert "WWW-Authenticate" in answers["Problem401"]["headers"]
    saving = document["paths"]["/api/v1/photos/{photo_id}/rating"]["put"]
    assert [one["name"] for one in saving["parameters"]] == ["If-Match", "If-None-Match"]
    assert {"412", "428", "415", "413", "422"} <= {*saving["responses"]}
    assert "ETag" in saving["responses"]["200"]["headers"]
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_files_are_described_as_files(app: Flask) -> None:
    paths = described(app)["paths"]
    binary = {"type": "string", "format": "binary"}
    picture = paths["/api/v1/photos/{photo_id}/picture"]["get"]["responses"]["200"]["content"]
    assert picture == {"image/jpeg": {"schema": binary}}
    archive = paths["/api/v1/exports/{export_id}/download"]["get"]["responses"]["200"]["content"]
    assert archive == {"application/zip": {"schema": binary}}


def test_the_description_loads_nothing_from_elsewhere(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    assert "/api/v1/openapi.json" in rules
    assert not [rule for rule in rules if "swagger" in rule or "redoc" in rule or "rapidoc" in rule]


def pair_of(sessions: Sessions) -> int:
    """Return the id of the one pair; PostgreSQL counts on with each try to insert one."""
    with reading(sessions) as session:
        return session.scalars(select(DuplicatePair.id)).one()


@pytest.fixture
def busy_study(
    app: Flask, config: Config, sessions: Sessions, save: Save, import_all: Import
) -> Program:
    """A study that has something of everything that the API shows."""
    for seed in range(1, 4):
        save(f"{seed}.jpg", seed, quality=95)
    save("copy.jpg", 1, quality=60)
    import_all(source="#butterflyrash")
    change_project(sessions, Project(raters_needed=2), actor="ana")
    with sessions.begin() as session:
        eyes = "0.400000,0.300000 0.600000,0.300000"
        session.add(Suggestion(photo_id=1, recipe=1, faces=1, region=REGION, eyes=eyes))
    ana, ben, carl = (Program(app, name) for name in ("ana", "ben", "carl"))
    for photo in (1, 2, 3):
        ben.rate(photo, "positive" if photo % 2 else "negative", note="seen")
        carl.rate(photo, "positive")
    ana.rate(2, "negative")
    given = {"label": "negative", "region": POINTS}
    assert ana.call("PUT", "/photos/2/ruling", json=given, headers=FIRST).status_code == 201
    decided = ana.call("PUT", f"/pairs/{pair_of(sessions)}/decision", json={"decision": "copy"})
    assert decided.status_code == 200
    assert ana.call("POST", "/exports", json={}).status_code == 201
    ana.call("PUT", "/photos/3/exclusion", json={"reason": "too small"})
    write_run(config.instance / "runs" / "mobilenet-1", all_correct(20))
    return ana


def test_an_answer_with_everything_in_it_fits_its_description(
    app: Flask, sessions: Sessions, busy_study: Program
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app=app)
    numbers = {"photo_id": 2, "export_id": 1, "batch_id": 1, "name": "mobilenet-1"}
    numbers["pair_id"] = pair_of(sessions)
    seen = 0
    for path, operations_of_path in described(app)["paths"].items():
        if "get" not in operations_of_path:
            continue
        wanted = {name: value for name, value in numbers.items() if f"{{{name}}}" in path}
        case = schema[path]["GET"].Case(path_parameters=wanted)
        answer = case.call_and_validate(headers=busy_study.headers)
        assert answer.status_code == 200, path
        seen += 1
    assert seen > 15
    first = schema["/api/v1/photos/{photo_id}"]["GET"].Case(path_parameters={"photo_id": 1})
    shown = first.call_and_validate(headers=busy_study.headers).json()
    assert shown["suggestion"]["eyes"] == [[0.4, 0.3], [0.6, 0.3]]
    excluded = schema["/api/v1/photos/{photo_id}"]["GET"].Case(path_parameters={"photo_id": 3})
    assert excluded.call_and_validate(headers=busy_study.headers).json()["exclusion"]


@pytest.mark.slow
@pytest.mark.usefixtures("photos")
def test_schemathesis_finds_the_description_true(
    config: Config,
    sessions: Sessions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CURATOR_API_PER_MINUTE", "1000000")
    token = new_token(sessions, "ana")
    with served(config) as (port, _):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS)),
                *("run", f"http://127.0.0.1:{port}/api/v1/openapi.json", "--seed", "1"),
                *("--header", f"Authorization: Bearer {token}", "--max-examples", CASES),
                *("--phases", PHASES, "--continue-on-failure", "--output-truncate", "false"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout
