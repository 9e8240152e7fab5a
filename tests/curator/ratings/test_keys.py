"""A study's own keys: read, written back, and refused where a key would do two things."""

from dataclasses import replace

import pytest

from curator.base.db import Sessions
from curator.base.errors import InputInvalid
from curator.ratings.attributes import attributes
from curator.ratings.keys import ACTIONS, actions_of, checked, study_keys
from curator.ratings.settings import change_project, read_project


def test_an_action_without_a_page_is_meant_on_every_page_that_has_it() -> None:
    text = "exclude = k"
    found = {page: study_keys(page, text) for page in ACTIONS}
    having = {page for page in ACTIONS if "exclude" in actions_of(page)}
    assert having >= {"annotate", "gallery", "photo", "adjudicate"}
    assert found == {page: {"exclude": ("k",)} if page in having else {} for page in ACTIONS}
    assert study_keys("gallery", "annotate.skip = k") == {}


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("  exclude=K ;\n\n annotate.skip = Q Home", "exclude = k\nannotate.skip = q home"),
        ("annotate.redness =", "annotate.redness ="),
        ("label-positive = q\nlabel-negative = w", "label-positive = q\nlabel-negative = w"),
        ("annotate.skip = b\nannotate.previous = s", "annotate.skip = b\nannotate.previous = s"),
        ("gallery.find = comma", "gallery.find = comma"),
        ("annotate.skip = semicolon", "annotate.skip = semicolon"),
        (
            "annotate.closer = +\nannotate.skip = equals",
            "annotate.closer = +\nannotate.skip = equals",
        ),
        ("annotate.undo = ctrl+k", "annotate.undo = ctrl+k"),
    ],
)
def test_keys_are_stored_as_they_are_read(text: str, stored: str) -> None:
    assert checked(text) == stored
    assert checked(stored) == stored


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("exclude", {"exclude"}),
        ("annotate.dance = k", {"annotate.dance"}),
        ("gallery.redness = k", {"gallery.redness"}),
        ("annotate.skip = tab", {"tab"}),
        ("annotate.skip = ctrl+w", {"ctrl+w"}),
        ("annotate.skip = F5", {"F5"}),
        ("annotate.skip = Escape", {"Escape"}),
        ("annotate.skip = arrowleft", {"arrowleft"}),
        ("annotate.skip = kk", {"kk"}),
        ("annotate.skip = b", {"annotate", "b", "skip", "previous"}),
        ("annotate.skip = space", {"space", "skip"}),
        ("annotate.skip = 1", {"1", "skip", "label-positive"}),
        ("duplicates.copy = 2", {"duplicates", "2", "copy"}),
        ("exclude = r", {"r", "exclude"}),
    ],
)
def test_what_cannot_be_a_key_is_refused_in_one_line(text: str, names: set[str]) -> None:
    with pytest.raises(InputInvalid) as refused:
        checked(text)
    said = str(refused.value)
    assert "\n" not in said
    assert all(name in said for name in names)


def test_keys_of_attributes_follow_from_their_table() -> None:
    first = attributes()[0]
    keys = {f"{first.code}-{value.code}": (value.key,) for value in first.values}
    assert keys.items() <= actions_of("annotate").items()


def test_the_usual_keys_do_one_thing_on_each_page() -> None:
    assert checked("") == ""


def test_refused_keys_leave_the_study_as_it_was(sessions: Sessions) -> None:
    wanted = replace(read_project(sessions), keys="exclude = k")
    assert change_project(sessions, wanted, actor="ana").keys == "exclude = k"
    with pytest.raises(InputInvalid):
        change_project(sessions, replace(wanted, keys="exclude = tab"), actor="ana")
    assert read_project(sessions).keys == "exclude = k"
