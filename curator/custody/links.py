"""Examines rows against rows: what no foreign key holds, and what one row derives from others."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from curator.base.components import connected
from curator.base.models.pairs import DUPLICATE, PERSON
from curator.base.reach import reached
from curator.base.spelling import code_form
from curator.custody.findings import Finding, Kind, SetCells, row_name
from curator.custody.records import DAMAGE, UNSEEN, Cells, Reader, Records, key_of, table_named
from curator.pairs.decisions import photos_with_facts
from curator.pairs.kept_copy import choose


def check_links(records: Records) -> Iterator[Finding]:
    """Check what rows of one table say of rows of another."""
    for check in (
        _copies,
        _pair_kinds,
        _decisions,
        _batches,
        _names,
        _turns,
        _told_apart,
        _fingerprints,
        _first_words,
    ):
        yield from check(records)


def check_derived(reader: Reader, records: Records) -> Iterator[Finding]:
    """Derive again which photos are copies, what exclusions reach, and where each word counts."""
    yield from _counts(records)
    session = Session(reader.connection)
    try:
        yield from _reach(records, reached(session))
        yield from _kept(records, session)
    except DAMAGE as error:
        why = str(getattr(error, "orig", None) or error)
        yield Finding(
            Kind.DATABASE_DAMAGED, "table photo", f"Copies and exclusions cannot be derived: {why}."
        )
    finally:
        session.close()


def _finding(kind: Kind, table: str, cells: Cells, says: str) -> Finding:
    return Finding(kind, row_name(table, key_of(table_named(table), cells)), says)


def _wrong(table: str, cells: Cells, column: str, wanted: Any, why: str) -> Finding:
    key = key_of(table_named(table), cells)
    return Finding(
        Kind.DERIVED_WRONG,
        row_name(table, key),
        f"{column} is {cells[column]}; {why} it is {wanted}.",
        SetCells(table, key, {column: cells[column]}, {column: wanted}),
    )


def _copies(records: Records) -> Iterator[Finding]:
    photos = records.by_id("photo")
    for cells in photos.values():
        kept = photos.get(cells["copy_of_id"])
        if kept is not None and kept["copy_of_id"] is not None:
            yield _finding(
                Kind.LINK_BROKEN, "photo", cells,
                f"It is a copy of photo {kept['id']}, which is itself a copy.",
            )  # fmt: skip


def _pair_kinds(records: Records) -> Iterator[Finding]:
    parts = {DUPLICATE: records.by_id("duplicate_pair"), PERSON: records.by_id("person_pair")}
    for cells in records.each("photo_pair"):
        own = parts.get(cells["kind"], {})
        if cells["id"] not in own:
            yield _finding(
                Kind.LINK_BROKEN,
                "photo_pair",
                cells,
                f"Its row of kind {cells['kind']} is missing.",
            )
    kinds = {cells["id"]: cells["kind"] for cells in records.each("photo_pair")}
    for kind, rows in parts.items():
        for number in rows:
            if kinds.get(number, kind) != kind:
                yield Finding(
                    Kind.LINK_BROKEN, f"photo_pair {number}", f"It has a row of kind {kind}, too."
                )


def _decisions(records: Records) -> Iterator[Finding]:
    for cells in records.each("photo_pair"):
        said = {name: cells[name] is not None for name in ("decision", "decided_by", "decided_at")}
        if len(set(said.values())) > 1:
            yield _finding(
                Kind.VALUE_IMPOSSIBLE, "photo_pair", cells,
                "Of the decision, who made it and when, only a part stands there.",
            )  # fmt: skip
        elif cells["kind"] == PERSON and cells["decision"] is None:
            yield _finding(
                Kind.VALUE_IMPOSSIBLE, "photo_pair", cells, "It says nothing of persons."
            )


def _batches(records: Records) -> Iterator[Finding]:
    added = Counter(cells["batch_id"] for cells in records.each("photo"))
    rejected = Counter(cells["batch_id"] for cells in records.each("rejected_file"))
    parts = ("added", "already_there", "rejected", "ignored")
    for cells in records.each("batch"):
        if UNSEEN in cells.values():
            continue
        total = sum(cells[part] for part in parts)
        if cells["seen"] != total:
            yield _finding(
                Kind.VALUE_IMPOSSIBLE, "batch", cells,
                f"seen is {cells['seen']}, but its parts add up to {total}.",
            )  # fmt: skip
        for column, found in (("added", added), ("rejected", rejected)):
            if cells[column] != found[cells["id"]]:
                yield _finding(
                    Kind.LINK_BROKEN, "batch", cells,
                    f"{column} is {cells[column]}, but {found[cells['id']]} rows name the batch.",
                )  # fmt: skip
        if (cells["finished_at"] is None) != (cells["seen"] - cells["ignored"] == 0) and cells[
            "seen"
        ]:
            yield _finding(
                Kind.VALUE_IMPOSSIBLE, "batch", cells, "finished_at contradicts what it brought."
            )
        if cells["finished_at"] is not None and cells["finished_at"] < cells["started_at"]:
            yield _finding(Kind.VALUE_IMPOSSIBLE, "batch", cells, "It ended before it began.")


def _names(records: Records) -> Iterator[Finding]:
    batches = records.by_id("batch")
    names: dict[Any, set[Any]] = defaultdict(set)
    for cells in records.each("file_name"):
        names[cells["photo_id"]].add(cells["name"])
        if cells["batch_id"] is not None and cells["batch_id"] not in batches:
            yield _finding(
                Kind.LINK_BROKEN, "file_name", cells, f"There is no batch {cells['batch_id']}."
            )
    for cells in records.each("photo"):
        if cells["original_name"] not in names[cells["id"]]:
            yield _finding(
                Kind.LINK_BROKEN, "photo", cells,
                f"Its name {cells['original_name']!r:.80} is not among its file names.",
            )  # fmt: skip


def _turns(records: Records) -> Iterator[Finding]:
    seen: dict[tuple[Any, Any], Cells] = {}
    for cells in records.each("place"):
        turn = (cells["rater_id"], cells["turn"])
        if cells["turn"] and seen.setdefault(turn, cells) is not cells:
            yield _finding(
                Kind.VALUE_IMPOSSIBLE, "place", cells,
                f"Photo {seen[turn]['photo_id']} was handed out at the same turn.",
            )  # fmt: skip


def _told_apart(records: Records) -> Iterator[Finding]:
    alike: dict[str, list[Cells]] = defaultdict(list)
    for cells in records.each("person"):
        if isinstance(cells["code"], str):
            alike[code_form(cells["code"])].append(cells)
    for group in alike.values():
        if len(group) == 1 and group[0]["is_told_apart"] is True:
            yield _finding(
                Kind.VALUE_IMPOSSIBLE, "person", group[0],
                "It is told apart from codes written like it, but there is none.",
            )  # fmt: skip


def _fingerprints(records: Records) -> Iterator[Finding]:
    known = records.by_id("fingerprint")
    for cells in records.each("photo"):
        if cells["pairs_sought"] is True and cells["id"] not in known:
            yield _finding(
                Kind.LINK_BROKEN,
                "photo",
                cells,
                "Its copies were sought, but it has no fingerprint.",
            )


def _first_words(records: Records) -> Iterator[Finding]:
    """A photo's first words go with ratings: who rated has a first word, by then or before."""
    first = {(c["photo_id"], c["rater_id"]) for c in records.each("first_word")}
    for cells in records.each("rating"):
        if (cells["photo_id"], cells["rater_id"]) not in first:
            yield _finding(
                Kind.LINK_BROKEN, "rating", cells, "The rater's first word on the photo is missing."
            )


def _reach(records: Records, derived: Mapping[int, int]) -> Iterator[Finding]:
    for cells in records.each("photo"):
        wanted = derived.get(cells["id"])
        if cells["excluded_with_id"] != wanted:
            yield _wrong(
                "photo", cells, "excluded_with_id", wanted, "by the exclusions and decisions"
            )


def _kept(records: Records, session: Session) -> Iterator[Finding]:
    """Check that of each group of copies one photo is kept, and the others name it.

    Which one is chosen when the group changes: a later fingerprint of a photo does not move it.
    """
    photos = records.by_id("photo")
    links = [
        (cells["photo_a_id"], cells["photo_b_id"])
        for cells in records.each("photo_pair")
        if cells["decision"] == "copy"
        and {cells["photo_a_id"], cells["photo_b_id"]} <= photos.keys()
    ]
    joined = {photo for link in links for photo in link}
    members: dict[Any, list[int]] = defaultdict(list)
    for photo, group in connected(joined, links).items():
        members[group].append(photo)
    wanted: dict[int, int] = {}
    for group in members.values():
        kept = _kept_one(photos, sorted(group), session)
        wanted |= {photo: kept for photo in group if photo != kept}
    for cells in photos.values():
        if cells["copy_of_id"] != wanted.get(cells["id"]):
            yield _wrong(
                "photo", cells, "copy_of_id", wanted.get(cells["id"]), "by the decisions on copies"
            )


def _kept_one(photos: Mapping[int, Cells], group: list[int], session: Session) -> int:
    """Return the photo that most of a group name, by what they say; of several the one to choose."""
    votes = Counter(photos[photo]["copy_of_id"] or photo for photo in group)
    likely = [photo for photo, count in votes.most_common() if count == max(votes.values())]
    if len(likely) == 1 and likely[0] in group:
        return int(likely[0])
    return choose([facts for _, facts in photos_with_facts(session, group)]).id


class Counting(NamedTuple):
    """Whose word counts on a photo, as pairs.words says it: the last in this order, one a speaker."""

    table: str
    speaker: Callable[[Cells], Any]
    order: Callable[[Cells, Any], Any]


COUNTING = (
    Counting(
        "rating",
        lambda row: row["rater_id"],
        lambda row, kept: (row["photo_id"] == kept, row["saved_at"], row["id"]),
    ),
    Counting(
        "adjudication",
        lambda _row: 0,
        lambda row, kept: (row["photo_id"] == kept, row["saved_at"], row["photo_id"]),
    ),
)


def _counts(records: Records) -> Iterator[Finding]:
    photos = records.by_id("photo")
    for rule in COUNTING:
        yield from _counted(records, photos, rule, last=True)
    first = Counting(
        "first_word", lambda row: row["rater_id"], lambda row, _: (row["saved_at"], row["id"])
    )
    yield from _counted(records, photos, first, last=False)


def _counted(
    records: Records, photos: Mapping[Any, Cells], rule: Counting, *, last: bool
) -> Iterator[Finding]:
    said: dict[Any, list[tuple[Any, Cells]]] = defaultdict(list)
    for cells in records.each(rule.table):
        photo = photos.get(cells["photo_id"])
        if photo is None or UNSEEN in (*cells.values(), photo["copy_of_id"]):
            continue
        kept = photo["copy_of_id"] or photo["id"]
        said[kept, rule.speaker(cells)].append((kept, cells))
    for words in said.values():
        ordered = sorted(words, key=lambda word: rule.order(word[1], word[0]))
        counting = ordered[-1 if last else 0][1]
        for kept, cells in words:
            wanted = kept if cells is counting else None
            if cells["counts_on_id"] != wanted:
                yield _wrong(rule.table, cells, "counts_on_id", wanted, "by the copies and words")
