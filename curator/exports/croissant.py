"""Describes an export for machines: croissant.json, Croissant 1.1 with its responsible-AI properties.

Source: MLCommons Croissant format specification 1.1 and Croissant RAI 1.0.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from curator.exports.croissant_records import Node, distribution, record_sets
from curator.exports.description import Description, counted
from curator.exports.manifest import Example
from curator.ratings.origins import ACCEPTED, EDITED
from curator.study.checking import is_address
from curator.study.facts import FACTS, Person, Study, people

CROISSANT = "http://mlcommons.org/croissant/"
CONFORMS_TO = (f"{CROISSANT}1.1", f"{CROISSANT}RAI/1.0")
IN_LANGUAGES = {"@container": "@language"}
AS_JSON = ("data", "examples")
TERMS = (
    *("annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty"),
    *("excludes", "extract", "field", "fileObject", "fileProperty", "fileSet", "format"),
    *("includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path"),
    *("readLines", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
    *("sdVersion", "separator", "source", "subField", "transform", "unArchive"),
)
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": CROISSANT,
    "rai": f"{CROISSANT}RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "name": IN_LANGUAGES,
    "description": IN_LANGUAGES,
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{term: {"@id": f"cr:{term}", "@type": "@json"} for term in AS_JSON},
    **{term: f"cr:{term}" for term in TERMS},
}
DESCRIPTION = (
    "Face regions (cheeks and nose) rated for the butterfly malar rash of lupus. "
    "For research only; not for diagnosis."
)
MAINTENANCE = "rai:dataReleaseMaintenancePlan"
TIMEFRAME = "rai:dataCollectionTimeframe"
# Licences for data by their SPDX names, with the address that SPDX gives them.
LICENSES = {
    name.lower(): f"https://spdx.org/licenses/{name}"
    for name in (
        *("CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-ND-4.0"),
        *("CC-BY-NC-3.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0"),
        *("CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0"),
        *("CDLA-Sharing-1.0", "ODbL-1.0", "ODC-By-1.0", "PDDL-1.0", "MIT", "Apache-2.0"),
    )
}


def write_croissant(folder: Path, described: Description) -> None:
    listing = (folder / "examples.csv").read_bytes()
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "identifier": described.facts["name"],
        "isLiveDataset": False,
        "name": described.facts["name"],
        "description": DESCRIPTION,
        **_properties(described),
        "distribution": distribution(listing),
        "recordSet": record_sets(),
    }
    text = json.dumps(document, indent=2, sort_keys=True)
    (folder / "croissant.json").write_bytes(f"{text}\n".encode())


def _properties(described: Description) -> Node:
    """Return what is counted and what the study states; a property that neither tells is left out."""
    found: dict[str, list[Any]] = {}
    for name, value in (*_counted(described), *_stated(described.study)):
        found.setdefault(name, []).append(value)
    if described.collected:
        found[TIMEFRAME] = list(described.collected)
    return {name: _as_one(name, values) for name, values in found.items()}


def _as_one(name: str, values: list[Any]) -> Any:
    if name == MAINTENANCE:  # loaders take one text, though the specification allows several
        return "\n\n".join(values)
    return values[0] if len(values) == 1 else values


def _stated(study: Study) -> Iterator[tuple[str, Any]]:
    for fact in FACTS:
        for value in _values(fact.code, study[fact.code]):
            yield fact.croissant, value


def _values(code: str, text: str) -> list[Any]:
    """Return a fact's values as Croissant has them: none if it is not stated."""
    if not text:
        return []
    if code == "creators":
        return [_person(person) for person in people(text)]
    if code in ("institution", "publisher"):
        return [{"@type": "sc:Organization", "name": text}]
    if code == "funding":
        return [{"@type": "sc:Grant", "name": text}]
    if code == "license":
        return [_license(text)]
    prefixes = {"consent": "Consent: ", "ethics": "Ethics review: ", "contact": "Contact: "}
    return [prefixes.get(code, "") + text]


def _person(person: Person) -> Node:
    affiliation = {"@type": "sc:Organization", "name": person.affiliation}
    return {
        "@type": "sc:Person",
        "name": person.name,
        **({"affiliation": affiliation} if person.affiliation else {}),
        **({"url": person.link} if person.link else {}),
    }


def _license(text: str) -> str | Node:
    """Return an address where there is one, else the words, which are no address."""
    if is_address(text):
        return text
    return LICENSES.get(text.lower()) or {"@type": "sc:CreativeWork", "name": text}


def _counted(described: Description) -> Iterator[tuple[str, str]]:
    """Yield what the database tells, and what the photos of every export go through."""
    facts, examples = described.facts, described.examples
    inside = "filled with one colour" if facts["crop"]["mode"] == "mask" else "kept"
    sources = Counter(example.source or "not recorded" for example in examples)
    suggested = {origin: facts["regions_by_origin"][origin] for origin in (ACCEPTED, EDITED)}
    yield "rai:dataCollectionRawData", f"Photos by where they were found: {counted(sources)}."
    yield "rai:dataCollectionMissingData", f"Left out: {counted(facts['left_out']) or 'no photo'}."
    yield "rai:dataImputationProtocol", "None: what is not known is unknown or empty."
    yield (
        "rai:dataPreprocessingProtocol",
        "Turned upright, converted to sRGB, all metadata dropped.",
    )
    yield (
        "rai:dataPreprocessingProtocol",
        "Cut to the bounding box of the outline of cheeks and nose; outside of the outline "
        f"{inside}; at most {facts['crop']['max_side_px']} pixels a side.",
    )
    yield "rai:dataAnnotationPlatform", "Malar"
    yield (
        "rai:dataAnnotationAnalysis",
        "A label is one rater's word, that of several who agree, or an adjudicator's where they "
        "did not; photos on which raters disagree are left out.",
    )
    yield "rai:annotationsPerItem", _per_item(examples)
    if any(suggested.values()):
        tools = f"Outlines suggested by a face detector: {counted(suggested)}."
        yield "rai:machineAnnotationTools", tools
    if described.frozen_as:
        yield MAINTENANCE, described.frozen_as
    if by_role := described.provenance.raters:
        yield "rai:annotatorDemographics", f"Accounts by role: {counted(by_role)}."


def _per_item(examples: Sequence[Example]) -> str:
    numbers = Counter(example.raters for example in examples)
    return ", ".join(
        f"{number} on {photos} photo{'' if photos == 1 else 's'}"
        for number, photos in sorted(numbers.items())
    )
