"""Examines rows against the log of changes, a second witness of what people decided.

Events are read oldest first; the last one of a subject tells what its row must hold. What older
versions did not record yet, no event contradicts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from curator.base.events import ACTIONS, Action
from curator.base.instance import KEY_CHECK
from curator.base.models.events import Event
from curator.custody.findings import Finding, Kind, row_name
from curator.custody.records import (
    DAMAGE,
    UNSEEN,
    Cells,
    Reader,
    Records,
    key_of,
    table_named,
    unreadable_table,
)
from curator.ratings.attributes import attributes
from curator.ratings.settings import Project
from curator.study.stating import SETTING as STUDY

SAME_MOMENT = timedelta(minutes=2)  # a row and its event are written in one transaction
MISSING = object()

# What an action is about, and the table in which that must still be there.
PHOTO, PAIR, ACCOUNT = ("photo", "photo"), ("pair", ""), ("user", "user")
SUBJECTS: Mapping[Action, tuple[str, str]] = {
    Action.PHOTO_ADDED: PHOTO,
    Action.COLOURS_REREAD: PHOTO,
    Action.PHOTO_EXCLUDED: PHOTO,
    Action.PHOTO_TAKEN_BACK_IN: PHOTO,
    Action.SOURCE_SET: PHOTO,
    Action.SOURCE_OPENED: ("source", "photo"),
    Action.POST_FILLED: PHOTO,
    Action.PERSON_SET: PHOTO,
    Action.CODES_TOLD_APART: ("person", "person"),
    Action.RATING_SAVED: PHOTO,
    Action.RATING_WITHDRAWN: PHOTO,
    Action.ADJUDICATED: PHOTO,
    Action.COPY_REMOVED: PHOTO,
    Action.COPY_RESTORED: PHOTO,
    Action.PAIR_DECIDED: PAIR,
    Action.DECISION_TAKEN_BACK: PAIR,
    Action.IMPORT_STARTED: ("batch", "batch"),
    Action.EXPORT_MADE: ("export", "export"),
    Action.EXPORT_DOWNLOADED: ("export", "export"),
    Action.ACCOUNT_ADDED: ACCOUNT,
    Action.ACCOUNT_DISABLED: ACCOUNT,
    Action.ACCOUNT_ENABLED: ACCOUNT,
    Action.PASSWORD_CHANGED: ACCOUNT,
    Action.ROLE_CHANGED: ACCOUNT,
}


class Said(NamedTuple):
    """What an event says."""

    id: int
    at: datetime
    actor: str
    action: str
    subject_id: Any
    after: dict[str, Any]
    before: dict[str, Any]


@dataclass
class Story:
    """What rows must hold by the log, by what they are about."""

    photos: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    added: dict[int, Said] = field(default_factory=dict)
    ratings: dict[tuple[int, str], Said | None] = field(default_factory=dict)
    first: dict[tuple[int, str], Said] = field(default_factory=dict)
    rulings: dict[int, Said] = field(default_factory=dict)
    pairs: dict[int, Said] = field(default_factory=dict)
    batches: dict[int, Said] = field(default_factory=dict)
    exports: dict[int, Said] = field(default_factory=dict)
    accounts: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    account_made: dict[int, Said] = field(default_factory=dict)
    tokens: dict[int, Said] = field(default_factory=dict)
    revoked: set[int] = field(default_factory=set)
    used: dict[int, Said] = field(default_factory=dict)
    opened: dict[tuple[int, str], Said] = field(default_factory=dict)
    annotators: dict[str, str] = field(default_factory=dict)
    project: dict[str, Any] = field(default_factory=lambda: asdict(Project()))
    study: dict[str, Any] = field(default_factory=dict)
    assigned: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    apart: set[str] = field(default_factory=set)

    def tell(self, event: Said) -> None:
        handler = TELLING.get(event.action)
        if handler:
            handler(self, event)


def _photo_columns(*columns: str, of: Callable[[Said], dict[str, Any]] = lambda e: e.after) -> Any:
    def tell(story: Story, event: Said) -> None:
        said = of(event)
        story.photos[event.subject_id].update((c, said[c]) for c in columns or said if c in said)

    return tell


def _added(story: Story, event: Said) -> None:
    story.added[event.subject_id] = event
    nothing = dict.fromkeys(("person_id", "copy_of_id", "excluded_reason", "excluded_scope"))
    story.photos[event.subject_id].update(nothing, earlier_pixel_sha256=None)


def _reread(story: Story, event: Said) -> None:
    said = {"pixel_sha256": event.after, "earlier_pixel_sha256": event.before}
    found = {
        column: facts["pixel_sha256"] for column, facts in said.items() if "pixel_sha256" in facts
    }
    story.photos[event.subject_id].update(found)


def _rated(story: Story, event: Said) -> None:
    word = event.subject_id, event.actor
    story.ratings[word] = event
    story.first.setdefault(word, event)


def _role(story: Story, event: Said) -> None:
    story.accounts[event.subject_id].update(event.after)


def _account(story: Story, event: Said) -> None:
    story.account_made[event.subject_id] = event
    story.accounts[event.subject_id].update(event.after, disabled=False)


def _annotator(story: Story, event: Said) -> None:
    if event.before.get("email"):
        story.annotators.pop(event.before["email"], None)
    if event.after.get("email"):
        story.annotators[event.after["email"]] = event.after["account"]


def _assigned(story: Story, event: Said) -> None:
    story.assigned[event.after["scheme"]] += event.after["photos"]


Tell = Callable[[Story, Said], Any]
TELLING: Mapping[str, Tell] = {
    Action.PHOTO_ADDED: _added,
    Action.COLOURS_REREAD: _reread,
    Action.PHOTO_EXCLUDED: _photo_columns("excluded_reason", "excluded_scope"),
    Action.PHOTO_TAKEN_BACK_IN: _photo_columns("excluded_reason", "excluded_scope"),
    Action.SOURCE_SET: _photo_columns("source"),
    Action.POST_FILLED: _photo_columns(),
    Action.PERSON_SET: _photo_columns(of=lambda e: {"person_id": e.after.get("person")}),
    Action.COPY_REMOVED: _photo_columns(of=lambda e: {"copy_of_id": e.after.get("copy_of")}),
    Action.COPY_RESTORED: _photo_columns(of=lambda e: {"copy_of_id": e.after.get("copy_of")}),
    Action.RATING_SAVED: _rated,
    Action.RATING_WITHDRAWN: lambda story, e: story.ratings.update({(e.subject_id, e.actor): None}),
    Action.ADJUDICATED: lambda story, e: story.rulings.update({e.subject_id: e}),
    Action.PAIR_DECIDED: lambda story, e: story.pairs.update({e.subject_id: e}),
    Action.DECISION_TAKEN_BACK: lambda story, e: story.pairs.update({e.subject_id: e}),
    Action.IMPORT_STARTED: lambda story, e: story.batches.update({e.subject_id: e}),
    Action.EXPORT_MADE: lambda story, e: story.exports.update({e.subject_id: e}),
    Action.SPLITS_ASSIGNED: _assigned,
    Action.ACCOUNT_ADDED: _account,
    Action.ACCOUNT_DISABLED: _role,
    Action.ACCOUNT_ENABLED: _role,
    Action.ROLE_CHANGED: _role,
    Action.TOKEN_MADE: lambda story, e: story.tokens.update({e.subject_id: e}),
    Action.TOKEN_REVOKED: lambda story, e: story.revoked.add(e.subject_id),
    Action.TOKEN_USED: lambda story, e: story.used.update({e.subject_id: e}),
    Action.SOURCE_OPENED: lambda story, e: story.opened.setdefault((e.subject_id, e.actor), e),
    Action.ANNOTATOR_MAPPED: _annotator,
    Action.PROJECT_CHANGED: lambda story, e: story.project.update(e.after),
    Action.STUDY_CHANGED: lambda story, e: story.study.update(e.after),
    Action.CODES_TOLD_APART: lambda story, e: story.apart.update(e.after.get("persons", ())),
}


def read_story(reader: Reader, records: Records) -> tuple[Story, list[Finding]]:
    """Read the log once: what it says, and which events cannot be understood."""
    story, found = Story(), []
    table = table_named(Event.__tablename__)
    noted = len(reader.findings)
    ids = {name: {key[0] for key in records.table(name)} for _, name in SUBJECTS.values() if name}
    events = reader.rows(table, list(table.columns))
    rows = []
    try:
        for cells in events:
            rows.append(cells)
    except DAMAGE as error:
        found.append(unreadable_table(table.name, error))
    for cells in sorted(rows, key=lambda row: row["id"] if isinstance(row["id"], int) else 0):
        problem = _problem(cells, ids, records)
        if problem:
            about = row_name("event", key_of(table, cells))
            found.append(Finding(Kind.EVENT_UNKNOWN, about, problem))
        if UNSEEN in cells.values() or (problem and cells["action"] not in ACTIONS):
            continue
        try:
            story.tell(_said(cells))
        except (LookupError, TypeError, AttributeError, ValueError):
            about = row_name("event", key_of(table, cells))
            found.append(Finding(Kind.EVENT_UNKNOWN, about, "What it says cannot be understood."))
    return story, [*reader.findings[noted:], *found]


def check_chain(_reader: Reader) -> Iterator[Finding]:
    """Check that no event was changed, removed or added in between: here the chain of events is followed."""
    return iter(())


def _said(cells: Cells) -> Said:
    after, before = cells["after"] or {}, cells["before"] or {}
    return Said(
        cells["id"],
        cells["at"],
        cells["actor"],
        cells["action"],
        cells["subject_id"],
        after,
        before,
    )


def _problem(cells: Cells, ids: Mapping[str, set[Any]], records: Records) -> str:
    """Return why an event cannot be understood; empty if it can."""
    action = ACTIONS.get(cells["action"]) if isinstance(cells["action"], str) else None
    if action is None:
        return f"There is no action {cells['action']!r:.60}."
    for name in ("before", "after"):
        if (
            cells[name] is not None
            and cells[name] is not UNSEEN
            and not isinstance(cells[name], dict)
        ):
            return f"Its {name} is not a set of values."
    subject, table = SUBJECTS.get(action, (cells["subject"], ""))
    if cells["subject"] != subject:
        return f"It is about {cells['subject']!r:.40}, and `{action}` is about {subject}."
    if table and table not in records.unread and cells["subject_id"] not in ids[table]:
        return f"It is about {table} {cells['subject_id']}, which is not there."
    return ""


def check_log(story: Story, records: Records) -> Iterator[Finding]:
    """Compare rows with what the log says of them."""
    for check in CHECKS:
        yield from check(story, records)


def _differ(
    table: str, cells: Cells, expected: Mapping[str, Any], present: Mapping[str, Any] | None = None
) -> Iterator[Finding]:
    for column, wanted in expected.items():
        value = (present or cells).get(column, MISSING)
        if value is UNSEEN or _are_same(value, wanted):
            continue
        yield Finding(
            Kind.LOG_DIFFERS,
            row_name(table, key_of(table_named(table), cells)),
            f"{column} is {_shown(value)}; the log says {_shown(wanted)}.",
        )


def _are_same(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, datetime) and isinstance(value, datetime):
        return abs(value - wanted) <= SAME_MOMENT
    if type(value) is bool or type(wanted) is bool:
        return value is wanted
    return bool(value == wanted)


def _shown(value: Any) -> str:
    return "not there" if value is MISSING else f"{value!r:.80}"


def _lost(about: str, event: Said) -> Finding:
    return Finding(
        Kind.LOG_DIFFERS, about, f"It is not there, though event {event.id} says `{event.action}`."
    )


def _unlogged(table: str, cells: Cells) -> Finding:
    about = row_name(table, key_of(table_named(table), cells))
    return Finding(Kind.LOG_DIFFERS, about, "It is there, though no event says so.")


def _photos(story: Story, records: Records) -> Iterator[Finding]:
    batches = records.by_id("batch")
    for cells in records.each("photo"):
        added = story.added.get(cells["id"])
        if added is None:
            yield _unlogged("photo", cells)
            continue
        expected = {"batch_id": added.after["batch"], "added_at": added.at}
        batch = batches.get(added.after["batch"])
        if batch:
            expected["source"] = batch["source"]
        expected |= story.photos[cells["id"]]
        if isinstance(expected.get("collected_on"), str):
            present = {**cells, "collected_on": str(cells["collected_on"])}
            yield from _differ("photo", cells, expected, present)
        else:
            yield from _differ("photo", cells, expected)


def _names(records: Records) -> dict[Any, Any]:
    return {cells["id"]: cells["name"] for cells in records.each("user")}


def _assessed(
    cells: Cells, further: Mapping[Any, list[tuple[str, str]]], key: Any
) -> dict[str, Any]:
    """Return a row's values as `facts` records them."""
    values: dict[str, list[str]] = defaultdict(list)
    for attribute, value in further.get(key, ()):
        values[attribute].append(value)
    others = {
        a.code: a.joined(values.pop(a.code, []))
        if a.is_multiple
        else next(iter(values.pop(a.code, [])), a.unknown)
        for a in attributes()
        if not a.has_column
    }
    return {**cells, **others, **{code: tuple(found) for code, found in values.items()}}


FACTS = ("label", "region", "note", "over_eyes", "origin", "active_s", "source_shown", "version")


def _facts(event: Said) -> dict[str, Any]:
    codes = (*FACTS, *(attribute.code for attribute in attributes()))
    return {name: event.after[name] for name in codes if name in event.after}


def _further(records: Records, table: str, column: str) -> dict[Any, list[tuple[str, str]]]:
    found: dict[Any, list[tuple[str, str]]] = defaultdict(list)
    for cells in records.each(table):
        found[cells[column]].append((cells["attribute"], cells["value"]))
    return found


def _ratings(story: Story, records: Records) -> Iterator[Finding]:
    names, further = _names(records), _further(records, "rating_value", "rating_id")
    there = set()
    for cells in records.each("rating"):
        word = cells["photo_id"], names.get(cells["rater_id"])
        there.add(word)
        event = story.ratings.get(word)  # type: ignore[arg-type]
        if event is None:
            yield _unlogged("rating", cells)
            continue
        expected = {**_facts(event), "saved_at": event.at}
        yield from _differ("rating", cells, expected, _assessed(cells, further, cells["id"]))
    for word, event in story.ratings.items():
        if event and word not in there and "rating" not in records.unread:
            yield _lost(f"rating of photo {word[0]} by {word[1]}", event)


def _first_words(story: Story, records: Records) -> Iterator[Finding]:
    names = _names(records)
    there = set()
    for cells in records.each("first_word"):
        word = cells["photo_id"], names.get(cells["rater_id"])
        there.add(word)
        event = story.first.get(word)  # type: ignore[arg-type]
        if event is None:
            yield _unlogged("first_word", cells)
            continue
        said: dict[str, Any] = {c: event.after[c] for c in ("label", "region") if c in event.after}
        if event.after.get("origin"):
            said["origin"] = event.after["origin"]
        yield from _differ("first_word", cells, {**said, "saved_at": event.at})
        values = cells["values"] if isinstance(cells["values"], dict) else {}
        codes = values.keys() | {a.code for a in attributes() if a.code in event.after}
        expected = {code: event.after.get(code, MISSING) for code in sorted(codes)}
        for code, wanted in expected.items():
            if values.get(code, MISSING) != wanted:
                yield from _differ("first_word", cells, {"values": expected}, {"values": values})
                break
    for word, event in story.first.items():
        if word not in there and "first_word" not in records.unread:
            yield _lost(f"first_word of photo {word[0]} by {word[1]}", event)


def _rulings(story: Story, records: Records) -> Iterator[Finding]:
    names, further = _names(records), _further(records, "ruling_value", "photo_id")
    for cells in records.each("adjudication"):
        event = story.rulings.get(cells["photo_id"])
        if event is None:
            yield _unlogged("adjudication", cells)
            continue
        present = _assessed(cells, further, cells["photo_id"])
        present["adjudicator_id"] = names.get(cells["adjudicator_id"])
        expected = {**_facts(event), "saved_at": event.at, "adjudicator_id": event.actor}
        yield from _differ("adjudication", cells, expected, present)
    for photo, event in story.rulings.items():
        if (photo,) not in records.table("adjudication"):
            yield _lost(f"adjudication {photo}", event)


def _pairs(story: Story, records: Records) -> Iterator[Finding]:
    pairs = records.by_id("photo_pair")
    for number, cells in pairs.items():
        event = story.pairs.get(number)
        if event is None:
            if cells["decision"] is not None:
                yield from _differ("photo_pair", cells, {"decision": None})
            continue
        decision = event.after.get("decision")
        expected: dict[str, Any] = {
            "decision": decision,
            "decided_by": event.actor if decision else None,
            "decided_at": event.at if decision else None,
        }
        if photos := event.after.get("photos"):
            expected |= {"photo_a_id": photos[0], "photo_b_id": photos[1]}
        yield from _differ("photo_pair", cells, expected)
    for number, event in story.pairs.items():
        if event.after.get("decision") and number not in pairs:
            yield _lost(f"photo_pair {number}", event)


def _batches(story: Story, records: Records) -> Iterator[Finding]:
    for cells in records.each("batch"):
        event = story.batches.get(cells["id"])
        if event is None:
            yield _unlogged("batch", cells)
            continue
        yield from _differ("batch", cells, {**event.after, "started_at": event.at})


def _exports(story: Story, records: Records) -> Iterator[Finding]:
    members: dict[Any, int] = defaultdict(int)
    for cells in records.each("export_member"):
        members[cells["export_id"]] += 1
    for cells in records.each("export"):
        event = story.exports.get(cells["id"])
        if event is None:
            yield _unlogged("export", cells)
            continue
        expected = {
            "name": event.after.get("name", cells["name"]),
            "created_by": event.actor,
            "created_at": event.at,
            "members": event.after.get("photos", MISSING),
        }
        if expected["members"] is MISSING:
            del expected["members"]
        yield from _differ("export", cells, expected, {**cells, "members": members[cells["id"]]})


def _accounts(story: Story, records: Records) -> Iterator[Finding]:
    for cells in records.each("user"):
        made = story.account_made.get(cells["id"])
        if made is None:
            yield _unlogged("user", cells)
            continue
        known = {
            c: v
            for c, v in story.accounts[cells["id"]].items()
            if c in ("name", "role", "disabled")
        }
        yield from _differ("user", cells, {**known, "created_at": made.at})


def _tokens(story: Story, records: Records) -> Iterator[Finding]:
    names = _names(records)
    tokens = records.by_id("token")
    for number, cells in tokens.items():
        made = story.tokens.get(number)
        if made is None or number in story.revoked:
            yield _unlogged("token", cells)
            continue
        used = story.used.get(number)
        expected = {
            "user_id": made.after["account"],
            "name": made.after["name"],
            "role": made.after["role"],
            "until": datetime.fromisoformat(made.after["until"]),
            "made_at": made.at,
            "used_on": used.at.date() if used else None,
        }
        present = {**cells, "user_id": names.get(cells["user_id"])}
        yield from _differ("token", cells, expected, present)
    for number, event in story.tokens.items():
        if number not in story.revoked and number not in tokens:
            yield _lost(f"token {number}", event)


def _openings(story: Story, records: Records) -> Iterator[Finding]:
    names = _names(records)
    there = set()
    for cells in records.each("source_opening"):
        who = cells["photo_id"], names.get(cells["rater_id"])
        there.add(who)
        event = story.opened.get(who)  # type: ignore[arg-type]
        if event is None:
            yield _unlogged("source_opening", cells)
            continue
        yield from _differ("source_opening", cells, {"opened_at": event.at})
    for who, event in story.opened.items():
        if who not in there:
            rater = next((number for number, name in names.items() if name == who[1]), who[1])
            yield _lost(row_name("source_opening", {"photo_id": who[0], "rater_id": rater}), event)


def _settings(story: Story, records: Records) -> Iterator[Finding]:
    settings = records.by_id("setting")
    expected = {**story.project}
    if stated := {code: text for code, text in story.study.items() if text}:
        expected[STUDY] = stated
    for name, cells in settings.items():
        if name in expected:
            yield from _differ("setting", cells, {"value": expected[name]})
        elif name == STUDY and cells["value"]:
            yield _unlogged("setting", cells)
        elif name not in (STUDY, KEY_CHECK):
            about = row_name("setting", {"name": name})
            yield Finding(Kind.VALUE_IMPOSSIBLE, about, "There is no such setting.")
    defaults = asdict(Project())
    for name, wanted in expected.items():
        if name not in settings and wanted != defaults.get(name):
            says = f"It is not there; the log says {_shown(wanted)}."
            yield Finding(Kind.LOG_DIFFERS, f"setting {name}", says)


def _annotators(story: Story, records: Records) -> Iterator[Finding]:
    names = _names(records)
    rows = records.by_id("label_studio_annotator")
    for email, cells in rows.items():
        if email not in story.annotators:
            yield _unlogged("label_studio_annotator", cells)
            continue
        present = {"user_id": names.get(cells["user_id"])}
        yield from _differ(
            "label_studio_annotator", cells, {"user_id": story.annotators[email]}, present
        )
    for email in story.annotators.keys() - rows.keys():
        says = "It is not there, though the log says whose it is."
        yield Finding(Kind.LOG_DIFFERS, f"label_studio_annotator {email}", says)


def _splits(story: Story, records: Records) -> Iterator[Finding]:
    there: dict[Any, int] = defaultdict(int)
    for cells in records.each("split_assignment"):
        there[cells["scheme"]] += 1
    for scheme in sorted({*there, *story.assigned}, key=str):
        if there[scheme] != story.assigned.get(scheme, 0):
            says = f"It has {there[scheme]} photos; the log says {story.assigned.get(scheme, 0)}."
            yield Finding(Kind.LOG_DIFFERS, f"split_assignment {scheme}", says)


def _persons(story: Story, records: Records) -> Iterator[Finding]:
    codes = {cells["code"]: cells for cells in records.each("person")}
    for code in sorted(story.apart):
        if code not in codes:
            yield Finding(Kind.LOG_DIFFERS, f"person {code}", "The log names it; it is not there.")
        else:
            yield from _differ("person", codes[code], {"is_told_apart": True})


CHECKS = (
    *(_photos, _ratings, _first_words, _rulings, _pairs, _batches, _exports, _accounts, _tokens),
    *(_openings, _settings, _annotators, _splits, _persons),
)
