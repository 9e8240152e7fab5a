"""Uploads that cost much: refused by their workers, while the server stays small and answers everybody else."""

import io
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from curator.app import create_app
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import ServerBusy
from curator.base.store import Store
from curator.http.current import instance
from curator.http.turns import Turns
from curator.photos.importing import import_folders
from curator.queries.photos import photo_file
from curator.queries.records import rejected_files
from tests.curator.browsing import JSON, Visitor, start_batch, upload
from tests.curator.drawing import jpeg
from tests.curator.serving import Caller, served
from tests.faces.test_containers import EXIF, jpeg_of_scans, png_of_zeros, with_segments

GROWTH_BYTES = (
    200_000_000  # of a server that reads files and decodes none; one decoded photo takes more
)
SAVED_WITHIN_S = 30.0  # on a busy machine; behind four decoders it took minutes
LARGE = (8_900, 6_700)
TOO_LONG = "takes too long to decode: at most 1 seconds"


@pytest.fixture(scope="module")
def slow() -> bytes:
    """A JPEG of 0.4 MB that takes some seconds to decode, on any machine."""
    return jpeg_of_scans(LARGE, 85)


@pytest.fixture(scope="module")
def large() -> bytes:
    """A PNG of 0.3 MB that takes 240 MB to decode."""
    return png_of_zeros(LARGE, 8, 6, 4)


def highest_bytes(process: int) -> int:
    """Return the most memory that a process has held."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


@pytest.mark.slow
@pytest.mark.usefixtures("sessions")
def test_costly_uploads_leave_the_server_small_and_others_can_save(
    config: Config, large: bytes
) -> None:
    costly = {
        "grey": png_of_zeros(LARGE, 16, 0, 1),
        "deep": png_of_zeros(LARGE, 16, 6, 4),
        "large": large,
        "parts": with_segments(EXIF * 300_000),
    }
    with served(config) as (port, server):
        ana, ben = Caller(port, "ana"), Caller(port, "ben")
        assert ana.post("/inbox/batches", source="")[1]["batch"] == 1
        assert ana.upload(jpeg(1))["result"] == "added"
        before = highest_bytes(server)
        with ThreadPoolExecutor(4) as threads:
            sent = threads.map(ana.upload, costly.values())
            for version in range(8):
                started = time.monotonic()
                status, _ = ben.post("/annotate/1", version=version, label="unsure")
                assert (status, time.monotonic() - started < SAVED_WITHIN_S) == (200, True)
            reasons = dict(zip(costly, (one["reason"] for one in sent), strict=True))
        grown = highest_bytes(server) - before
    assert reasons == {
        "grey": "no colour: redness cannot be seen in a grey photo",
        "deep": "too large decoded: 477 MB, at most 360 MB",
        "large": "no colour: redness cannot be seen in a grey photo",
        "parts": "too much metadata: at most 2000 parts beside the pixels",
    }
    assert grown < GROWTH_BYTES


@pytest.fixture
def hasty(config: Config) -> Config:
    return replace(config, max_decoding_s=1)


def test_a_file_that_is_decoded_for_too_long_is_refused_and_the_next_is_not(
    hasty: Config, sessions: Sessions, slow: bytes
) -> None:
    ana = Visitor(create_app(hasty), "ana")
    batch = start_batch(ana)
    assert upload(ana, slow, "slow.jpg", batch)["reason"] == TOO_LONG
    assert upload(ana, jpeg(1), "a.jpg", batch)["result"] == "added"
    assert [(row.name, row.reason) for row in rejected_files(sessions, batch)] == [
        ("slow.jpg", TOO_LONG)
    ]


def test_a_folder_is_imported_but_for_the_files_that_take_too_much(
    hasty: Config,
    sessions: Sessions,
    folder: Path,
    save: Callable[..., Path],
    slow: bytes,
    large: bytes,
) -> None:
    save("a.jpg", 1)
    save("z.jpg", 2)
    (folder / "slow.jpg").write_bytes(slow)
    result = import_folders(sessions, hasty, [folder], actor="ana")
    assert (result.added, [one.reason for one in result.rejected_files]) == (2, [TOO_LONG])
    (folder / "slow.jpg").write_bytes(large)
    scarce = replace(hasty, max_decoding_s=30, max_decoding_memory_bytes=100_000_000)
    result = import_folders(sessions, scarce, [folder], actor="ana")
    assert [one.reason for one in result.rejected_files] == ["takes too much memory to decode"]


@pytest.mark.parametrize("picture", ["display", "redness"])
def test_a_picture_that_takes_too_long_is_refused(
    hasty: Config,
    import_all: Callable[..., object],
    save: Callable[..., Path],
    sessions: Sessions,
    slow: bytes,
    picture: str,
) -> None:
    save("a.png", 1)
    import_all()
    file = photo_file(sessions, 1)
    Store(hasty.instance).photo(file.sha, file.format).write_bytes(slow)
    response = Visitor(create_app(hasty), "ana").get(f"/photos/1/{picture}", headers=JSON)
    assert (response.status_code, response.get_json()["error"]) == (422, TOO_LONG)


def test_one_account_has_two_turns_and_all_have_three() -> None:
    turns = Turns(most=3, of_one_account=2)
    with turns.taken_by(1), turns.taken_by(1):
        with pytest.raises(ServerBusy), turns.taken_by(1):
            pass
        with turns.taken_by(2), pytest.raises(ServerBusy), turns.taken_by(3):
            pass
        with turns.taken_by(3):
            pass
    with turns.taken_by(1):
        pass
    with Turns(most=0, of_one_account=1).taken_by(1):
        pass


def test_an_upload_too_many_is_told_when_to_come_again(
    app: Flask, ana: Visitor, ben: Visitor
) -> None:
    batch = start_batch(ana)
    file = (io.BytesIO(jpeg(1)), "file")
    account = 1  # ana's
    uploads = instance(app).uploads
    with uploads.taken_by(account), uploads.taken_by(account):
        busy = ana.post(f"/inbox/batches/{batch}/files", json=True, file=file, name="a.jpg")
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "2")
        assert busy.get_json()["kind"] == "busy"
        assert ana.post("/inbox", files=[(io.BytesIO(jpeg(1)), "a.jpg")]).status_code == 503
        assert upload(ben, jpeg(1), "a.jpg", batch)["result"] == "added"
        assert ana.post("/annotate/1", json=True, version=0, label="unsure").status_code == 200
    assert upload(ana, jpeg(1), "a.jpg", batch)["result"] == "already_there"
