"""The documents say what the programs do, and the repository names no host or machine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from curator.exports.manifest import COLUMNS

ROOT = Path(__file__).parents[1]
DECISIONS = ROOT / "docs/decisions.md"
GENERATED = ("cli.md", "formats.md", "settings.md")
WRITTEN = [
    ROOT / "README.md",
    *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name not in GENERATED),
]


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


@pytest.mark.parametrize("name", ["commands", "formats", "settings"])
def test_the_reference_is_as_the_code_is(name: str) -> None:
    script = (
        f"import runpy, sys; sys.stdout.write(runpy.run_path('docs/make_reference.py')['{name}']())"
    )
    made = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    page = {"commands": "cli.md"}.get(name, f"{name}.md")
    assert (ROOT / "docs" / page).read_text() == made.stdout, "run `make docs`"


def test_the_manifest_lists_every_column() -> None:
    manifest = (ROOT / "docs/manifest.md").read_text()
    assert ",".join(COLUMNS) in manifest
    assert [name for name in COLUMNS if f"`{name}`" not in manifest] == []


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


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_lines_of_a_document_fit_a_screen(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if not line.startswith(("|", "!["))]
    assert [line for line in lines if len(line) >= 120] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs/images").iterdir()), ids=lambda path: path.name
)
def test_a_picture_of_the_guides_is_small_and_shown(path: Path) -> None:
    assert path.stat().st_size < 150_000
    assert any(f"images/{path.name})" in page.read_text() for page in WRITTEN)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("furo", reason="the extra docs is not installed")
    built = tmp_path_factory.mktemp("site")
    options = ["--fail-on-warning", "--keep-going", "--quiet", "--builder", "html"]
    made = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "docs", str(built)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    return built


def test_the_site_holds_every_document(site: Path) -> None:
    documents = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert {path.stem for path in site.glob("*.html")} >= documents


def test_the_site_loads_nothing_from_other_hosts(site: Path) -> None:
    elsewhere = re.compile(
        r"<(?!a\b)[a-z]+ [^>]*\b(?:src|href|srcset)=[\"']?(?:https?:)?//"  # all but what is clicked
        r"|url\([\"']?(?:https?:)?//|@import|\bimport\([\"']https?:"
    )
    files = [path for path in site.rglob("*") if path.suffix in (".html", ".css", ".js")]
    assert len(files) > 10
    assert [path.name for path in files if elsewhere.search(path.read_text())] == []


@pytest.mark.parametrize(
    "path", [*WRITTEN, ROOT / "CHANGELOG.md", ROOT / "LICENSE"], ids=lambda path: path.name
)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text()
    assert text.strip()
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert path.parent.joinpath(target).exists(), target


def test_the_life_of_a_photo_names_functions_that_exist() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    named = re.findall(r"\[`(\w+)`\]\(\.\./([\w/]+\.py)\)", text)
    assert len(named) >= 12
    missing = [
        f"{path}: {name}"
        for name, path in named
        if not re.search(rf"^ *def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert missing == []


def test_the_house_is_drawn_with_every_folder_it_has() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    for program in ("curator", "trainer"):
        folders = {path.parent.name for path in (ROOT / program).glob("*/__init__.py")}
        assert {name for name in folders if f"`{name}/`" not in text} == set()
