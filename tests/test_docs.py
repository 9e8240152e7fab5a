"""The documents say what the programs do, and the repository names no host or machine."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from curator.exports.manifest import Example

ROOT = Path(__file__).parents[1]


def committed_texts() -> dict[str, str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    texts = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".ico"):
            texts[name] = path.read_text(encoding="utf-8")
    return texts


def test_the_commands_are_documented_as_they_are(tmp_path: Path) -> None:
    script = (
        "import runpy, sys; m = runpy.run_path('docs/make_cli.py'); sys.stdout.write(m['page']())"
    )
    made = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (ROOT / "docs/cli.md").read_text() == made.stdout, "run `make docs`"


def test_the_manifest_lists_every_column() -> None:
    manifest = (ROOT / "docs/manifest.md").read_text()
    assert ",".join(field.name for field in fields(Example)) in manifest
    for field in fields(Example):
        assert f"`{field.name}`" in manifest


def test_no_file_names_a_package_index() -> None:
    hosts = re.compile(r"py" r"pi\.org|python" r"hosted|registry\.n" r"pmjs|deb\.deb" r"ian\.org")
    found = [name for name, text in committed_texts().items() if hosts.search(text)]
    assert found == []


def test_every_decision_that_code_points_to_exists() -> None:
    decisions = (ROOT / "docs/decisions.md").read_text()
    named = {
        anchor
        for text in committed_texts().values()
        for anchor in re.findall(r"docs/decisions\.md#([a-z-]+)", text)
    }
    assert {name for name in named if f"\n## {name}\n" not in decisions} == set()


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE", "docs/decisions.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    text = (ROOT / name).read_text()
    assert text.strip()
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / name).parent.joinpath(target).exists(), target
