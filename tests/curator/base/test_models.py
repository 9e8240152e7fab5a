"""The tables: importing any of their modules registers them all."""

import re
import subprocess
import sys
from pathlib import Path

import curator.base.models

FOLDER = Path(curator.base.models.__file__).parent


def test_importing_the_base_registers_every_table() -> None:
    declared = [
        name
        for path in FOLDER.glob("*.py")
        for name in re.findall(r'__tablename__ = "(\w+)"', path.read_text())
    ]
    script = "from curator.base.models.base import Base; print(*Base.metadata.tables)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert sorted(done.stdout.split()) == sorted(declared)
    assert len(declared) > 20
