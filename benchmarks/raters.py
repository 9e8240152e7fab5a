"""Counts the saves that are lost or refused while raters work at once and photos are imported, on a real server."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import environ
from pathlib import Path

import numpy as np
from sqlalchemy import func, select

from benchmarks.instances import made_instance
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.events import Action
from curator.base.models.events import Event
from curator.base.models.ratings import Rating
from curator.base.models.users import User
from curator.photos.importing import import_folders
from tests.curator.databases import environment_of
from tests.curator.drawing import draw
from tests.curator.serving import Caller, served

RATERS = ("ana", "ben", "carl", "dora")
SHOWN = 20  # photos that are rated


@dataclass(frozen=True)
class Answered:
    """What one rater was answered: the last note that was saved on each photo, and what was refused."""

    saves: int
    notes: Mapping[int, str]
    refused: tuple[str, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Outcome:
    saves: int
    lost: int
    refused: tuple[str, ...]
    imported: int
    seconds: tuple[float, ...]


def rate_beside_import(
    config: Config, raters: Sequence[str], saves: int, photos: Sequence[int], incoming: Path
) -> Outcome:
    """Let raters save while a folder is imported by the command; compare the answers with what is stored."""
    sessions = open_sessions(config)
    with served(config) as (port, _):
        callers = {name: Caller(port, name) for name in raters}
        with _importing(config, incoming) as importing, ThreadPoolExecutor(len(raters)) as threads:
            answered = dict(
                zip(
                    raters,
                    threads.map(lambda name: rate(callers[name], saves, photos), raters),
                    strict=True,
                )
            )
            told, _ = importing.communicate()
        if importing.returncode:
            raise SystemExit(f"the import failed: {told}")
    all_answered = answered.values()
    return Outcome(
        saves=sum(each.saves for each in all_answered),
        lost=sum(lost(sessions, name, each) for name, each in answered.items()),
        refused=tuple(text for each in all_answered for text in each.refused),
        imported=len(list(incoming.iterdir())),
        seconds=tuple(one for each in all_answered for one in each.seconds),
    )


def _importing(config: Config, incoming: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "flask", "curator", "import", str(incoming)]
    environment = environ | environment_of(config)
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def rate(caller: Caller, saves: int, photos: Sequence[int]) -> Answered:
    """Save one rating after another, each with a note of its own."""
    versions = dict.fromkeys(photos, 0)
    notes: dict[int, str] = {}
    refused, seconds = [], []
    for number in range(saves):
        photo, note = photos[number % len(photos)], f"save {number}"
        started = time.perf_counter()
        status, answer = caller.post(
            f"/annotate/{photo}", version=versions[photo], label="unsure", note=note
        )
        seconds.append(time.perf_counter() - started)
        if status == 200:
            versions[photo], notes[photo] = answer["version"], note
        else:
            refused.append(f"{status} {answer}")
    return Answered(saves - len(refused), notes, tuple(refused), tuple(seconds))


def lost(sessions: Sessions, name: str, answered: Answered) -> int:
    """Count the answered saves that left no event, and the photos whose last note is not stored."""
    mine = select(Rating.photo_id, Rating.note).join(User, User.id == Rating.rater_id)
    saved = select(func.count(Event.id)).where(
        Event.actor == name, Event.action == Action.RATING_SAVED.value
    )
    with reading(sessions) as session:
        stored = dict(session.execute(mine.where(User.name == name)).all())
        events = session.scalar(saved) or 0
    overwritten = sum(stored.get(photo) != note for photo, note in answered.notes.items())
    return answered.saves - events + overwritten


def draw_photos(folder: Path, numbers: range) -> None:
    folder.mkdir()
    for number in numbers:
        draw(number, (640, 480)).save(folder / f"{number}.jpg", quality=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=500, help="of each rater")
    parser.add_argument("--photos", type=int, default=3000, help="imported meanwhile")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, made_instance(*RATERS) as (config, sessions):
        shown, incoming = Path(made) / "shown", Path(made) / "incoming"
        draw_photos(shown, range(SHOWN))
        draw_photos(incoming, range(SHOWN, SHOWN + asked.photos))
        import_folders(sessions, config, [shown], actor="bench")
        photos = range(1, SHOWN + 1)
        outcome = rate_beside_import(config, RATERS, asked.saves, photos, incoming)
    p50, p95, longest = 1000 * np.percentile(outcome.seconds, (50, 95, 100))
    print(
        f"{len(RATERS)} raters, {outcome.saves} saves beside an import of {outcome.imported} photos: "
        f"{outcome.lost} lost, {len(outcome.refused)} refused; "
        f"median {p50:.0f} ms, p95 {p95:.0f} ms, max {longest:.0f} ms"
    )
    for text in outcome.refused:
        print(text)


if __name__ == "__main__":
    main()
