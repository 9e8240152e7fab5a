"""Examines a whole instance by a table of checks: one row a check, the only place to change."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from curator.base.config import Config
from curator.base.progress import Progress, untold
from curator.custody import (
    caches,
    database,
    exports,
    files,
    freezes,
    links,
    log,
    pairs,
    photos,
    runs,
    values,
)
from curator.custody.findings import Finding, Kind
from curator.custody.inventory import Listing, list_instance
from curator.custody.records import (
    DAMAGE,
    UNSEEN,
    Reader,
    Records,
    database_file,
    open_reader,
    read_records,
)

GRACE_S = 180.0  # a file lies in place for at most so long before its row is committed
BREATH_S = 0.2  # between two looks: a new temporary file is not locked at once


@dataclass
class Scene:
    """What a check looks at: files as listed first, then rows of one moment, and the log.

    Attributes:
        only: at a second look, what was suspected at the first: nothing else is read again.
        notes: what is no finding, but should be known.
    """

    config: Config
    listing: Listing
    reader: Reader
    progress: Progress
    only: frozenset[str] | None = None
    notes: list[str] = field(default_factory=list)
    sound: set[int] = field(default_factory=set)  # photos whose files are as imported

    @cached_property
    def records(self) -> Records:
        return read_records(self.reader)


class Check(NamedTuple):
    """One check: `reads` says of what, for readers of the documents."""

    name: str
    reads: str
    find: Callable[[Scene], Iterator[Finding]]


def _photos(scene: Scene) -> Iterator[Finding]:
    wrong = set()
    for found in photos.check_photos(
        scene.reader, scene.records, scene.config, scene.progress, scene.only
    ):
        wrong.add(found.about)
        yield found
    ids = (key[0] for key in scene.records.table("photo"))
    tables = ("photo", *photos.MEASURED)
    scene.sound |= {n for n in ids if not wrong & {f"{table} {n}" for table in tables}}


def _few(scene: Scene, what: str, found: Sequence[Finding], of: int) -> Iterator[Finding]:
    """Yield what may be damage; if most measures differ, another version or library made them."""
    if len({one.about for one in found}) > max(5, of / 2):
        scene.notes.append(
            f"{len(found)} of {of} {what} come out differently now: another version of the program, "
            "or of a library, made them. They were not examined."
        )
    else:
        yield from found


def _evidence(scene: Scene) -> Iterator[Finding]:
    found = [
        *pairs.check_evidence(scene.reader, scene.records, scene.config, scene.sound, scene.only)
    ]
    yield from _few(scene, "pairs", found, len(scene.records.table("duplicate_pair")))


def _exports(scene: Scene) -> Iterator[Finding]:
    made = log.exports_made(scene.reader)
    return exports.check_exports(scene.listing, scene.records, made, scene.config, scene.notes)


def _unknown(scene: Scene) -> Iterator[Finding]:
    return files.check_unknown(scene.listing, scene.records, scene.config)


def _erasures(scene: Scene) -> Iterator[Finding]:
    for cells in scene.records.each("erasure"):
        if cells["remaining"] not in (None, UNSEEN):
            about = f"erasure {cells['id']}"
            yield Finding(Kind.ERASURE_UNFINISHED, about, "Something is still to be removed.")


CHECKS: tuple[Check, ...] = (
    Check("pages", "the database's pages and indexes", lambda s: database.check_pages(s.reader)),
    Check("schema", "tables, columns, indexes and triggers", lambda s: database.check_schema(s.reader)),
    Check("cells", "every value, as its column's type", lambda s: iter(s.records.findings)),
    Check("constraints", "keys and rules of the tables", lambda s: database.check_constraints(s.reader, s.records)),
    Check("values", "every value, by what the program writes", lambda s: values.check_values(s.records)),
    Check("links", "rows against rows", lambda s: links.check_links(s.records)),
    Check("derived", "copies, exclusions and the words that count", lambda s: links.check_derived(s.reader, s.records)),
    Check("events", "the log of changes, event by event", lambda s: log.check_events(s.reader)),
    Check("chain", "the log of changes, as a chain", lambda s: log.check_chain(s.reader, s.config)),
    Check("log", "rows against their last version in the log", lambda s: log.check_rows(s.reader, s.records)),
    Check("freezes", "frozen states against what was signed", lambda s: freezes.check_freezes(s.reader, s.config)),
    Check("modes", "who may read the instance's files", lambda s: files.check_modes(s.listing)),
    Check("left-over", "temporary files of killed processes", lambda s: files.check_left_over(s.listing)),
    Check("unknown", "files that no row knows", _unknown),
    Check("key", "the instance's key", lambda s: files.check_key(s.config)),
    Check("photos", "every photo's file against its rows", _photos),
    Check("evidence", "pairs, compared again", _evidence),
    Check("erasures", "whether all that was erased is gone", _erasures),
    Check("caches", "cached pictures", lambda s: caches.check_caches(s.listing, s.records, s.config)),
    Check("exports", "exports against their digests", _exports),
    Check("runs", "the trainer's runs", lambda s: runs.check_runs(s.config, s.notes)),
)  # fmt: skip


@dataclass(frozen=True)
class Examination:
    """What was examined, and what was found."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return not self.findings

    def by_kind(self) -> dict[Kind, list[Finding]]:
        found: dict[Kind, list[Finding]] = {}
        for one in self.findings:
            found.setdefault(one.kind, []).append(one)
        return found


def examine(
    config: Config, *, progress: Progress = untold, grace_s: float = GRACE_S
) -> Examination:
    """Examine an instance without changing it, also while it is in use.

    What looks wrong is looked at a second time, by files and rows read anew: what was only being
    written is sound by then.

    Args:
        grace_s: how old a file without a row must be before it counts as lost.
    """
    first = _look(config, progress, None)
    if first.is_sound:
        return first
    time.sleep(max(BREATH_S, _wait_s(config, first.findings, grace_s)))
    again = _look(config, untold, frozenset(one.about for one in first.findings))
    seen = Counter((one.kind, one.about) for one in first.findings)
    told = tuple(one for one in again.findings if seen[one.kind, one.about])
    return Examination(tuple(dict.fromkeys(told)), again.notes, first.counts)


def _wait_s(config: Config, found: Sequence[Finding], grace_s: float) -> float:
    """Return how long until files without a row are old enough to be told of."""
    ages = []
    for one in found:
        if one.kind is Kind.FILE_UNKNOWN:
            try:
                ages.append(time.time() - (config.instance / one.about).lstat().st_mtime)
            except OSError:
                continue
    return max((min(grace_s, grace_s - age) for age in ages), default=0.0)


def _look(config: Config, progress: Progress, only: frozenset[str] | None) -> Examination:
    listing = list_instance(config.instance)
    if config.url.startswith("sqlite") and not database_file(config).is_file():
        says = f"There is no file {database_file(config).name}."
        return Examination((Finding(Kind.DATABASE_DAMAGED, "the database", says),))
    try:
        with open_reader(config) as reader:
            scene = Scene(config, listing, reader, progress, only)
            found = [one for check in CHECKS for one in _found(check, scene)]
            found += reader.findings  # of the log, too, which the checks of it read
            return Examination(tuple(dict.fromkeys(found)), tuple(scene.notes), _counts(scene))
    except DAMAGE as error:
        return Examination((_unopened(error),))


def _found(check: Check, scene: Scene) -> Iterator[Finding]:
    try:
        yield from check.find(scene)
    except DAMAGE as error:
        why = " ".join(str(getattr(error, "orig", None) or error).split())
        about = f"check {check.name}"
        yield Finding(Kind.DATABASE_DAMAGED, about, f"It could not be finished: {why:.200}.")


def _unopened(error: Exception) -> Finding:
    why = " ".join(str(getattr(error, "orig", None) or error).split())
    return Finding(Kind.DATABASE_DAMAGED, "the database", f"It cannot be opened: {why:.200}.")


def _counts(scene: Scene) -> dict[str, int]:
    tables: dict[str, Any] = {name: len(rows) for name, rows in scene.records.rows.items() if rows}
    return {"files": sum(not e.is_folder for e in scene.listing.entries.values()), **tables}
