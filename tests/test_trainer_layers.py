"""The layers of trainer, held against the source of every module."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A part may import from parts in earlier sets, and from itself; never from its neighbours in a set.
LAYERS: tuple[set[str], ...] = (
    {"errors", "environment", "instance", "progress"},
    {"archs", "caches", "quiet", "weights"},
    {"config"},
    {"exports"},
    {"runs"},
    {"images"},
    {"networks", "scores", "leaks"},
    {"training", "prediction", "deploy", "evidence"},
    {"report"},
    {"run"},
    {"comparison"},
    {"cli"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


@dataclass(frozen=True)
class Module:
    name: str  # dotted, for instance trainer.cli.archs
    tree: ast.Module

    @property
    def part(self) -> str:
        """Return the first name below the package, empty for the package itself."""
        return self.name.split(".")[1] if "." in self.name else ""

    def imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parsed(name: str, source: str) -> Module:
    return Module(name, ast.parse(source))


def modules() -> list[Module]:
    found = []
    for path in sorted((ROOT / "trainer").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        found.append(parsed(name, path.read_text()))
    return found


def imported_parts(module: Module) -> Iterator[str]:
    """Yield the other parts of trainer that a module imports; `__main__` may import anything."""
    for imported in module.imports():
        package, _, rest = imported.partition(".")
        part = rest.split(".")[0]
        if package == "trainer" and part != module.part and module.part not in ("", "__main__"):
            yield part


def upward_imports(module: Module) -> Iterator[str]:
    for part in imported_parts(module):
        if LEVEL[part] > LEVEL[module.part]:
            yield f"{module.name} imports trainer.{part}, which lies above it"


def sideways_imports(module: Module) -> Iterator[str]:
    for part in imported_parts(module):
        if LEVEL[part] == LEVEL[module.part]:
            yield f"{module.name} imports trainer.{part}, which lies beside it"


def relative_imports(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{module.name} imports by a relative name, which hides the layer"


Rule = Callable[[Module], Iterator[str]]
RULES: list[Rule] = [upward_imports, sideways_imports, relative_imports]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_trainer_keeps_the_rule(rule: Rule) -> None:
    assert [complaint for module in modules() for complaint in rule(module)] == []


def test_every_module_of_trainer_has_a_layer() -> None:
    assert {module.part for module in modules()} - {"", "__main__"} == set(LEVEL)


def test_no_part_of_trainer_has_two_layers() -> None:
    assert sum(map(len, LAYERS)) == len(LEVEL)


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
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
        (sideways_imports, "trainer.errors", "from trainer import progress"),
        (relative_imports, "trainer.run", "from .cli import options"),
        (relative_imports, "trainer.run", "from . import cli"),
    ],
)
def test_a_broken_rule_is_noticed(rule: Rule, name: str, source: str) -> None:
    assert list(rule(parsed(name, source)))
