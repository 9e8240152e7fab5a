"""What a demo collection promises: its tables are true, it is reproducible, and no side channel tells the label."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demo.collection import Collection, write_collection
from demo.edits import EDIT_CYCLE
from demo.person import SKIN_TONES, person_of
from demo.scene import SIZES
from demo.traps import READABLE, UNREADABLE

Row = dict[str, str]
SEED = 1  # of the collection in conftest.py


def originals(truth: list[Row]) -> list[Row]:
    """Drawn photos of ordinary people: no copies and no traps."""
    return [row for row in truth if not row["copy_of"] and row["file"] not in READABLE]


@pytest.mark.slow
def test_truth_lists_exactly_the_readable_files(photos: Path, truth: list[Row]) -> None:
    listed = {row["file"] for row in truth}
    there = {path.name for path in photos.iterdir()}
    assert listed | set(UNREADABLE) == there
    assert not listed & set(UNREADABLE)
    assert len(listed) == len(truth)


@pytest.mark.slow
def test_the_counts_are_those_of_the_files(
    collection: Collection, photos: Path, truth: list[Row]
) -> None:
    labels = Counter(row["label"] for row in truth if not row["copy_of"])
    assert collection.files == len(list(photos.iterdir()))
    assert collection.photos + collection.copies == len(truth)
    assert (collection.positive, collection.negative) == (labels["positive"], labels["negative"])
    assert collection.people == len({row["person"] for row in truth})


def test_the_header_starts_with_the_columns_of_a_truth_table(collection: Collection) -> None:
    header = (collection.folder / "truth.csv").read_text("utf-8").splitlines()[0]
    assert header == "file,person,sex,label,kind,copy_of,edit,region,skin_tone"


def test_every_photo_has_one_post_under_the_reserved_domain(
    truth: list[Row], posts: list[Row]
) -> None:
    assert {row["file"] for row in posts} == {row["file"] for row in truth}
    assert len(posts) == len(truth)
    assert list(posts[0]) == ["file", "post_url", "author", "caption", "collected_on", "collector"]
    assert all(row["post_url"].startswith("https://example.org/p/") for row in posts)


def test_no_account_and_no_post_belongs_to_two_people(truth: list[Row], posts: list[Row]) -> None:
    person = {row["file"]: row["person"] for row in truth}
    for column in ("author", "post_url"):
        owners: dict[str, set[str]] = {}
        for row in posts:
            owners.setdefault(row[column], set()).add(person[row["file"]])
        assert all(len(people) == 1 for people in owners.values())


def test_some_posts_are_carousels_and_some_people_have_two_accounts(
    truth: list[Row], posts: list[Row]
) -> None:
    person = {row["file"]: row["person"] for row in truth}
    accounts = Counter(owner for owner, _ in {(person[p["file"]], p["author"]) for p in posts})
    assert max(Counter(row["post_url"] for row in posts).values()) == 2
    assert max(accounts.values()) == 2
    assert Counter(accounts.values())[1] > Counter(accounts.values())[2] > 0


def test_copies_name_an_original_of_the_same_person(truth: list[Row]) -> None:
    by_file = {row["file"]: row for row in truth}
    for row in truth:
        if row["copy_of"]:
            source = by_file[row["copy_of"]]
            assert not source["copy_of"]
            assert row["region"] == ""
            assert all(row[c] == source[c] for c in ("person", "sex", "label", "kind", "skin_tone"))


def test_every_edit_occurs(truth: list[Row]) -> None:
    assert {row["edit"] for row in truth} == {"", "exact", "resave", *EDIT_CYCLE}


def test_all_photos_of_a_person_have_one_label(truth: list[Row]) -> None:
    labels = {(row["person"], row["label"], row["sex"], row["skin_tone"]) for row in truth}
    assert len(labels) == len({row["person"] for row in truth})


def test_a_block_of_people_is_balanced() -> None:
    people = [person_of(3, number) for number in range(1, 61)]
    cells = Counter((person.label, person.sex) for person in people)
    assert cells == {
        ("positive", "female"): 18,
        ("positive", "male"): 12,
        ("negative", "female"): 18,
        ("negative", "male"): 12,
    }
    tones = Counter((person.label, person.tone) for person in people)
    assert set(tones.values()) == {5}
    assert {person.tone for person in people} == set(SKIN_TONES)


def test_a_smaller_collection_from_another_process_is_a_part_of_this_one(
    collection: Collection, tmp_path: Path
) -> None:
    code = (
        "import sys, pathlib; from demo.collection import write_collection; "
        "write_collection(pathlib.Path(sys.argv[1]), people=2, seed=int(sys.argv[2]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "LC_ALL": "C", "PYTHONUTF8": "0"}
    command = [sys.executable, "-c", code, str(tmp_path), str(SEED)]
    subprocess.run(command, check=True, env=environment, cwd=Path(__file__).parents[2])
    first_two = [line for line in lines(tmp_path) if line.split(",")[1] in ("D001", "D002")]
    assert len(first_two) >= 2
    assert set(first_two) <= set(lines(collection.folder))
    for line in first_two:
        file = Path("photos") / line.split(",")[0]
        assert (tmp_path / file).read_bytes() == (collection.folder / file).read_bytes()


def test_another_seed_draws_other_people() -> None:
    assert person_of(1, 1) != person_of(2, 1)


@pytest.mark.parametrize(("people", "seed"), [(0, 1), (901, 1), (1, -1)])
def test_impossible_numbers_are_refused(tmp_path: Path, people: int, seed: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        write_collection(tmp_path / "none", people, seed)
    assert not (tmp_path / "none").exists()


def test_names_are_random_ids(truth: list[Row]) -> None:
    names = [row["file"] for row in truth if row["file"] not in READABLE]
    assert all(re.fullmatch(r"[\w-]{11}\.(jpg|png)", name, re.ASCII) for name in names)


def test_the_readme_says_that_the_faces_are_drawn(collection: Collection) -> None:
    words = (collection.folder / "README.txt").read_text("utf-8")
    assert "drawn by a program" in words
    assert "says nothing about lupus" in words


def test_neither_picture_size_nor_file_size_nor_order_tells_the_label(
    photos: Path, truth: list[Row]
) -> None:
    measures: dict[str, list[list[float]]] = {"positive": [], "negative": []}
    for place, row in enumerate(originals(truth)):
        with Image.open(photos / row["file"]) as image:
            size = image.size
        assert size in SIZES
        file_bytes = (photos / row["file"]).stat().st_size
        bytes_per_pixel = file_bytes / (size[0] * size[1])
        measures[row["label"]].append([size[0] * size[1], file_bytes, bytes_per_pixel, place])
    for positive, negative in zip(
        np.array(measures["positive"]).T, np.array(measures["negative"]).T, strict=True
    ):
        # The chance that a random positive is the larger: 0.5 when nothing is told.
        assert 0.3 < (positive[:, None] > negative[None, :]).mean() < 0.7


def lines(folder: Path) -> list[str]:
    """Give the lines of a truth table without its header."""
    return (folder / "truth.csv").read_text("utf-8").splitlines()[1:]
