"""Describes an export for readers: DATASHEET.md. Source: Gebru et al. 2021.

Sentences tell what every export has in common; all else is counted in the database or stated by the study.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from curator.base.consent import SCOPES
from curator.exports.description import Description, counted, spelled
from curator.ratings.attributes import EVIDENCE, SEX, attributes, further_attributes
from curator.study.facts import FACTS, Fact, Section, Study

NOT_STATED = "NOT STATED"
NOT_RECORDED = "(not recorded)"
SURROUNDINGS = (
    "Here what lies around the region shows, too: hair, clothes or a room can give people away."
)


def write_datasheet(folder: Path, described: Description) -> None:
    parts = [f"# Datasheet of {described.facts['name']}", *(part(described) for part in PARTS)]
    text = "\n\n".join(part for part in parts if part)
    (folder / "DATASHEET.md").write_bytes(f"{text}\n".encode())


def _motivation(described: Description) -> str:
    return f"""## Motivation
Face regions to train and test detectors of the butterfly malar rash, a sign of lupus. For research; not for diagnosis.

{_stated(Section.MOTIVATION, described.study)}"""


def _composition(described: Description) -> str:
    facts, by_sex = described.facts, described.facts["counts_by_sex"]
    splits = [(split, *facts["counts"][split].values()) for split in facts["split"]["ratios"]]
    labels = [(label, *(by_sex[label][sex] for sex in SEX.codes)) for label in by_sex]
    groups = {example.group for example in described.examples}
    return f"""## Composition
{facts["counts"]["total"]} images, one per photo, of {len(groups)} groups. A group joins what may show one person: a
person's code, one author, one post, copies and likely copies. It never crosses a split or a fold.

{_table(["label", *SEX.codes], labels)}

{_table(["split", *facts["classes"]], splits)}"""


def _sources(described: Description) -> str:
    return f"""### Where the photos were found
{_counted("source", Counter(example.source or NOT_RECORDED for example in described.examples))}

When positives come from one source and negatives from another, a model can learn the source instead of the rash."""


def _evidence(described: Description) -> str:
    least = described.facts["min_evidence"]
    return f"""### On what evidence the label rests
{_counted("evidence", Counter(example.evidence for example in described.examples))}

From weakest to strongest: {", ".join(EVIDENCE.codes)}. Weakest admitted here: {least}."""


def _further(described: Description) -> str:
    """Return a table for each attribute that the study records beyond sex and evidence."""
    tables = []
    for attribute in further_attributes():
        by_label = described.facts["counts_by_attribute"][attribute.code]
        heads = [code or NOT_RECORDED for code in next(iter(by_label.values()))]
        rows = [(label, *counts.values()) for label, counts in by_label.items()]
        tables.append(f"### {attribute.name}\n{_table(['label', *heads], rows)}")
    return "\n\n".join(tables)


def _recognition(described: Description) -> str:
    has_surroundings = described.facts["crop"]["mode"] != "mask"
    more = f"\n{SURROUNDINGS}" if has_surroundings else ""
    return f"""### Can the people shown be recognised?
Yes. Cheeks and nose identify people: known faces are recognised in over half of cases once the nose shows. Their
names, accounts and posts are not in this export, which makes it pseudonymous, not anonymous. It is personal data, and
since it tells of an illness, data on health. Ethics boards and data transfer agreements should treat it so.{more}

How many of these persons are found again by networks that were never taught faces, a lower bound:
`python -m trainer anonymity`, followed by this folder."""


def _raters(described: Description) -> str:
    by_number = Counter(str(example.raters) for example in described.examples)
    by_role = counted(described.provenance.raters)
    return f"""### Raters per photo
{_counted("raters", by_number)}

Accounts that rated or ruled, by role: {by_role or "none"}."""


def _regions(described: Description) -> str:
    origins = described.facts["regions_by_origin"]
    return f"""### Where the regions are from
{_counted("origin", {origin: count for origin, count in origins.items() if count})}

An accepted region is where a program found the face: no rater drew or changed it."""


def _seen(described: Description) -> str:
    sources = described.facts["ratings_by_source"]
    seen = {name: sources[name] for name in ("shown", "hidden", "not_recorded") if sources[name]}
    return f"""### What raters saw beside the photo
{_counted("source, caption, file name", seen, "ratings")}

A rating is counted once for each person. {sources["by_sight_shown"]} ratings give evidence from the photo itself
(visual, clinician), although its source was in view."""


def _consent(described: Description) -> str:
    """Count the photos by the consent that is recorded; the study's own statement is quoted elsewhere."""
    counts = described.facts["photos_by_consent"]
    named = {
        f"given: {SCOPES[word]}" if word in SCOPES else word: count
        for word, count in counts.items()
        if count
    }
    demanded = described.facts.get("consent")
    least = f"for {SCOPES[demanded]}, which this export demands" if demanded else "not demanded"
    return f"""### What consent is recorded
{_counted("consent of the person, or else of the source", named)}

Consent: {least}. Photos of which consent was withdrawn are not in it."""


def _left_out(described: Description) -> str:
    return f"### Left out\n{_counted('reason', described.facts['left_out'])}"


def _collection(described: Description) -> str:
    return f"""## Collection
{_imports(described)} {_days(described)}

{_stated(Section.COLLECTION, described.study)}"""


def _imports(described: Description) -> str:
    told = described.provenance
    when = f", {spelled(told.imported)}" if told.imported else ""
    collectors = f"collected by {_number(told.collectors, 'person', 'people')}"
    by_whom = collectors if told.collectors else "and nobody recorded who collected them"
    return f"These photos were brought in by {_number(told.imports, 'import')}{when}, {by_whom}."


def _days(described: Description) -> str:
    told, total = described.provenance, described.facts["counts"]["total"]
    when = f": {spelled(told.collected)}" if told.collected else ""
    return f"The day of collecting is recorded for {told.dated} of {total} photos{when}."


def _rating(described: Description) -> str:
    crop = described.facts["crop"]
    inside = "outside the outline one grey" if crop["mode"] == "mask" else "uncovered"
    return f"""## Rating and preparation
Turned upright, converted to sRGB, all metadata dropped. Cheeks and nose were outlined (by whom: see above), and cut to
the outline's bounding box ({inside}), at most {crop["max_side_px"]} pixels a side.
A label is one rater's word, that of several who agree, or an adjudicator's where they did not.
Recorded of each photo: label, {", ".join(attribute.code for attribute in attributes())}.

{_stated(Section.RATING, described.study)}"""


def _uses(described: Description) -> str:
    return f"""## Uses, and what to keep away from
Do not try to recognise the people shown, and do not use a model trained here on patients. Publish an image only where
the consent and the licence stated here allow it. Attributes that are not recorded cannot be checked for bias.

{_stated(Section.USES, described.study)}"""


def _distribution(described: Description) -> str:
    return f"""## Distribution and upkeep
When a person asks for a photo to be left out, exclude it in curator, export again, and delete this export.

{_stated(Section.DISTRIBUTION, described.study)}

{_freeze(described)}

Content hash: {described.facts["content_hash"]}"""


def _freeze(described: Description) -> str:
    """Quote the freeze: its statement was typed by somebody."""
    if not described.frozen_as:
        return "**Freeze:** not frozen. Ratings could still change when this was exported."
    digest = described.facts["freeze"]["digest"]
    return f"**Freeze**\n\n> {described.frozen_as}\n\nDigest of the signed state: {digest}"


PARTS = (
    _motivation,
    _composition,
    _sources,
    _evidence,
    _further,
    _recognition,
    _raters,
    _regions,
    _seen,
    _consent,
    _left_out,
    _collection,
    _rating,
    _uses,
    _distribution,
)


def _stated(section: Section, study: Study) -> str:
    facts = (fact for fact in FACTS if fact.section is section)
    return "\n\n".join(_fact(fact, study[fact.code]) for fact in facts)


def _fact(fact: Fact, text: str) -> str:
    """Quote what is stated, so that no line of it becomes a heading or a table of the datasheet."""
    quoted = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    return f"**{fact.name}**\n\n{quoted}" if text else f"**{fact.name}:** {NOT_STATED}"


def _number(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("\\", "\\\\").replace("|", "\\|")


def _counted(what: str, counts: Mapping[str, int], unit: str = "photos") -> str:
    rows = sorted(counts.items())
    return _table([what, unit], rows) if rows else "None."
