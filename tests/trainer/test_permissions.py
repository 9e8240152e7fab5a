"""What may not be read or written is named in one line."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.calls import call, one_line
from tests.trainer.tiny_exports import make_export

OPTIONS = ("--arch", "mobilenet", "--weights", "none", "--img-size", 32, "--epochs", 1)


class Forbidden:
    """Paths that nobody may open; the tests may run as root, who may open all."""

    parts: tuple[str, ...] = ()

    def guarding(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(path: Path, *arguments: object, **options: object) -> Any:
            if any(part in str(path) for part in self.parts):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return method(path, *arguments, **options)

        return guarded


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Forbidden:
    forbidden = Forbidden()
    for name in ("open", "stat", "mkdir", "read_bytes", "read_text"):
        monkeypatch.setattr(Path, name, forbidden.guarding(getattr(Path, name)))
    return forbidden


@pytest.mark.parametrize(
    "part", ["dataset.json", "examples.csv", ".png", "exports/tiny", "runs", "test-looks"]
)
def test_what_may_not_be_opened_is_named_in_one_line(
    part: str,
    forbid: Forbidden,
    tensorflow: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CURATOR_INSTANCE", str(tmp_path))
    export = make_export(tmp_path / "exports" / "tiny")
    forbid.parts = (part,)
    assert call("run", *OPTIONS, "--data", export, "--json") == 1
    told = one_line(capsys)
    assert "Permission denied" in told
    assert part.split("/")[-1] in told
    forbid.parts = ()
    assert not list(tmp_path.glob("runs/.*"))


def test_a_run_that_may_not_be_opened_is_named_in_one_line(
    forbid: Forbidden, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my-run").mkdir()
    forbid.parts = ("my-run",)
    for command in ("verify", "explain"):
        assert call(command, tmp_path / "my-run") == 1
        assert "my-run" in one_line(capsys)
