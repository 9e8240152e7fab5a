"""Workers: a task that takes too much fails alone, and no process outlives the one it works for."""

import importlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import indent

import pytest

from curator.base.config import from_environment
from curator.base.errors import DecodingFailed, InputInvalid, SettingInvalid
from curator.base.workers import Bounds, Lane, spread

WITHIN = Bounds(cpu_s=1, memory_bytes=300_000_000)
TOO_LONG = "takes too long to decode: at most 1 seconds"
TOO_MUCH = "takes too much memory to decode"
ENDED = "unreadable: its data ends the decoder"
ENDS_S = 20.0


def count(seconds: float) -> int:
    """Use the processor for some time, as a decoder does."""
    turns, until = 0, time.process_time() + seconds
    while time.process_time() < until:
        turns += 1
    return os.getpid()


def hang(_item: object) -> None:
    time.sleep(600)


def take(size_bytes: int) -> int:
    return len(bytearray(size_bytes))


def end(_item: object) -> None:
    os.abort()


def refuse(name: str) -> None:
    raise InputInvalid("%(name)s is no photo", name=name)


def return_what_cannot_be_sent(_item: object) -> object:
    return lambda: None


def act(item: str) -> str:
    """Do what an item says."""
    if item == "end":
        os.abort()
    if item == "count":
        count(60)
    if item == "take":
        take(1_000_000_000)
    return item.upper()


def because(item: str, failed: DecodingFailed) -> str:
    return f"{item}: {failed.message}"


@pytest.fixture(scope="module")
def lane() -> Lane:
    return Lane(2)


@pytest.mark.parametrize(
    ("task", "item", "message"),
    [
        (count, 60, TOO_LONG),
        (hang, None, TOO_LONG),
        (take, 1_000_000_000, TOO_MUCH),
        (end, None, ENDED),
    ],
)
def test_a_task_that_takes_too_much_fails_and_the_next_one_runs(
    lane: Lane, task: object, item: object, message: str
) -> None:
    started = time.monotonic()
    with pytest.raises(DecodingFailed) as failed:
        lane.run(task, item, WITHIN)  # type: ignore[arg-type]
    assert failed.value.message == message
    assert time.monotonic() - started < 60
    assert lane.run(take, 1000, WITHIN) == 1000


def test_what_a_task_raises_is_raised(lane: Lane) -> None:
    with pytest.raises(InputInvalid) as refused:
        lane.run(refuse, "a.txt", WITHIN)
    assert refused.value.values == {"name": "a.txt"}
    with pytest.raises((RuntimeError, AttributeError)):
        lane.run(return_what_cannot_be_sent, None, WITHIN)
    assert lane.run(take, 10, WITHIN) == 10


def test_a_limit_counts_for_each_task_alone(lane: Lane) -> None:
    assert len({lane.run(count, 0.4, WITHIN) for _ in range(4)}) == 1
    assert [lane.run(take, 200_000_000, WITHIN) for _ in range(4)] == [200_000_000] * 4


@pytest.mark.parametrize("processes", [1, 3])
def test_one_bad_item_stops_no_other_and_all_come_in_order(processes: int) -> None:
    items = ["a", "take", "b", "end", "c", "count", "d", *map(str, range(30)), "end"]
    expected = [
        {"take": f"take: {TOO_MUCH}", "end": f"end: {ENDED}", "count": f"count: {TOO_LONG}"}.get(
            item, item.upper()
        )
        for item in items
    ]
    assert list(spread(act, iter(items), processes, WITHIN, because)) == expected


def test_no_more_tasks_run_at_once_than_the_lane_allows() -> None:
    single = Lane(1)
    with ThreadPoolExecutor(4) as threads:
        workers = list(threads.map(lambda _: single.run(count, 0.05, WITHIN), range(8)))
    assert len(set(workers)) == 1
    assert os.getpid() not in workers


def is_running(process: int) -> bool:
    """Say whether a process lives: a dead one may wait for its parent to notice."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return False
    return state != "Z"


BUSY = """
import os, sys, threading, time
from curator.base.workers import Bounds, Lane
from tests.curator.base.test_workers import count, hang
lane = Lane(2)
within = Bounds(60, 10**9)
print(lane.run(count, 0.01, within), flush=True)
if sys.argv[1] == "busy":
    threading.Thread(target=lane.run, args=(hang, None, Bounds(2, 10**9)), daemon=True).start()
    time.sleep(1)
if sys.argv[1] == "ends":
    sys.exit()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["idle", "busy", "ends"])
def test_no_worker_outlives_the_process_it_works_for(way: str, tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONPATH": str(root)}
    script = tmp_path / "busy.py"
    script.write_text("if __name__ == '__main__':\n" + indent(BUSY, "    "))
    command = [sys.executable, str(script), way]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        worker = int(process.stdout.readline())
        if way != "ends":
            assert process.stdout.readline() == "ready\n"
            assert is_running(worker)
            process.send_signal(signal.SIGKILL)
        process.wait()
    until = time.monotonic() + ENDS_S
    while is_running(worker) and time.monotonic() < until:
        time.sleep(0.1)
    assert not is_running(worker)


def test_a_time_limit_of_nothing_is_refused() -> None:
    with pytest.raises(SettingInvalid, match="CURATOR_MAX_DECODING_S is 0"):
        from_environment({"CURATOR_MAX_DECODING_S": "0"})


def test_a_task_that_a_worker_cannot_load_is_blamed_on_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "half_installed.py"
    module.write_text("def measure(item): return item")
    monkeypatch.syspath_prepend(tmp_path)
    measure = importlib.import_module("half_installed").measure
    module.unlink()

    with pytest.raises(ModuleNotFoundError, match="half_installed"):
        list(spread(measure, [1, 2], 1, WITHIN, lambda item, _failed: item))
    with pytest.raises(ModuleNotFoundError, match="half_installed"):
        Lane(1).run(measure, 1, WITHIN)
