"""Long steps say how far they are: by a bar on a terminal, by a line now and then elsewhere."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from trainer.progress import FIRST_LINE_S, ProgressLines, counted, duration

ON_A_TERMINAL = """
import time
from trainer.progress import counted, progress_bar, working
with working("starting"):
    pass
for _ in counted("reading", range(4), 4, "photos"):
    time.sleep(0.2)
with progress_bar("writing", 3, "files") as advance:
    advance(3)
"""


def test_a_long_step_prints_a_line_with_the_time_left_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 1000.0
    monkeypatch.setattr("trainer.progress.time.monotonic", lambda: now)
    lines = ProgressLines("looking", 1000, "photos", started=now, told=now)
    for _ in range(1000):
        now += 1
        lines.advance(1)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "trainer: looking: 30 of 1000 photos, about 16 min left",
        "trainer: looking: 90 of 1000 photos, about 15 min left",
        "trainer: looking: 210 of 1000 photos, about 13 min left",
        "trainer: looking: 450 of 1000 photos, about 9 min left",
        "trainer: looking: 930 of 1000 photos, about 70 s left",
    ]


def test_a_short_step_prints_nothing_without_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list(counted("reading", range(5), 5, "photos")) == [0, 1, 2, 3, 4]
    assert capsys.readouterr().err == ""
    assert FIRST_LINE_S > 5


def test_a_terminal_shows_bars_with_the_time_left(tmp_path: Path) -> None:
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    done = subprocess.run([sys.executable, "-c", ON_A_TERMINAL], stderr=its, check=False)
    shown = os.read(ours, 65536).decode()
    os.close(its)
    os.close(ours)
    assert done.returncode == 0, shown
    assert "starting ..." in shown
    assert "reading:  50%" in shown
    assert "2/4" in shown
    assert "<00:0" in shown  # the time left


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "0 s"), (89, "89 s"), (120, "2 min"), (5400, "1.5 h")]
)
def test_a_duration_is_told_in_the_unit_that_fits(seconds: float, told: str) -> None:
    assert duration(seconds) == told
