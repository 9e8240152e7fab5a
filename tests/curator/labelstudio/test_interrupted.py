"""Pushes to a real Label Studio server that are killed, or run at once: nothing comes twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from sqlalchemy import select

from curator.base.errors import AlreadyThere, ServerUnreachable
from curator.base.models.labelstudio import LabelStudioProject
from curator.labelstudio import pushing
from curator.labelstudio.projects import alone
from curator.labelstudio.server import Server
from tests.curator.databases import environment_of
from tests.curator.labelstudio.exchange import PHOTOS, Study
from tests.curator.labelstudio.live import TOKEN

pytestmark = pytest.mark.labelstudio


def test_a_project_is_found_again_that_was_made_as_the_push_was_killed(study: Study) -> None:
    study.push()
    number = study.number()
    with study.sessions.begin() as session:
        row = session.scalars(select(LabelStudioProject).filter_by(name=study.name)).one()
        row.number = None
    again = study.push()["ben"]
    assert (again.is_new, again.number, again.unchanged) == (False, number, PHOTOS)


def test_pushes_and_pulls_take_turns(study: Study) -> None:
    with alone(study.config):
        for run in (study.push, study.pull):
            with pytest.raises(AlreadyThere, match="under way"):
                run()
    assert study.push()["ben"].is_new


@pytest.mark.parametrize("moment", ["between uploads", "while tasks are made"])
def test_a_server_killed_in_the_middle_of_a_push_leaves_no_doubles(
    study: Study, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(pushing, "AT_ONCE", 4)
    study.rate(1)
    real = Server.add_tasks
    calls = []

    def add_tasks(self: Server, project: int, tasks: Any) -> None:
        calls.append(len(tasks))
        if len(calls) == 3:
            delay = 0.0 if moment == "between uploads" else 0.1
            threading.Timer(delay, study.live.kill).start()
            time.sleep(0.3 if not delay else 0)
        real(self, project, tasks)

    monkeypatch.setattr(Server, "add_tasks", add_tasks)
    with pytest.raises(ServerUnreachable):
        study.push()
    while study.live.process is not None:
        time.sleep(0.05)
    study.live.start()
    monkeypatch.setattr(Server, "add_tasks", real)
    again = study.push()["ben"]
    assert again.photos <= PHOTOS - 8
    names = [task["data"]["sha256"] for task in study.tasks()]
    assert (len(names), len(set(names))) == (PHOTOS, PHOTOS)
    assert study.look()["ben"].unchanged == PHOTOS


def test_a_push_that_is_killed_goes_on_where_it_stopped(study: Study) -> None:
    study.rate(1)
    script = (
        "from curator.labelstudio import pushing; pushing.AT_ONCE = 2;"
        f"from curator.cli import curator; curator(['labelstudio', 'push', '--project', '{study.name}'])"
    )
    environment = (
        os.environ
        | environment_of(study.config)
        | {
            "CURATOR_WORKERS": "1",
            "LABEL_STUDIO_URL": study.live.url,
            "LABEL_STUDIO_API_KEY": TOKEN,
        }
    )
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    while process.poll() is None:
        found = study.live.call("GET", "projects/", params={"page_size": 100})["results"]
        mine = [one for one in found if one["title"].startswith(study.name)]
        if mine and mine[0]["task_number"] >= 4:
            process.send_signal(signal.SIGKILL)
            break
    assert process.wait() == -signal.SIGKILL
    again = study.push()["ben"]
    assert again.is_new is False
    assert 0 < again.photos <= PHOTOS - 4
    names = [task["data"]["sha256"] for task in study.tasks()]
    assert (len(names), len(set(names))) == (PHOTOS, PHOTOS)
    assert study.look()["ben"].unchanged == PHOTOS
