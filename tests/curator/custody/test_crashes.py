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


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_crash_breaks_anything_and_planted_faults_are_found() -> None:
    """One test, since the crashes of all jobs come from one run of some minutes."""
    if not steps.can_count():
        pytest.skip("counting steps needs Linux and a C compiler")
    tried = crashed()
    assert [one for each in tried for one in each.get("broken", ())] == []
    killed = [one for one in tried if one["how"] == "killed"]
    kills = Counter({one["job"]: one["cut_short"] for one in killed})
    assert kills.total() == KILLS
    assert len(kills) == 8
    assert sum(one["acknowledged"] for one in killed) > KILLS
    hows = [one["how"] for one in tried if "job" in one]
    assert sum(how.startswith("without power") for how in hows) == 2 * len(kills)
    assert sum(how.startswith("out of space") for how in hows) == 6
    faults = {one["how"] for one in tried if "job" not in one}
    assert faults == {"acknowledge before commit", "row before file", "folder not synced"}


def crashed() -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.crashes", "--kills", str(KILLS), "--power", "1"]
    done = subprocess.run(
        [*command, "--full", "2", "--faults"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])["tried"]
    return found
