"""Writes a collection to a folder: drawn photos, copies, traps, their ground truth and posts."""

import csv
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image

from demo import traps
from demo.edits import EDIT_CYCLE, edit_photo
from demo.faces import Photo, draw_photo
from demo.person import Person, person_of
from demo.posts import Post, posts_of, random_id

SECOND_PHOTO_SHARE = 0.9
COPIED_SHARE = 0.22
COPIED_TWICE_SHARE = 0.25
README = """\
A demo collection for Malar
===========================

The faces in photos/ are drawn by a program. They are not photos and show no real people; each says
"drawn, not real" in a corner. The rash and its look-alikes (blush, flush, a colour cast) are simulated.
Accounts, posts and captions are invented, under the reserved domain example.org.

So a score on this collection says how well the software works. It says nothing about lupus.

photos/    {photos} photos of {people} people, {copies} copies of some of them, {broken} files that no importer
           should take for a photo, one of them hidden
truth.csv  what is true of each photo: person, sex, label, kind of sign, whose copy it is and by which edit,
           the region (x,y pixels of the upright photo; empty for copies), the skin tone (Fitzpatrick I to VI)
posts.csv  where each photo was found: post, author, caption, day, collector

Written with people={asked}, seed={seed}: the same numbers give the same collection.
"""


@dataclass(frozen=True)
class Truth:
    """One row of truth.csv."""

    file: str
    person: str
    sex: str
    label: str
    kind: str
    copy_of: str
    edit: str
    region: str
    skin_tone: str


@dataclass(frozen=True)
class Collection:
    """A collection's counts: `photos` and `copies` are in truth.csv, `broken` files are not."""

    folder: Path
    people: int
    photos: int
    copies: int
    broken: int
    positive: int
    negative: int
    files: int


def write_collection(folder: Path, people: int = 60, seed: int = 1) -> Collection:
    """Draw a collection of `people` people, plus a few in unusual file formats, into a folder.

    Args:
        folder: created if missing; a collection in it is replaced.
        people: a larger number leaves the first people's photos unchanged.
        seed: a different seed draws different people.

    Raises:
        ValueError: `people` outside 1..900, or a `seed` below 0.
    """
    if not 1 <= people <= 900:
        raise ValueError(f"people must be 1 to 900, not {people}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, not {seed}")
    photos = folder / "photos"
    shutil.rmtree(photos, ignore_errors=True)
    photos.mkdir(parents=True)
    rows, posts = write_people(photos, people, seed)
    more_rows, more_posts = write_readable_traps(photos, people, seed)
    write_broken_traps(photos, person_of(seed, 1), seed)
    rows, posts = rows + more_rows, posts + more_posts
    # Sorted by file name, so that row order does not reveal which photos belong together.
    write_table(folder / "truth.csv", Truth, sorted(rows, key=lambda row: row.file))
    write_table(folder / "posts.csv", Post, sorted(posts, key=lambda post: post.file))
    collection = counted(folder, rows)
    write_readme(collection, people, seed)
    return collection


def write_people(photos: Path, people: int, seed: int) -> tuple[list[Truth], list[Post]]:
    """Write the photos of all ordinary people, and copies of some."""
    rows: list[Truth] = []
    posts: list[Post] = []
    copies = 0
    for number in range(1, people + 1):
        person = person_of(seed, number)
        originals = write_photos(photos, person, seed)
        own = originals + write_copies(photos, originals, person, seed, copies)
        copies += len(own) - len(originals)
        rows += own
        posts += posts_of([row.file for row in own], number, seed)
    return rows, posts


def write_photos(photos: Path, person: Person, seed: int) -> list[Truth]:
    """Write the one or two photos of a person."""
    rng = np.random.default_rng([seed, 5, person.number])
    rows = []
    for shot in range(2 if rng.random() < SECOND_PHOTO_SHARE else 1):
        photo = draw_photo(person, seed, shot)
        file = f"{random_id(rng)}.jpg"
        photo.image.save(photos / file, quality=int(rng.integers(82, 95)))
        rows.append(truth_of(file, person, photo))
    return rows


def write_copies(
    photos: Path, originals: list[Truth], person: Person, seed: int, already: int
) -> list[Truth]:
    """Write edited copies of some of a person's photos.

    Args:
        already: number of earlier people's copies, which gives the position in EDIT_CYCLE.
    """
    rng = np.random.default_rng([seed, 6, person.number])
    rows: list[Truth] = []
    for original in originals:
        if rng.random() >= COPIED_SHARE:
            continue
        for _ in range(2 if rng.random() < COPIED_TWICE_SHARE else 1):
            edit = EDIT_CYCLE[(already + len(rows)) % len(EDIT_CYCLE)]
            with Image.open(photos / original.file) as image:
                copy = edit_photo(image, edit, int(rng.integers(78, 93)), rng)
            file = f"{random_id(rng)}.jpg"
            copy.image.save(photos / file, quality=copy.quality)
            rows.append(copy_truth(original, file, edit))
    return rows


def write_readable_traps(photos: Path, people: int, seed: int) -> tuple[list[Truth], list[Post]]:
    """Write valid photos of further people in unusual formats, and two copies with identical pixels."""
    rows: list[Truth] = []
    posts: list[Post] = []
    for number, (file, trap) in enumerate(traps.READABLE.items(), start=people + 1):
        person = person_of(seed, number)
        photo = draw_photo(person, seed, 0)
        trap(photo.image, photos / file)
        own = [truth_of(file, person, photo)]
        own += write_same_pixels(photos, own[0], seed, number)
        rows += own
        posts += posts_of([row.file for row in own], number, seed)
    return rows, posts


def write_same_pixels(photos: Path, original: Truth, seed: int, number: int) -> list[Truth]:
    """Copy one trap byte for byte, and resave another without changing a pixel."""
    rng = np.random.default_rng([seed, 7, number])
    if original.file == "trap_gps.jpg":
        file = f"{random_id(rng)}.jpg"
        shutil.copyfile(photos / original.file, photos / file)
        return [copy_truth(original, file, "exact")]
    if original.file == "trap_png_named.jpg":
        file = f"{random_id(rng)}.png"
        with Image.open(photos / original.file) as image:
            image.save(photos / file, compress_level=9)
        return [copy_truth(original, file, "resave")]
    return []


def write_broken_traps(photos: Path, person: Person, seed: int) -> None:
    """Write the files that are not usable photos."""
    # A shot outside the collection, so that no trap is a copy of a photo in it.
    image = draw_photo(person, seed, 2).image
    for file, trap in traps.UNREADABLE.items():
        trap(image, photos / file)


def truth_of(file: str, person: Person, photo: Photo) -> Truth:
    """Return the ground truth of an original."""
    region = " ".join(f"{x},{y}" for x, y in photo.region)
    return Truth(
        file, person.code, person.sex, person.label, person.kind, "", "", region, person.tone
    )


def copy_truth(original: Truth, file: str, edit: str) -> Truth:
    """Return the ground truth of a copy."""
    return Truth(
        file, original.person, original.sex, original.label, original.kind,
        original.file, edit, "", original.skin_tone,
    )  # fmt: skip


def write_table(path: Path, kind: type[Truth] | type[Post], rows: Sequence[Truth | Post]) -> None:
    """Write rows as UTF-8 CSV, whatever the locale."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(kind)])
        writer.writerows(astuple(row) for row in rows)


def counted(folder: Path, rows: list[Truth]) -> Collection:
    """Count what was written."""
    originals = [row for row in rows if not row.copy_of]
    labels = Counter(row.label for row in originals)
    return Collection(
        folder=folder,
        people=len({row.person for row in rows}),
        photos=len(originals),
        copies=len(rows) - len(originals),
        broken=len(traps.UNREADABLE),
        positive=labels["positive"],
        negative=labels["negative"],
        files=len(rows) + len(traps.UNREADABLE),
    )


def write_readme(collection: Collection, asked: int, seed: int) -> None:
    """Write a README that describes the folder's contents and purpose."""
    words = README.format(
        photos=collection.photos,
        people=collection.people,
        copies=collection.copies,
        broken=collection.broken,
        asked=asked,
        seed=seed,
    )
    (collection.folder / "README.txt").write_text(words, encoding="utf-8", newline="\n")
