"""Collects the texts to translate into curator/translations: new ones come in empty, to be filled by hand."""

from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from curator.base import errors
from faces.photos import PhotoRefused

ROOT = Path(__file__).parents[1]
TRANSLATIONS = ROOT / "curator" / "translations"
LOCALES = ("pt_BR",)

# Errors carry their text as the first argument.
OF_ERRORS = {
    name: None
    for name, one in vars(errors).items()
    if isinstance(one, type) and issubclass(one, Exception)
}
OF_ERRORS |= {PhotoRefused.__name__: None}
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true"}
# Of each catalogue: where its texts stand, and the functions that they are handed to.
METHODS = {
    "messages": [
        ("curator/**.py", "python"),
        ("faces/**.py", "python"),
        ("templates/**.html", "jinja2"),
    ],
    "scripts": [("curator/static/vendor/**", "ignore"), ("curator/static/**.js", "javascript")],
}
KEYWORDS: dict[str, dict[str, Any]] = {
    "messages": DEFAULT_KEYWORDS | OF_ERRORS | {"translatable": None, "lazy_gettext": None},
    "scripts": {"t": None, "tn": (1, 2)},
}


def collected(domain: str) -> Catalog:
    """Return all texts of a catalogue as they stand in the code."""
    found = Catalog(charset="utf-8")
    by_place = sorted(_extract(domain), key=itemgetter(0, 1))  # the same in every checkout
    for _file, _line, text, _comments, _context in by_place:
        found.add(text)
    return found


def translated(domain: str, locale: str) -> Catalog:
    with path_of(domain, locale).open("rb") as file:
        return read_po(file, locale=locale)


def path_of(domain: str, locale: str) -> Path:
    return TRANSLATIONS / locale / "LC_MESSAGES" / f"{domain}.po"


def _extract(domain: str) -> Iterator[tuple[Any, ...]]:
    return extract_from_dir(
        ROOT,
        METHODS[domain],
        {"templates/**.html": JINJA},
        KEYWORDS[domain],
        directory_filter=_holds_texts,
    )


def _holds_texts(folder: str) -> bool:
    return Path(folder).relative_to(ROOT).parts[0] in ("curator", "faces", "templates")


def main() -> None:
    for domain in METHODS:
        texts = collected(domain)
        for locale in LOCALES:
            catalogue = translated(domain, locale)
            catalogue.update(texts, no_fuzzy_matching=True, update_creation_date=False)
            catalogue.obsolete.clear()
            with path_of(domain, locale).open("wb") as file:
                write_po(file, catalogue, no_location=True, width=120)


if __name__ == "__main__":
    main()
