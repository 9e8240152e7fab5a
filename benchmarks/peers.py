"""Runs imagededup in its own environment, since it depends on torch."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"


def ask(script: str, argument: Path) -> Any:
    """Return the JSON that a script in this folder prints; if it fails, print why and return None."""
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
