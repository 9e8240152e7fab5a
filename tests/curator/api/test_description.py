"""The OpenAPI document: complete, and true of a served instance, which schemathesis tries."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from curator.api.roles import ACCESS
from curator.base.config import Config
from curator.base.db import Sessions
from tests.curator.api.programs import Program, new_token
from tests.curator.serving import served

SETTINGS = Path(__file__).with_name("schemathesis.toml")
PHASES = "examples,coverage,fuzzing,stateful"
CASES = "6"  # of each operation and phase


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
