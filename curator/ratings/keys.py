"""The keys of the pages' actions, and those that a study sets in their place."""

import re
from collections.abc import Iterator, Mapping

from curator.base.errors import InputInvalid
from curator.base.models.ratings import LABELS
from curator.ratings.attributes import attributes

Keys = tuple[str, ...]

LABEL_KEYS = dict(zip(LABELS, "123", strict=True))
ZOOM = {"closer": ("+", "="), "farther": ("-",), "fit": ("0",)}
UNDO = {"undo": ("z", "ctrl+z")}
# By page: the actions whose keys a study may set, as the pages' scripts have them.
ACTIONS: dict[str, dict[str, Keys]] = {
    "annotate": {
        "note": ("n",),
        "undo": ("ctrl+z",),
        "redo": ("ctrl+shift+z", "ctrl+y"),
        "rectangle": ("r",),
        "polygon": ("p",),
        "suggested": ("t",),
        "copy": ("c",),
        "place": ("g",),
        "remove": ("delete", "backspace"),
        "adjust": ("a",),
        "hide_region": ("h",),
        "redness": ("v",),
        **ZOOM,
        "brighter": ("]",),
        "darker": ("[",),
        "more_contrast": (".",),
        "less_contrast": (",",),
        "plain": ("o",),
        "save": ("enter", "ctrl+enter"),
        "skip": ("s",),
        "previous": ("b",),
        "same_person": ("j",),
        "source": ("i",),
        "exclude": ("e", "x"),
        "help": ("?",),
    },
    "gallery": {
        "toggle": (" ", "x"),
        "all": ("ctrl+a",),
        "rate": ("r",),
        "exclude": ("e",),
        "include": ("i",),
        "source": ("s",),
        "person": ("m",),
        **UNDO,
        "next": ("n",),
        "previous": ("p",),
        "find": ("/",),
        "help": ("?",),
    },
    "photo": {
        "next": ("n",),
        "previous": ("b",),
        "rate": ("r",),
        "hide_region": ("h",),
        **ZOOM,
        "exclude": ("e",),
        **UNDO,
        "help": ("?",),
    },
    "adjudicate": {
        "next": ("enter",),
        "rule": ("r",),
        "change": ("c",),
        "list": ("l",),
        "hide_region": ("h",),
        **ZOOM,
        "exclude": ("e",),
        "help": ("?",),
    },
    "duplicates": {
        "copy": ("c",),
        "same_person": ("p",),
        "different": ("d",),
        "next": ("n",),
        **UNDO,
        "flicker": ("f",),
        "difference": ("x",),
        "other": ("o",),
        "beside": ("s",),
        **ZOOM,
        "bulk": ("v",),
        "help": ("?",),
    },
    "people": {
        "same_person": ("p",),
        "different": ("d",),
        "next": ("n",),
        **UNDO,
        **ZOOM,
        "help": ("?",),
    },
}
DIGITS = tuple("123456789")
# Keys that stay what they are on a page, beside arrows and Esc.
FIXED: dict[str, Keys] = {
    "annotate": (" ",),
    "gallery": ("enter",),
    "photo": ("g",),
    "adjudicate": DIGITS,
    "duplicates": (" ", *DIGITS),
    "people": DIGITS,
}
NAMED = {"space": " ", "comma": ",", "semicolon": ";", "equals": "="}
LONG = ("enter", "delete", "backspace", "insert", "home", "end", "pageup", "pagedown")
WITH_CTRL = ("enter", "shift+z", *"abdeiksyz")  # the others belong to the browser
BROWSERS = re.compile(r"tab|escape|esc|arrow\w+|f\d+|(ctrl|alt|meta|shift)\+.+")


def actions_of(page: str) -> dict[str, Keys]:
    """Return a page's actions with their keys, those of the study's attributes first."""
    return {**_choices(), **ACTIONS[page]} if page == "annotate" else ACTIONS[page]


def _choices() -> dict[str, Keys]:
    labels = {f"label-{label}": (key,) for label, key in LABEL_KEYS.items()}
    return labels | {
        f"{attribute.code}-{value.code}": (value.key,) if value.key else ()
        for attribute in attributes()
        for value in attribute.values
    }


def study_keys(page: str, text: str) -> dict[str, Keys]:
    """Return the keys that a study sets on a page, by action.

    Raises:
        InputInvalid: an action or a key is unknown, or a key would do two things on a page.
    """
    own: dict[str, Keys] = {}
    for name, keys in _lines(text):
        place, _, action = name.rpartition(".")
        if place in ("", page) and action in actions_of(page):
            own[action] = keys
    return own


def checked(text: str) -> str:
    """Return a study's keys as they are stored, one action a line; InputInvalid names what is wrong."""
    for page in ACTIONS:
        _refuse_twice(page, {**actions_of(page), **study_keys(page, text)})
    lines = (f"{name} = {' '.join(map(_written, keys))}".strip() for name, keys in _lines(text))
    return "\n".join(lines)


def _lines(text: str) -> Iterator[tuple[str, Keys]]:
    for line in filter(None, map(str.strip, re.split(r"[\n;]", text))):
        name, equals, keys = line.partition("=")
        name = name.strip()
        if not equals:
            raise InputInvalid(
                "The keys were not saved: %(line)s is no line such as “annotate.skip = k”.",
                line=line,
            )
        place, _, action = name.rpartition(".")
        if not any(action in actions_of(page) for page in ACTIONS if place in ("", page)):
            raise InputInvalid(
                "The keys were not saved: there is no action %(action)s whose keys can be set.",
                action=name,
            )
        yield name, tuple(map(_read, keys.split()))


def _read(written: str) -> str:
    key = NAMED.get(written.lower(), written.lower())
    is_free = key.startswith("ctrl+") and key.removeprefix("ctrl+") in WITH_CTRL
    if len(key) == 1 or key in LONG or is_free:
        return key
    if BROWSERS.fullmatch(key):
        raise InputInvalid(
            "The keys were not saved: %(key)s belongs to the browser or moves about the page.",
            key=written,
        )
    raise InputInvalid("The keys were not saved: there is no key %(key)s.", key=written)


def _written(key: str) -> str:
    return next((name for name, named in NAMED.items() if named == key), key)


def _refuse_twice(page: str, actions: Mapping[str, Keys]) -> None:
    taken = dict.fromkeys(FIXED[page], "")
    for action, keys in actions.items():
        for key in keys:
            if taken.setdefault(key, action) != action:
                raise InputInvalid(
                    "The keys were not saved: on the page %(page)s, %(key)s is already the key of "
                    "%(other)s, so it cannot be that of %(action)s.",
                    page=page,
                    key=_written(key),
                    other=taken[key] or "—",
                    action=action,
                )
