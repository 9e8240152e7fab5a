"""How long pushing and pulling 1,000 photos takes, against a Label Studio server on this machine."""

import os
import sys
import tempfile
import time
from pathlib import Path

from curator.base.config import Config
from curator.base.db import open_sessions
from curator.base.instance import init_instance
from curator.labelstudio.annotators import map_annotator
from curator.labelstudio.pulling import pull
from curator.labelstudio.pushing import Wanted, push
from curator.labelstudio.server import connect
from curator.photos.importing import import_folders
from tests.curator.accounts import add_accounts
from tests.curator.drawing import draw
from tests.curator.labelstudio.live import ADMIN, TOKEN, LiveServer

PHOTOS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
SIZE = (1080, 1350)  # as a social network serves photos


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        live = LiveServer(folder)
        live.start()
        try:
            measure(folder, live)
        finally:
            live.kill()


def measure(folder: Path, live: LiveServer) -> None:
    config = Config(
        instance=folder / "instance", label_studio_url=live.url, label_studio_api_key=TOKEN
    )
    init_instance(config)
    sessions = open_sessions(config)
    add_accounts(sessions)
    photos = folder / "photos"
    photos.mkdir()
    for seed in range(PHOTOS):
        draw(seed, SIZE).save(photos / f"{seed}.jpg", quality=90)
    import_folders(sessions, config, [photos], actor="ana")
    map_annotator(sessions, ADMIN, "ben", actor="ana")
    server = connect(config)

    def pushed() -> int:
        [result] = push(sessions, config, server, Wanted("Bench"), actor="ana")
        return result.photos

    def pulled() -> int:
        [result] = pull(sessions, config, server)
        return len(result.saved)

    timed("push", pushed)
    timed("push again", pushed)
    [project] = live.call("GET", "projects/")["results"]
    choices = [
        {"id": name, "from_name": name, "to_name": "photo", "type": "choices"}
        | {"value": {"choices": [value]}}
        for name, value in (("label", "positive"), ("sex", "female"))
    ]
    for task in live.tasks(project["id"]):
        live.call("POST", f"tasks/{task['id']}/annotations/", json={"result": choices})
    timed("pull", pulled)
    timed("pull again", pulled)


def timed(what: str, run: object) -> None:
    assert callable(run)
    start = time.perf_counter()
    count = run()
    print(f"{what:12}{count:6} photos  {time.perf_counter() - start:7.1f} s")


if __name__ == "__main__":
    os.environ.pop("LABEL_STUDIO_URL", None)
    main()
