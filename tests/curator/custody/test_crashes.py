"""Jobs that are killed, or lose their power or their disk space: nothing acknowledged is lost, nothing half done."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.curator.custody import steps

ROOT = Path(__file__).parents[3]
KILLS = 200


pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def tried() -> list[dict[str, Any]]:
    if not steps.can_count():
        pytest.skip("counting steps needs Linux and a C compiler")
    command = [sys.executable, "-m", "benchmarks.crashes", "--kills", str(KILLS), "--power", "1"]
    done = subprocess.run(
        [*command, "--full", "2", "--faults"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])["tried"]
    return found


def test_no_crash_breaks_anything(tried: list[dict[str, Any]]) -> None:
    assert [one for each in tried for one in each["broken"]] == []


def test_all_jobs_are_cut_short_in_all_ways(tried: list[dict[str, Any]]) -> None:
    kills = Counter({one["job"]: one["cut_short"] for one in tried if one["how"] == "killed"})
    assert kills.total() == KILLS
    assert len(kills) == 8
    assert sum(one["acknowledged"] for one in tried if one["how"] == "killed") > KILLS
    without_power = [one for one in tried if one["how"].startswith("without power")]
    assert len(without_power) == 2 * len(kills)
    assert len([one for one in tried if one["how"].startswith("out of space")]) == 6


def test_planted_faults_are_found(tried: list[dict[str, Any]]) -> None:
    faults = {one["how"]: one["cut_short"] for one in tried if "job" not in one}
    assert faults.keys() == {*("acknowledge before commit", "row before file", "folder not synced")}
