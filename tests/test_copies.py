"""The goal of the search for copies, on a collection drawn for this test alone."""

import csv
import sys
from collections import Counter
from pathlib import Path

import pytest

from curator.base.config import Config
from curator.base.db import open_sessions
from curator.base.instance import init_instance
from curator.pairs.decisions import accept_verified
from curator.photos.importing import import_folders
from curator.queries.files import alike_files
from demo.collection import write_collection


@pytest.mark.slow
def test_planted_copies_are_found_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "drawn"
    write_collection(folder, people=60, seed=20_261)
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as file:
        truth = {row["file"]: row for row in csv.DictReader(file)}
    config = Config(instance=tmp_path / "instance", workers=2)
    init_instance(config)
    sessions = open_sessions(config)
    import_folders(sessions, config, [folder / "photos"], actor="test")
    accept_verified(sessions, actor="test")

    shown = [pair for pair in alike_files(sessions) if {pair.file_a, pair.file_b} <= set(truth)]
    decided = {frozenset((p.file_a, p.file_b)) for p in shown if p.decision == "copy"}
    planted = {file: row for file, row in truth.items() if row["copy_of"]}
    found = [file for file, row in planted.items() if frozenset((file, row["copy_of"])) in decided]
    original = {file: row["copy_of"] or file for file, row in truth.items()}
    true = [pair for pair in shown if original[pair.file_a] == original[pair.file_b]]
    edits, hits = (
        Counter(r["edit"] for r in planted.values()),
        Counter(planted[f]["edit"] for f in found),
    )
    with capsys.disabled():
        lines = (f"\n{edit:20}{hits[edit]:3} of {count}" for edit, count in sorted(edits.items()))
        sys.stdout.writelines(lines)
    assert len(edits) >= 10
    assert len(planted) >= 25
    assert len(found) / len(planted) >= 0.98
    assert len(true) / len(shown) >= 0.99
    assert not [
        pair
        for pair in shown
        if original[pair.file_a] != original[pair.file_b]
        and truth[pair.file_a]["person"] == truth[pair.file_b]["person"]
    ]
