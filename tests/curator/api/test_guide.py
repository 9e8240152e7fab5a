"""The commands of the API's guide, run as they stand there against a served instance."""

import re
import subprocess
import zipfile
from pathlib import Path

from curator.api.problems import KINDS
from curator.base.config import Config
from curator.base.db import Sessions
from tests.curator.api.programs import new_token
from tests.curator.drawing import draw
from tests.curator.serving import served

GUIDE = Path(__file__).parents[3] / "docs" / "api.md"


def test_the_commands_of_the_guide_work(config: Config, sessions: Sessions, tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    assert len(blocks) > 5
    for seed, name in ((1, "one"), (2, "two")):
        draw(seed).save(tmp_path / f"{name}.jpg", quality=95)
    token = new_token(sessions, "ana")
    with served(config) as (port, _):
        script = "\n".join(["set -euo pipefail", *blocks])
        script = script.replace("127.0.0.1:5151", f"127.0.0.1:{port}").replace("malar_...", token)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert zipfile.ZipFile(tmp_path / "export.zip").testzip() is None
    assert (tmp_path / "small.jpg").read_bytes().startswith(b"\xff\xd8")


def test_the_guide_names_every_kind_of_error() -> None:
    text = GUIDE.read_text()
    assert [kind for kind in KINDS.values() if f"`{kind}`" not in text and kind != "server"] == []
