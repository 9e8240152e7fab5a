"""Asks imagededup, which lives in an environment of its own, since it brings torch."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"


def ask(script: str, argument: Path) -> Any:
    """Return what a script beside this one prints as JSON; None, and say why, where it did not run."""
    if not PYTHON.exists():
        print("imagededup is not installed here: `make bench-peers` does it.")
        return None
    ran = subprocess.run(
        [PYTHON, HERE / script, argument],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(HERE.parent)},
    )
    if ran.returncode:
        print(f"imagededup did not run: {ran.stderr.strip()[-200:]}")
        return None
    return json.loads(ran.stdout)
