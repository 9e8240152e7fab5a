"""A run that is told to stop before its first checkpoint leaves nothing; two at once get two names."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from trainer.cli import INTERRUPTED
from trainer.runs.folder import PARTIAL, next_comparison, next_run, reserve

RUN = ("run", "--arch", "mobilenet", "--weights", "none", "--img-size", "96", "--views", "60")
COMPARE = ("compare", "--archs", "mobilenet", *RUN[3:])


def begin(instance: Path, export: Path, *command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "trainer", *command, "--data", str(export)],
        env=os.environ | {"CURATOR_INSTANCE": str(instance)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_interrupts,
    )


def hear_interrupts() -> None:
    """Undo what a shell does to commands in the background: they ignore SIGINT, and so do these tests then."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


SWALLOWED = """
import os, sys
from trainer.interruption import Terminated, end_cleanly
from trainer.progress import counted

class Callback:
    def __del__(self):  # what is raised in here, Python only reports
        os.kill(os.getpid(), int(sys.argv[1]))

end_cleanly()
callback = Callback()
del callback
try:
    for _ in counted("training", range(5), 5, "epochs"):
        pass
except (KeyboardInterrupt, Terminated) as ended:
    print(type(ended).__name__)
"""


@pytest.mark.parametrize(
    ("number", "raised"),
    [
        (signal.SIGINT, "KeyboardInterrupt"),
        (signal.SIGTERM, "Terminated"),
        (signal.SIGHUP, "Terminated"),
    ],
)
def test_a_signal_that_a_callback_swallowed_ends_the_next_step(
    number: signal.Signals, raised: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED, str(int(number))],
        capture_output=True,
        text=True,
        preexec_fn=hear_interrupts,
    )
    assert done.stdout == f"{raised}\n", done.stderr
    assert done.stderr == ""


CONVERTED = """
import os, sys
from trainer.cli import cli, main

@cli.command("train")
def train():
    try:
        os.kill(os.getpid(), int(sys.argv[1]))
    except BaseException:
        raise SystemError("returned a result with an exception set")

main(["train"])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_error_that_c_code_makes_of_a_signal_ends_as_the_signal_does(
    number: signal.Signals,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONVERTED, str(int(number))],
        capture_output=True,
        text=True,
        preexec_fn=hear_interrupts,
    )
    assert done.returncode == 128 + number
    assert done.stderr.splitlines() == [INTERRUPTED]


def left(instance: Path) -> list[Path]:
    """Return what a stopped command left, but for finished results in the cache."""
    found = [path for path in instance.rglob("*") if not path.is_dir()]
    hidden = list(instance.rglob(".*"))
    return hidden + [path for path in found if path.suffix not in (".npy", ".json")]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("command", [RUN, COMPARE], ids=["run", "compare"])
def test_a_command_stopped_before_its_first_checkpoint_leaves_nothing(
    export_path: Path, tmp_path: Path, number: signal.Signals, command: tuple[str, ...]
) -> None:
    started = begin(tmp_path, export_path, *command)
    while not list(tmp_path.glob("runs/.partial-*/started.json")):
        assert started.poll() is None, started.communicate()
        time.sleep(0.05)
    started.send_signal(number)
    _, told = started.communicate(timeout=60)
    assert started.returncode == (130 if number == signal.SIGINT else 128 + number)
    assert told.splitlines()[-1].startswith("trainer: interrupted")
    assert "Traceback" not in told
    deadline = time.monotonic() + 20
    while left(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left(tmp_path) == []


def _reserve_many(instance: str, count: int) -> list[str]:
    os.environ["CURATOR_INSTANCE"] = instance
    return [reserve(partial(next_run, "mobilenet")).name for _ in range(count)]


def test_processes_that_begin_runs_at_once_get_different_names(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        names = pool.starmap(_reserve_many, [(str(tmp_path), 25)] * 4)
    assert len({name for some in names for name in some}) == 100
    assert len(list((tmp_path / "runs").glob(f"{PARTIAL}mobilenet-*"))) == 100


def test_a_name_that_was_finished_meanwhile_is_not_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATOR_INSTANCE", str(tmp_path))
    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda _: reserve(next_comparison).name, range(40)))
    assert len(set(names)) == 40
    given = iter([tmp_path / "taken", tmp_path / "free"])
    (tmp_path / "taken").mkdir()
    assert reserve(lambda: next(given)).name == "free"
    assert not (tmp_path / f"{PARTIAL}taken").exists()


@pytest.mark.slow
def test_two_runs_at_once_both_finish(export_path: Path, tmp_path: Path) -> None:
    command = ("run", "--arch", "mobilenet", "--weights", "none", "--img-size", "32")
    both = [
        begin(tmp_path, export_path, *command, "--epochs", "1", "--views", "0", "--json")
        for _ in range(2)
    ]
    told = [started.communicate(timeout=240) for started in both]
    assert [started.returncode for started in both] == [0, 0], told
    runs = {Path(json.loads(out)["run"]).name for out, _ in told}
    assert runs == {"mobilenet-1", "mobilenet-2"}
    assert {path.name for path in (tmp_path / "runs").iterdir()} == runs
