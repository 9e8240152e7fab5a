"""Damaged inputs of every kind: read, or refused in one line; the long form is benchmarks/fuzz.py."""

from pathlib import Path

import pytest

from benchmarks.fuzz import ACCOUNTS, SHARES, studied
from curator.custody.examination import examine
from tests.fuzzing.campaign import Target, attack
from tests.fuzzing.files import targets
from tests.fuzzing.requests import Requests

pytestmark = pytest.mark.slow

CAMPAIGN = 1
INPUTS = 20_000


@pytest.mark.parametrize("name", [name for name in SHARES if name != Requests.name])
def test_files_are_read_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    [target] = [each for each in targets(tmp_path) if each.name == name]
    hold(target)


def test_requests_are_answered_and_the_instance_stays_sound(tmp_path: Path) -> None:
    app, config = studied(tmp_path)
    hold(Requests(app, ACCOUNTS))
    assert examine(config, grace_s=0).findings == ()


def hold(target: Target) -> None:
    count = INPUTS * SHARES[target.name] // 100
    outcome = attack(target, range(count), CAMPAIGN)
    assert outcome.failures == []
    assert outcome.read.total() == count
