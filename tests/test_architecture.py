"""DESIGN's rules on layers and transactions, held against the source of every module."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# The folders of each program, lowest first: one imports from itself and from those on lower floors,
# never from one above it or beside it. A module outside all folders has its place, too.
FLOORS: dict[str, tuple[set[str], ...]] = {
    "curator": (
        {"base"},
        {"copies", "pairs", "study"},
        {"photos"},
        {"ratings"},
        {"formats"},
        {"undoing"},
        {"exports"},
        {"labelstudio"},
        {"runs"},
        {"custody"},
        {"queries"},
        {"http"},
        {"web", "api"},
        {"app"},
        {"validation"},
        {"cli"},
    ),
    "trainer": (
        {"errors", "environment", "file_kinds", "files", "interruption", "words"},
        {"progress"},
        {"archs", "instance", "startup", "weights"},
        {"caches"},
        {"config"},
        {"exports"},
        {"runs"},
        {"images"},
        {"networks", "scores", "leaks"},
        {"training", "prediction", "deploy", "evidence"},
        {"report", "anonymity"},
        {"run"},
        {"comparison"},
        {"cli"},
    ),
}
FLOOR_OF = {
    program: {folder: floor for floor, folders in enumerate(floors) for folder in folders}
    for program, floors in FLOORS.items()
}
SPEAKERS = ("curator.labelstudio.server", "curator.labelstudio.failures")
# Modules that no database reaches: a folder's name stands for all that is in it.
PURE = {
    *(
        "base.components",
        "base.config",
        "base.consent",
        "base.csv_table",
        "base.dates",
        "base.errors",
        "base.file_names",
        "base.invocation",
        "base.messages",
    ),
    *("base.pixels", "base.privacy", "base.progress", "base.resources", "base.seals"),
    *("base.spelling", "base.spreadsheets", "base.table_text"),
    "base.workers",
    "copies.files",
    *("pairs.kept_copy", "pairs.paths"),
    *("photos.checks", "photos.inspecting", "photos.oddness", "photos.redness"),
    *("ratings.agreement", "ratings.consensus", "ratings.outlines", "ratings.regions"),
    *("ratings.spacing", "ratings.statistics"),
    "formats",
    *("exports.croissant", "exports.croissant_records", "exports.datasheet"),
    "exports.description",
    *("exports.manifest", "exports.splits"),
    "custody.retention",
    *("study.checking", "study.facts", "study.toml_file"),
    "runs",
}
PROGRAMS = {"curator", "trainer", "demo"}
FLASK_FOLDERS = {"app", "cli", "http", "web", "api"}
TABLES = {
    *(
        "User",
        "Person",
        "Batch",
        "ConsentRecord",
        "Photo",
        "FileName",
        "RejectedFile",
        "PhotoPair",
        "DuplicatePair",
        "PersonPair",
        "Rating",
        "RatingValue",
        "RulingValue",
        "StoredFingerprint",
        "PhotoCheck",
        "Suggestion",
        "Adjudication",
        "Claim",
        "Place",
        "Setting",
        "SignIn",
        "SecondFactor",
        "RecoveryCode",
        "UserSource",
        "Freeze",
        "Token",
    ),
    *("SplitAssignment", "Export", "ExportMember", "Event"),
    *("LabelStudioAnnotator", "LabelStudioProject", "LabelStudioTask"),
}
NO_NOUNS = {"utils", "helpers", "common", "manager", "misc", "util"}

# Write transactions that need no event: what they write is derived from photos and files, or soon over.
NO_EVENT = {
    *("_mark_sought", "_forget_undecided", "_record_found"),  # of find_pairs
    "add_fingerprints",
    "add_checks",
    "count_ignored",
    "_keep",  # the certificate of an erasure, which its event tells of
    "claim_next_photos",
    "show_next_photos",
    "release_claims",
    "renew_hash",
    "sign_in",
    "sign_out",
    "note_used",
    "write_if_free",
    "suggest_regions",
    "remove_unrecorded",
    *("_known", "_note_number", "compare_all", "note_synced", "forget_task", "photos_in_order"),
}

# What writes events, for other modules too.
RECORDING = {
    "record",
    "act_as_one",
    "write_exclusion",
    "write_rating",
    *("enter_ratings", "save_word"),
    "kind.restore",
    "erase_rows",
}


@dataclass(frozen=True)
class Module:
    name: str  # dotted, for instance curator.web.inbox
    tree: ast.Module

    @property
    def program(self) -> str:
        return self.name.split(".")[0]

    @property
    def folder(self) -> str:
        """Its folder in its program, or the module itself where it lies in none."""
        return folder_of(self.name)

    @property
    def is_pure(self) -> bool:
        return self.folder in PURE or place(self.name) in PURE

    def imports(self, *, top_level_only: bool = False) -> Iterator[str]:
        for node in self.tree.body if top_level_only else ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def functions(self) -> Iterator[ast.FunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef))


def place(name: str) -> str:
    """Return the dotted path of a module below its program."""
    return name.partition(".")[2]


def folder_of(name: str) -> str:
    return place(name).split(".")[0]


def parsed(name: str, source: str) -> Module:
    return Module(name, ast.parse(source))


@cache
def modules(*packages: str) -> list[Module]:
    found = []
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            found.append(parsed(name, path.read_text()))
    return found


def calls(node: ast.AST) -> set[str]:
    """Names of what is called inside: `f` for f(), `session.begin` for session.begin()."""
    return {ast.unparse(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}


def other_folders(module: Module) -> Iterator[tuple[str, int]]:
    """Yield what a module imports from other folders of its program, and how many floors higher it lies."""
    floors = FLOOR_OF.get(module.program, {})
    for imported in module.imports():
        folder = folder_of(imported)
        is_inside = imported.startswith(f"{module.program}.") and folder in floors
        if is_inside and module.folder in floors and folder != module.folder:
            yield imported, floors[folder] - floors[module.folder]


def upward_imports(module: Module) -> Iterator[str]:
    for imported, higher in other_folders(module):
        if higher > 0:
            yield f"{module.name} imports {imported}, which lies above it"


def sideways_imports(module: Module) -> Iterator[str]:
    for imported, higher in other_folders(module):
        if higher == 0:
            yield f"{module.name} imports {imported}, which lies beside it"


def relative_imports(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{module.name} imports by a relative name, which hides the folder"


def past_the_services(module: Module) -> Iterator[str]:
    for imported in module.imports():
        if module.folder in ("http", "web", "api") and place(imported).startswith(
            ("base.models", "base.store")
        ):
            yield f"{module.name} imports {imported}: call a service or a query"


def misplaced_libraries(module: Module) -> Iterator[str]:
    for imported in module.imports():
        root = imported.split(".")[0]
        if (
            root in ("flask", "flask_wtf", "flask_limiter", "flask_babel")
            and module.folder not in FLASK_FOLDERS
        ):
            yield f"{module.name} imports {imported}: Flask lives in app, cli, http, web and api"
        if (
            root in ("flask_smorest", "marshmallow", "webargs", "apispec")
            and module.folder != "api"
        ):
            yield f"{module.name} imports {imported}: it describes the API alone"
        if root in ("sqlalchemy", "alembic") and (module.is_pure or module.folder in FLASK_FOLDERS):
            yield f"{module.name} imports {imported}: SQLAlchemy is not for this module"
        if root in ("label_studio_sdk", "httpx") and module.name not in SPEAKERS:
            yield f"{module.name} imports {imported}: only {SPEAKERS[0]} talks to Label Studio"


def crossed_programs(module: Module) -> Iterator[str]:
    own = module.name.split(".")[0]
    for imported in module.imports():
        other = imported.split(".")[0]
        if other in PROGRAMS - {own}:
            yield f"{module.name} imports {imported}: the programs share files, faces and intervals, no other code"


def more_than_faces(module: Module) -> Iterator[str]:
    for imported in module.imports():
        root = imported.split(".")[0]
        if root.startswith("flask") or root in ("sqlalchemy", "alembic", "click", "keras"):
            yield f"{module.name} imports {imported}: faces knows pixels and geometry alone"
        if root in ("mtcnn", "tensorflow") and module.name != "faces.search":
            yield f"{module.name} imports {imported}: only faces.search loads networks"


def more_than_numbers(module: Module) -> Iterator[str]:
    for imported in module.imports():
        if imported.split(".")[0] not in {
            "__future__",
            "collections",
            "numpy",
            "scipy",
            "intervals",
        }:
            yield f"{module.name} imports {imported}: intervals knows numbers alone"


def more_than_pictures(module: Module) -> Iterator[str]:
    for imported in module.imports():
        root = imported.split(".")[0]
        if root in PROGRAMS or root in ("flask", "sqlalchemy", "click", "tensorflow", "keras"):
            yield f"{module.name} imports {imported}: copies knows pictures alone"


def early_tensorflow(module: Module) -> Iterator[str]:
    for imported in module.imports(top_level_only=True):
        if imported.split(".")[0] in ("tensorflow", "keras", "mtcnn"):
            yield f"{module.name} imports {imported} at its top"


def hidden_transactions(module: Module) -> Iterator[str]:
    for function in module.functions():
        first = function.args.args[0].arg if function.args.args else ""
        made = calls(function)
        if any(name.endswith(".commit") for name in made):
            yield f"{module.name}.{function.name} calls commit"
        if first == "session" and any(name.endswith(".begin") for name in made):
            yield f"{module.name}.{function.name} takes a session and begins a transaction"
        if "sessions.begin" in made and first != "sessions":
            yield f"{module.name}.{function.name} begins a transaction without `sessions` first"


def leaking_rows(module: Module) -> Iterator[str]:
    for function in module.functions():
        first = function.args.args[0].arg if function.args.args else ""
        returned = ast.unparse(function.returns) if function.returns else ""
        names = {n.id for n in ast.walk(ast.parse(returned)) if isinstance(n, ast.Name)}
        if first == "sessions" and names & TABLES:
            yield f"{module.name}.{function.name} returns {returned} out of its transaction"


def silent_changes(module: Module) -> Iterator[str]:
    own = {function.name: calls(function) for function in module.functions()}

    def reaches_record(name: str, seen: frozenset[str] = frozenset()) -> bool:
        called = own.get(name, set()) - seen
        return bool(RECORDING & called) or any(
            reaches_record(c, seen | {name}) for c in called & {*own}
        )

    for name, called in own.items():
        if "sessions.begin" in called and name not in NO_EVENT and not reaches_record(name):
            yield f"{module.name}.{name} changes rows and records no event"


def nameless_modules(module: Module) -> Iterator[str]:
    if module.name.split(".")[-1] in NO_NOUNS:
        yield f"{module.name} is not named by a noun"
    if not ast.get_docstring(module.tree):
        yield f"{module.name} does not say what lives in it"


Rule = Callable[[Module], Iterator[str]]
CURATOR_RULES: list[Rule] = [
    past_the_services,
    misplaced_libraries,
    hidden_transactions,
    leaking_rows,
    silent_changes,
]
COMMON_RULES: list[Rule] = [
    *(upward_imports, sideways_imports, relative_imports),
    *(crossed_programs, early_tensorflow, nameless_modules),
]


@pytest.mark.parametrize("rule", CURATOR_RULES, ids=lambda rule: rule.__name__)
def test_curator_keeps_the_rule(rule: Rule) -> None:
    assert [complaint for module in modules("curator") for complaint in rule(module)] == []


def test_what_the_programs_share_keeps_the_rule() -> None:
    found = modules("faces")
    assert len(found) > 5
    assert [complaint for module in found for complaint in more_than_faces(module)] == []
    pictures = modules("copies")
    assert len(pictures) > 5
    assert [complaint for module in pictures for complaint in more_than_pictures(module)] == []
    numbers = modules("intervals")
    assert numbers
    assert [complaint for module in numbers for complaint in more_than_numbers(module)] == []


@pytest.mark.parametrize("rule", COMMON_RULES, ids=lambda rule: rule.__name__)
def test_all_packages_keep_the_rule(rule: Rule) -> None:
    found = modules("copies", "faces", "intervals", *sorted(PROGRAMS))
    assert len(found) > 40
    assert [complaint for module in found for complaint in rule(module)] == []


@pytest.mark.parametrize("program", FLOORS)
def test_every_folder_has_one_floor(program: str) -> None:
    folders = {module.folder for module in modules(program)} - {"", "__main__"}
    assert folders == set(FLOOR_OF[program])
    assert sum(map(len, FLOORS[program])) == len(FLOOR_OF[program])


def test_no_benchmark_hides_a_package() -> None:
    """Run by its path, a benchmark finds its neighbours before the packages."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert "copies" in packages
    assert not packages & {path.stem for path in (ROOT / "benchmarks").glob("*.py")}


def test_what_is_called_pure_exists() -> None:
    names = {place(module.name) for module in modules("curator")}
    assert {name for name in PURE if name not in names | set(FLOOR_OF["curator"])} == set()


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (upward_imports, "curator.ratings.saving", "from curator.web import auth"),
        (upward_imports, "curator.base.models", "from curator.ratings.filter import Filter"),
        (upward_imports, "curator.undoing", "def f():\n from curator.exports import splits"),
        (upward_imports, "curator.pairs.decisions", "from curator import queries"),
        (sideways_imports, "curator.copies.search", "from curator.pairs import paths"),
        (upward_imports, "trainer.config", "from trainer.exports.manifest import Export"),
        (upward_imports, "trainer.exports.looks", "from trainer.runs.folder import read_run"),
        (upward_imports, "trainer.images.squares", "from trainer.networks import detector"),
        (upward_imports, "trainer.scores.metrics", "import trainer.training.trainer"),
        (upward_imports, "trainer.networks.detector", "def f():\n import trainer.training.fit"),
        (upward_imports, "trainer.evidence.heat_maps", "from trainer import report"),
        (upward_imports, "trainer.report.pages", "from trainer.run import train_run"),
        (upward_imports, "trainer.run", "from trainer.comparison import folder"),
        (upward_imports, "trainer.comparison.folder", "from trainer.cli import options"),
        (sideways_imports, "trainer.scores.metrics", "from trainer.networks import detector"),
        (sideways_imports, "trainer.training.fit", "import trainer.evidence.heat_maps"),
        (sideways_imports, "trainer.errors", "from trainer import words"),
        (relative_imports, "trainer.run", "from .cli import options"),
        (relative_imports, "trainer.run", "from . import cli"),
        (upward_imports, "curator.http.current", "from curator.web import roles"),
        (sideways_imports, "curator.api.ratings", "from curator.web.auth import blueprint"),
        (sideways_imports, "curator.web.auth", "from curator.api import roles"),
        (past_the_services, "curator.web.inbox", "from curator.base.models.photos import Photo"),
        (past_the_services, "curator.api.photos", "from curator.base.store import Store"),
        (misplaced_libraries, "curator.web.inbox", "from flask_smorest import Blueprint"),
        (misplaced_libraries, "curator.http.limits", "import marshmallow as ma"),
        (misplaced_libraries, "curator.api.photos", "from sqlalchemy import select"),
        (misplaced_libraries, "curator.ratings.saving", "from flask import request"),
        (misplaced_libraries, "curator.web.inbox", "from sqlalchemy import select"),
        (misplaced_libraries, "curator.exports.splits", "def f():\n import sqlalchemy"),
        (misplaced_libraries, "curator.runs.folders.folders", "from sqlalchemy import select"),
        (misplaced_libraries, "curator.labelstudio.pushing", "import label_studio_sdk"),
        (crossed_programs, "trainer.run", "from curator.exports.manifest import Settings"),
        (crossed_programs, "faces.search", "from trainer.errors import RegionInvalid"),
        (more_than_faces, "faces.regions", "from flask import request"),
        (more_than_faces, "faces.landmarks", "def f():\n import mtcnn"),
        (more_than_numbers, "intervals.bootstrap", "from curator.base.errors import NotFound"),
        (more_than_pictures, "copies.views", "from curator.base.pixels import load_grey"),
        (early_tensorflow, "trainer.fit", "import tensorflow as tf"),
        (hidden_transactions, "curator.ratings.saving", "def f(sessions):\n s.commit()"),
        (hidden_transactions, "curator.ratings.saving", "def f(session):\n session.begin()"),
        (hidden_transactions, "curator.ratings.saving", "def f(x, sessions):\n sessions.begin()"),
        (leaking_rows, "curator.ratings.saving", "def f(sessions) -> list[Photo]: ..."),
        (silent_changes, "curator.ratings.saving", "def f(sessions):\n sessions.begin()"),
        (nameless_modules, "curator.utils", '"""Things."""'),
        (nameless_modules, "curator.thing", "x = 1"),
    ],
)
def test_a_broken_rule_is_noticed(rule: Rule, name: str, source: str) -> None:
    assert list(rule(parsed(name, source)))


@pytest.mark.parametrize("module", ["curator.cli", "curator.app", "trainer.cli"])
def test_starting_does_not_load_tensorflow(module: str) -> None:
    script = f"import sys, {module}; print('tensorflow' in sys.modules, 'keras' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"


def test_help_needs_neither_database_nor_images() -> None:
    script = (
        "import sys, curator.cli; print({'sqlalchemy', 'PIL', 'numpy', 'flask'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
