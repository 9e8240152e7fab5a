"""Every text that a user sees can be translated: errors, pages and scripts speak through their catalogues."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes
from jinja2.environment import Environment

from curator.base import errors
from curator.base.errors import CuratorError, DecisionContradicts, InputInvalid
from curator.base.messages import Listed, translatable
from curator.http.language import translated

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "curator" / "static"
SCRIPTS = sorted({*STATIC.rglob("*.js")} - {*(STATIC / "vendor").rglob("*.js")})
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, CuratorError)
} | {"PhotoRefused"}
SPOKEN = ("alt", "title", "placeholder", "aria-label", "data-busy", "data-head")
# Names, units and what has no language.
NAMES = {"Malar", "· Malar", "px", "kB", "MB", "UTC", "Ctrl V", "#butterflyrash"}


def untranslatable(source: str) -> Iterator[int]:
    """Yield the lines that make an error whose text is put together where it is made."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ERRORS:
            first = node.args[0] if node.args else None
            constant = isinstance(first, ast.Constant) and isinstance(first.value, str)
            if not (constant or is_marked(first)):
                yield node.lineno


def is_marked(text: ast.expr | None) -> bool:
    """Tell whether a text stands in a table of marked ones, asked for by `TABLE.get` or `TABLE[...]`."""
    return text is not None and re.match(r"[A-Z_]+(\.get\(|\[)", ast.unparse(text)) is not None


def test_the_text_of_every_error_is_one_plain_string() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted([*(ROOT / "curator").rglob("*.py"), *(ROOT / "faces").rglob("*.py")])
        if path.name != "errors.py"
        for line in untranslatable(path.read_text())
    ]
    assert found == []
    assert len(ERRORS) > 10


@pytest.mark.parametrize(
    "source", ['raise InputInvalid(f"no {x}")', 'InputInvalid("no " + x)', "errors.NotFound(text)"]
)
def test_an_error_put_together_is_noticed(source: str) -> None:
    assert list(untranslatable(source)) == [1]


class Page(HTMLParser):
    """Collects what a reader of the page is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.told += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style", "code"):
            self.told.append(data)


def bare_texts(source: str) -> set[str]:
    """Return what a template says in English: its data, and texts within its expressions."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    page = Page()
    page.feed("".join(written(tree)))
    said = {*page.told, *chosen_texts(tree)}
    words = {" ".join(text.split()) for text in said}
    return {text for text in words if re.search(r"[A-Za-z]{2}", text) and text not in NAMES}


def written(tree: nodes.Node) -> Iterator[str]:
    """Yield a template's own text, in its order; what it computes is left out."""
    for node in tree.iter_child_nodes():
        if isinstance(node, nodes.TemplateData):
            yield node.data
        elif not (isinstance(node, nodes.Block) and node.name == "body_class"):
            yield from written(node)


def chosen_texts(tree: nodes.Template) -> Iterator[str]:
    """Yield constants that an expression shows: `{{ 'photo' if one else 'photos' }}`."""
    for output in tree.find_all(nodes.Output):
        for node in output.nodes:
            if isinstance(node, nodes.CondExpr | nodes.Or | nodes.Const):
                yield from constants(node)


def constants(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and " " in node.value:
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        for way in filter(None, (node.expr1, node.expr2)):
            yield from constants(way)
    elif isinstance(node, nodes.Or):
        yield from constants(node.right)


PAGES = sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_page_says_nothing_that_cannot_be_translated(path: Path) -> None:
    assert bare_texts(path.read_text()) == set()


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello there</p>",
        '<img alt="A photo">',
        "<b>{{ 'no photo' if x else _('a photo') }}</b>",
        "{% if x %}<i title='Go on'></i>{% endif %}",
        "{% macro m() %}two words{% endmacro %}",
    ],
)
def test_a_bare_text_is_noticed(source: str) -> None:
    assert bare_texts(source)


def test_translated_texts_names_and_code_are_let_through() -> None:
    source = (
        "{% trans trimmed %}Hello <b>there</b>{% endtrans %}{{ _('Hello there') }} Malar"
        "<p class=\"{{ 'on' if x }}\" title=\"{{ _('Go on') }}\"><code>flask run</code></p>"
    )
    assert bare_texts(source) == set()


def bare_script_texts(source: str) -> set[str]:
    """Return texts of a script that hold a sentence and go through neither `t` nor `tn`."""
    code = re.sub(r"^\s*(//|/\*\*|\*).*$|\s//\s.*$", "", source, flags=re.MULTILINE)
    code = re.sub(r"\bt\(\s*\"[^\"]*\"|\btn\(\s*\"[^\"]*\",\s*\"[^\"]*\"", "", code)
    texts = re.findall(r'"([^"\n]*)"|`([^`\n]*)`', code)
    return {text for pair in texts for text in pair if re.match(r"[A-Z][a-z]+[ .:]", text)}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_nothing_that_cannot_be_translated(path: Path) -> None:
    assert bare_script_texts(path.read_text()) == set()


def test_a_bare_text_in_a_script_is_noticed() -> None:
    assert bare_script_texts('told.textContent = "Nothing was saved.";') == {"Nothing was saved."}
    assert bare_script_texts("x = `Photo ${id} is there`;") == {"Photo ${id} is there"}
    assert bare_script_texts('x = t("Nothing was saved."); // "Or was it?"') == set()


def test_values_within_an_error_are_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    portuguese = {
        "%(who)s and %(photos)s: %(why)s": "%(who)s e %(photos)s: %(why)s",
        "somebody": "alguém",
        " and ": " e ",
        "ana": "never asked for",
        "The label is %(value)s.": "O rótulo é %(value)s.",
    }

    def gettext(text: str, **values: object) -> str:
        said = portuguese[text]
        return said % values if values else said

    monkeypatch.setattr("curator.http.language.gettext", gettext)
    error = DecisionContradicts(
        "%(who)s and %(photos)s: %(why)s",
        who=translatable("somebody"),
        photos=Listed(["ana", 2]),
        why=InputInvalid("The label is %(value)s.", value="ana"),
    )
    assert error.message == "somebody and ana and 2: The label is ana."
    assert translated(error) == "alguém e ana e 2: O rótulo é ana."
