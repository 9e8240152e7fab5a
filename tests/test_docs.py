"""The documents say what the programs do, and the repository names no host or machine."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from curator.manifest import Example

ROOT = Path(__file__).parents[1]
DECISIONS = ROOT / "docs/decisions.md"


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


def decisions() -> dict[str, str]:
    """Return the text of each entry by its anchor, on one line."""
    text = re.sub(r"^## .*$", "", DECISIONS.read_text(), flags=re.M)
    _, *parts = re.split(r"^### (.+)$", text, flags=re.M)
    return {
        name: " ".join(entry.split()) for name, entry in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_decision_that_code_points_to_exists() -> None:
    named = {
        anchor
        for text in committed_texts().values()
        for anchor in re.findall(r"decisions\.md#([a-z-]+)", text)
    }
    assert named - decisions().keys() == set()


@pytest.mark.parametrize(("name", "entry"), decisions().items())
def test_a_decision_has_a_date_a_question_and_what_would_change_it(name: str, entry: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert re.match(r"\*\d{4}-\d\d-\d\d\.\* \*\*[^*]+\?\*\* ", entry)
    _, found, change = entry.partition("*Would change it:* ")
    assert found
    assert change.endswith(".")
    assert change.rstrip(".")


def test_the_contents_list_all_decisions_under_their_six_headings() -> None:
    contents, *sections = re.split(r"^## ", DECISIONS.read_text(), flags=re.M)
    assert len(sections) == 6
    listed = [re.findall(r"\[([^]]+)\]\(#", part) for part in contents.split("\n- ")[1:]]
    headings = [
        [section.splitlines()[0], *re.findall(r"^### (.+)$", section, re.M)] for section in sections
    ]
    assert listed == headings


def test_lines_of_the_decisions_fit_a_screen() -> None:
    assert [line for line in DECISIONS.read_text().splitlines() if len(line) >= 120] == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE", "docs/decisions.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    text = (ROOT / name).read_text()
    assert text.strip()
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / name).parent.joinpath(target).exists(), target
