"""Every change is recorded under one of the named actions, each with its text and what undoes it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from curator.base.events import ACTIONS, Action, Undo
from curator.base.messages import Translatable
from curator.undoing import KIND_OF, KINDS

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "curator").rglob("*.py"))
NAMES = {f"Action.{action.name}" for action in Action}


def unnamed_actions(source: str) -> Iterator[str]:
    """Yield what is given to `record` and is no member of `Action`, nor a choice between members."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            named = {
                node.targets[0].id: node.value
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            }
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "record":
                    given = call.args[2]
                    if isinstance(given, ast.Name):
                        given = named.get(given.id, given)
                    either = (
                        (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,)
                    )
                    yield from {ast.unparse(one) for one in either} - NAMES


def spelled_actions(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in ACTIONS:
            yield node.value


def test_every_change_is_recorded_under_a_named_action() -> None:
    assert [found for path in SOURCES for found in unnamed_actions(path.read_text())] == []


@pytest.mark.parametrize(
    "given", ["'person set'", "Action.UNHEARD_OF", "Action.PERSON_SET if x else y"]
)
def test_a_change_without_a_named_action_is_noticed(given: str) -> None:
    assert list(unnamed_actions(f"def f():\n record(session, actor, {given}, 'photo', 1)"))


def test_no_action_is_spelled_anywhere_else() -> None:
    elsewhere = [path for path in SOURCES if path != ROOT / "curator" / "base" / "events.py"]
    assert [found for path in elsewhere for found in spelled_actions(path.read_text())] == []
    assert list(spelled_actions("action = 'rating saved'")) == ["rating saved"]
    pages = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    assert [action for action in Action if f"'{action}'" in pages or f'"{action}"' in pages] == []


def test_every_action_is_recorded_somewhere() -> None:
    said = "".join(path.read_text() for path in SOURCES)
    assert [name for name in sorted(NAMES) if name not in said] == []


@pytest.mark.parametrize("action", Action)
def test_an_action_has_a_text_and_says_what_undoing_it_restores(action: Action) -> None:
    assert isinstance(action.text, Translatable)  # which the search for texts to translate finds
    assert action.text
    assert action.undo is None or isinstance(action.undo, Undo)
    assert (action in KIND_OF) is (action.undo is not None)


def test_whatever_can_be_undone_is_known_how() -> None:
    assert set(KINDS) == set(Undo)
