"""Pages are in the visitor's language, and the catalogues contain a translation of every text."""

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from flask import Flask

from curator.http.language import LANGUAGES
from tests.curator.browsing import Visitor

ROOT = Path(__file__).parents[3]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
# What pages and terminals read by its letters: a percent sign written out, markup, commands.
KEPT = re.compile(r"%%|</?\w+[^>]*>|`[^`]*`|&\w+;")
LOCALES = [code for code in LANGUAGES if code != "en"]
in_every_catalogue = pytest.mark.parametrize(
    ("domain", "locale"), [(domain, code) for domain in ("messages", "scripts") for code in LOCALES]
)


@pytest.fixture(scope="module")
def texts() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "make_texts.py"))


def words(said: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said or ())


def translations(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    """Yield each English form with its translation."""
    for message in catalogue:
        if message.id:
            yield from zip(words(message.id), words(message.string), strict=True)


@in_every_catalogue
def test_every_text_is_translated_and_no_stale_one_is_kept(
    texts: dict[str, Any], domain: str, locale: str
) -> None:
    catalogue: Catalog = texts["translated"](domain, locale)
    found = {message.id for message in texts["collected"](domain) if message.id}
    assert len(found) > 100
    assert [text for text in found if not is_said(catalogue.get(text), text)] == []
    assert {message.id for message in catalogue if message.id} - found == set()


def is_said(message: Message | None, text: str | tuple[str, ...]) -> bool:
    if message is None or message.fuzzy:  # a fuzzy one is left out of what pages read
        return False
    said = words(message.string)
    return len(said) == len(words(text)) and all(one.strip() for one in said)


@pytest.mark.parametrize("domain", ["messages", "scripts"])
def test_no_text_is_used_both_with_and_without_a_plural(texts: dict[str, Any], domain: str) -> None:
    """A catalogue then contains only the entry with a plural, and the other lookup fails."""
    asked = [text for _file, _line, text, *_more in texts["_extract"](domain)]
    with_plural = {text[0] for text in asked if not isinstance(text, str)}
    assert with_plural
    assert with_plural & {text for text in asked if isinstance(text, str)} == set()


@in_every_catalogue
def test_a_translation_names_the_values_of_its_text(
    texts: dict[str, Any], domain: str, locale: str
) -> None:
    named = 0
    for message in texts["translated"](domain, locale):
        wanted = {name for text in words(message.id) for name in PLACEHOLDER.findall(text)}
        other = words(message.string) if message.id else ()
        assert all(set(PLACEHOLDER.findall(form)) <= wanted for form in other), message.id
        assert not other or set(PLACEHOLDER.findall(other[-1])) == wanted, message.id
        named += bool(wanted)
    assert named > 10


@in_every_catalogue
def test_a_translation_keeps_markup_commands_and_the_spaces_around_it(
    texts: dict[str, Any], domain: str, locale: str
) -> None:
    pairs = list(translations(texts["translated"](domain, locale)))
    assert pairs
    for english, other in pairs:
        assert sorted(KEPT.findall(other)) == sorted(KEPT.findall(english)), english
        assert other.endswith(" ") == english.endswith(" "), english
        # What begins with a comma goes on from a text before it, with or without that comma.
        assert other.startswith(" ") <= english.startswith((" ", ",")), english


def test_a_page_is_in_the_browsers_or_the_chosen_language(app: Flask) -> None:
    visitor = Visitor(app, "ana")
    assert '<html lang="en">' in visitor.page("/")
    asked = visitor.get("/", headers={"Accept-Language": "pt-BR,pt;q=0.9"}).text
    assert '<html lang="pt-BR">' in asked
    assert "Sair" in asked
    assert "Sign out" not in asked
    assert '<html lang="en">' in visitor.get("/", headers={"Accept-Language": "fr"}).text
    assert visitor.post("/language", language="pt_BR", next="/inbox").location == "/inbox"
    chosen = visitor.page("/inbox")
    assert "Sair" in chosen
    assert '<script src="/language/pt_BR.js">' in chosen
    visitor.post("/language", language="en")
    assert "Sign out" in visitor.get("/", headers={"Accept-Language": "pt-BR"}).text


def test_the_chosen_language_survives_sign_in_and_never_redirects_elsewhere(app: Flask) -> None:
    visitor = Visitor(app)
    assert visitor.post("/language", language="pt_BR", next="//evil.example").location == "/"
    visitor.sign_in("ana")
    assert "Sair" in visitor.page("/")
    assert visitor.post("/language", language="xx").status_code == 400


def test_errors_are_in_the_visitors_language(app: Flask) -> None:
    visitor = Visitor(app, "ana")
    visitor.post("/language", language="pt_BR")
    assert "Esta página não existe." in visitor.get("/nope").text
    refused = visitor.post("/admin/project", raters_needed="10", agreed_overlap="0.5")
    assert refused.status_code == 400
    assert "Uma foto precisa de 1 a 9 avaliadores, não 10." in refused.text


def test_scripts_get_their_texts_and_both_plural_forms(app: Flask) -> None:
    visitor = Visitor(app)
    answer = visitor.get("/language/pt_BR.js")
    assert answer.mimetype == "text/javascript"
    given = re.fullmatch(r"globalThis\.malarWords = (\{.*\});\n", answer.text)
    assert given, answer.text
    said = json.loads(given[1])
    assert said["Keep mine"] == "Manter a minha"
    assert said["%(num)s file seen: %(parts)s."] == [
        "%(num)s arquivo verificado: %(parts)s.",
        "%(num)s arquivos verificados: %(parts)s.",
    ]
    assert visitor.get("/language/en.js").text == "globalThis.malarWords = {};\n"
    assert visitor.get("/language/..%2Fx.js").status_code == 404
    assert visitor.get("/language/xx.js").status_code == 404
