"""Several people at work at once on a real server: nothing is lost, nothing refused, no request fails."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.raters import draw_photos, rate_beside_import
from benchmarks.soak import soak
from curator.base.config import Config
from curator.photos.importing import ImportResult

pytestmark = pytest.mark.slow  # a real server; the long forms: `make soak`, benchmarks/raters.py

RATERS = ("ana", "ada", "ben", "carl")


@pytest.fixture
def shown(save: Callable[..., Path], import_all: Callable[..., ImportResult]) -> range:
    """The ids of the photos that are rated."""
    for seed in range(5):
        save(f"{seed}.jpg", seed)
    import_all()
    return range(1, 6)


def test_no_save_is_lost_or_refused_beside_an_import(
    config: Config, shown: range, tmp_path: Path
) -> None:
    draw_photos(tmp_path / "incoming", range(5, 45))
    done = rate_beside_import(config, RATERS, 40, shown, tmp_path / "incoming")
    assert done.refused == ()
    assert (done.saves, done.lost) == (4 * 40, 0)


def test_annotators_meet_no_error(config: Config, shown: range, tmp_path: Path) -> None:
    draw_photos(tmp_path / "incoming", range(5, 15))
    soaked = soak(config, RATERS, shown, 20, pause_s=0.1, incoming=tmp_path / "incoming")
    assert soaked.record.errors == []
    kinds = {"next", "photo", "picture", "redness", "save", "history", "undo", "gallery"}
    assert {*soaked.record.seconds} <= kinds
    assert len(soaked.record.seconds["save"]) >= len(RATERS)
