"""The posts that photos came from: matched with files by name, filled in where nothing is known."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from curator.base.config import Config
from curator.base.csv_table import Post
from curator.base.db import Sessions
from curator.base.errors import InputInvalid
from curator.base.events import Action, record
from curator.base.file_names import Match, Subject, match_rows
from curator.base.keys import author_key
from curator.base.models.events import Event
from curator.base.models.photos import Batch, Photo
from curator.photos.names import NamedPhoto, named_photos
from faces.listing import FoundFile

MOST_NAMED = 5  # refused rows named in one message
OF_THE_POST = {"post_url", "author_key"}  # two photos that differ here are of two posts


@dataclass(frozen=True)
class UnusedRow:
    """A row or sidecar that no photo has, and why where that is known."""

    file: str
    line: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class LooseMatch:
    """A row whose file is written otherwise, in case or without its ending."""

    line: int
    file: str
    matched: str


@dataclass(frozen=True)
class Told(Generic[Subject]):
    """What a table or sidecars tell of files, and which parts of either the other lacks."""

    post_of: Mapping[Subject, Post]
    rows: int = 0
    matched: int = 0
    unmatched: tuple[UnusedRow, ...] = ()
    unreadable: tuple[UnusedRow, ...] = ()
    loosely: tuple[LooseMatch, ...] = ()


@dataclass(frozen=True)
class Contradiction:
    """A table says otherwise than what stands; an author is never shown, only that it is another."""

    file: str
    photo: int
    field: str
    stands: str
    given: str


@dataclass(frozen=True)
class Filling:
    filled: bool = False
    contradictions: tuple[Contradiction, ...] = ()


@dataclass(frozen=True)
class MetadataResult:
    """How the rows of a table, or sidecars, found their photos; `filled` photos were there before."""

    rows: int
    matched: int
    unmatched: tuple[UnusedRow, ...]
    unreadable: tuple[UnusedRow, ...]
    loosely: tuple[LooseMatch, ...]
    files_without_row: tuple[str, ...]
    filled: int
    contradictions: tuple[Contradiction, ...]


def match_files(posts: Mapping[str, Post], files: Sequence[FoundFile]) -> Told[FoundFile]:
    """Match a table's posts with files found in folders.

    Raises:
        InputInvalid: a row means several photos, or two rows contradict each other.
    """
    paths = [str(file.path.absolute()) for file in files]
    return _matched(posts, [(file.name, file) for file in files], _are_one_photo, paths)


def fill_posts(
    sessions: Sessions, config: Config, posts: Mapping[str, Post], *, actor: str
) -> MetadataResult:
    """Fill in the posts of photos that are in the collection, by all names they were imported under.

    Raises:
        InputInvalid: a row means several photos, or two rows contradict each other.
    """
    with sessions.begin() as session:
        named = named_photos(session)
        files = [(one.name, one) for one in named]
        told = _matched(posts, files, _are_one_stored, [one.path for one in named])
        given = [(named.photo_id, named.name, post) for named, post in told.post_of.items()]
        without = [name for name, named in files if named not in told.post_of]
        return result_of(told, without, fill_photos(session, config, given, actor))


def fill_photos(
    session: Session, config: Config, given: Sequence[tuple[int, str, Post]], actor: str
) -> list[Filling]:
    """Fill in what is empty on photos, each given by id, the file's name and its post."""
    # Written into the statement: databases limit the number of parameters.
    ids: BindParameter[int] = bindparam(
        "photos",
        sorted({photo_id for photo_id, _, _ in given}),
        expanding=True,
        literal_execute=True,
    )
    rows = select(Photo, Batch.collector).join(Batch, Batch.id == Photo.batch_id)
    of_photos = rows.where(Photo.id.in_(ids)).with_for_update(of=Photo)
    found = {photo.id: (photo, collector) for photo, collector in session.execute(of_photos)}
    return [
        _fill(session, *found[photo_id], name, columns_of(config, post), actor)
        for photo_id, name, post in given
    ]


def columns_of(config: Config, post: Post) -> dict[str, Any]:
    """Return what a post says as columns of a photo, None where it says nothing."""
    return {
        "post_url": post.post_url or None,
        "author_key": author_key(config, post.author) if post.author else None,
        "caption": post.caption or None,
        "collected_on": post.collected_on,
        "collector": post.collector or None,
    }


def write_post(session: Session, photo: Photo, values: Mapping[str, Any], actor: str) -> Event:
    """Set columns of a photo's post."""
    before = as_recorded({field: getattr(photo, field) for field in values})
    for field, value in values.items():
        setattr(photo, field, value)
    return record(
        session, actor, Action.POST_FILLED, "photo", photo.id, before, as_recorded(values)
    )


def as_recorded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns as an event keeps them: dates as text."""
    return {
        field: value.isoformat() if field == "collected_on" and value else value
        for field, value in values.items()
    }


def from_recorded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns from an event."""
    return {
        field: date.fromisoformat(value) if field == "collected_on" and value else value
        for field, value in values.items()
    }


def result_of(
    told: Told[Any], without_row: Collection[str], fillings: Collection[Filling]
) -> MetadataResult:
    return MetadataResult(
        rows=told.rows,
        matched=told.matched,
        unmatched=told.unmatched,
        unreadable=told.unreadable,
        loosely=told.loosely,
        files_without_row=tuple(without_row),
        filled=sum(filling.filled for filling in fillings),
        contradictions=tuple(one for filling in fillings for one in filling.contradictions),
    )


def _matched(
    posts: Mapping[str, Post],
    files: Sequence[tuple[str, Subject]],
    are_one: Callable[[tuple[Subject, ...]], bool],
    paths: Sequence[str] | None = None,
) -> Told[Subject]:
    rows = list(posts.items())
    matching = match_rows(rows, files, paths)
    name_of = _told_apart(files, paths)
    refused = []
    unmatched = []
    loosely = []
    for (name, post), match in zip(rows, matching.matches, strict=True):
        if problem := _problem(name, post, match, name_of, rows, are_one):
            refused.append(problem)
        unmatched += [UnusedRow(name, line) for line in post.lines if not match.subjects]
        if match.is_loose:
            loosely.append(LooseMatch(post.lines[0], name, name_of[match.subjects[0]]))
    if refused:
        _refuse(refused)
    row_count = sum(len(post.lines) for post in posts.values())
    return Told(
        post_of={subject: rows[row][1] for subject, row in matching.row_of.items()},
        rows=row_count,
        matched=row_count - len(unmatched),
        unmatched=tuple(unmatched),
        loosely=tuple(loosely),
    )


def _told_apart(
    files: Sequence[tuple[str, Subject]], paths: Sequence[str] | None
) -> dict[Subject, str]:
    """Return what to call each file: by its path where several folders given have one such name."""
    often = Counter(name for name, _ in files)
    return {
        subject: path if often[name] > 1 else name
        for (name, subject), path in zip(files, paths or [name for name, _ in files], strict=True)
    }


def _problem(
    name: str,
    post: Post,
    match: Match[Subject],
    name_of: Mapping[Subject, str],
    rows: Sequence[tuple[str, Post]],
    are_one: Callable[[tuple[Subject, ...]], bool],
) -> InputInvalid | None:
    """Return why a row cannot be applied."""
    if len(match.subjects) > 1 and not are_one(match.subjects):
        shown = [name_of[subject] for subject in match.subjects[:MOST_NAMED]]
        return InputInvalid(
            "line %(line)s: %(count)s photos are named %(name)s (%(files)s): give more of the path",
            line=post.lines[0],
            count=len(match.subjects),
            name=name,
            files=", ".join(shown),
        )
    if match.rival is not None:
        return InputInvalid(
            "line %(line)s: %(name)s is the file of line %(earlier)s, which says otherwise",
            line=post.lines[0],
            name=name,
            earlier=rows[match.rival][1].lines[0],
        )
    return None


def _refuse(problems: Sequence[InputInvalid]) -> None:
    named = "; ".join(problem.message for problem in problems[:MOST_NAMED])
    more = len(problems) - MOST_NAMED
    raise InputInvalid(
        "The table has rows that cannot be used (%(count)s), so nothing was changed: %(problems)s.",
        count=len(problems),
        problems=f"{named}; and {more} more" if more > 0 else named,
    )


def _are_one_stored(named: Sequence[NamedPhoto]) -> bool:
    return len({one.photo_id for one in named}) == 1


def _are_one_photo(files: Sequence[FoundFile]) -> bool:
    """Tell whether files have the same bytes, whatever their names."""
    if not all(file.path.is_file() for file in files):
        return False
    if len({file.path.stat().st_size for file in files}) > 1:
        return False
    return len({_digest(file) for file in files}) == 1


def _digest(found: FoundFile) -> str:
    with found.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fill(
    session: Session,
    photo: Photo,
    collector: str,
    name: str,
    said: Mapping[str, Any],
    actor: str,
) -> Filling:
    """Fill in what a post says and the photo lacks; what stands is kept.

    A copy's row may be about another post: then nothing of it is filled in.
    """
    given = {field: value for field, value in said.items() if value is not None}
    stands = {field: getattr(photo, field) or None for field in given}
    if stands.get("collector") == collector:
        stands["collector"] = None  # of the import, not of a table
    differing = [field for field in given if stands[field] not in (None, given[field])]
    is_of_another = name != photo.original_name and OF_THE_POST & set(differing)
    missing = {
        field: value
        for field, value in given.items()
        if stands[field] is None and value != getattr(photo, field) and not is_of_another
    }
    if missing:
        write_post(session, photo, missing, actor)
    return Filling(
        bool(missing),
        tuple(
            _contradiction(name, photo.id, field, stands[field], given[field])
            for field in differing
        ),
    )


def _contradiction(
    file: str, photo: int, field: str, stands: object, given: object
) -> Contradiction:
    if field == "author_key":
        return Contradiction(file, photo, "author", "", "")
    return Contradiction(file, photo, field, str(stands), str(given))
