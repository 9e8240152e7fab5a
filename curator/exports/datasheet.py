"""Describes an export: croissant.json for machines, DATASHEET.md for readers."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from curator.exports.manifest import COLUMNS, Example
from curator.ratings.attributes import SEX, further_attributes

CROISSANT = "http://mlcommons.org/croissant/"
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": CROISSANT,
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
DESCRIPTION = (
    "Face regions (cheeks and nose) rated for the butterfly malar rash of lupus. "
    "For research only; not for diagnosis."
)


def write_croissant(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the export's facts as Croissant 1.0. Source: MLCommons Croissant format specification."""
    listing = (folder / "examples.csv").read_bytes()
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": f"{CROISSANT}1.0",
        "name": facts["name"],
        "description": DESCRIPTION,
        "license": "Not for redistribution: photos of people; see DATASHEET.md",
        "version": f"{facts['manifest_version']}.0.0",
        "distribution": [_examples_file(hashlib.sha256(listing).hexdigest()), _image_files()],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "examples",
                "name": "examples",
                "key": {"@id": "examples/id"},
                "field": _fields(),
            }
        ],
    }
    text = json.dumps(document, indent=2, sort_keys=True)
    (folder / "croissant.json").write_bytes(f"{text}\n".encode())


def write_datasheet(folder: Path, facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    """Write the export's datasheet. Source: Gebru et al. 2021."""
    (folder / "DATASHEET.md").write_bytes(_datasheet(facts, examples).encode())


def _examples_file(sha256: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": "examples.csv",
        "name": "examples.csv",
        "contentUrl": "examples.csv",
        "encodingFormat": "text/csv",
        "sha256": sha256,
    }


def _image_files() -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": "images",
        "name": "images",
        "encodingFormat": "image/png",
        "includes": "*/*/*.png",
    }


def _fields() -> list[dict[str, Any]]:
    kinds = {field.name: field.type for field in fields(Example)}
    further = [_field(attribute.code, str) for attribute in further_attributes()]
    return [*(_field(name, kinds[name]) for name in COLUMNS), *further]


def _field(name: str, kind: Any) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"examples/{name}",
        "name": name,
        "dataType": "sc:Integer" if kind is int else "sc:Text",
        "source": {"fileObject": {"@id": "examples.csv"}, "extract": {"column": name}},
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _counted(what: str, counts: Mapping[str, int], unit: str = "photos") -> str:
    rows = sorted(counts.items())
    return _table([what, unit], rows) if rows else "None."


def _of_further(facts: Mapping[str, Any]) -> str:
    """Return a table for each attribute that the study records beyond sex and evidence."""
    tables = ""
    for attribute in further_attributes():
        by_label = facts["counts_by_attribute"][attribute.code]
        heads = [code or "(not recorded)" for code in next(iter(by_label.values()))]
        rows = [(label, *counts.values()) for label, counts in by_label.items()]
        tables += f"### {attribute.name}\n{_table(['label', *heads], rows)}\n\n"
    return tables


def _datasheet(facts: Mapping[str, Any], examples: Sequence[Example]) -> str:
    by_sex = facts["counts_by_sex"]
    splits = [(split, *facts["counts"][split].values()) for split in facts["split"]["ratios"]]
    sources = facts["ratings_by_source"]
    seen = {name: sources[name] for name in ("shown", "hidden", "not_recorded") if sources[name]}
    inside = "outside the outline one grey" if facts["crop"]["mode"] == "mask" else "uncovered"
    return f"""# Datasheet of {facts["name"]}

## Motivation
Face regions to train and test detectors of the butterfly malar rash, a sign of lupus. For research; not for diagnosis.

## Composition
{facts["counts"]["total"]} images, one per photo, of {len({e.group for e in examples})} groups. A group joins what may
show one person: a person's code, one author, one post, copies and likely copies. It never crosses a split or a fold.

{_table(["label", *SEX.codes], [(label, *(by_sex[label][sex] for sex in SEX.codes)) for label in by_sex])}

{_table(["split", *facts["classes"]], splits)}

### Where the photos were found
{_counted("source", Counter(example.source or "(not recorded)" for example in examples))}

When positives come from one source and negatives from another, a model can learn the source instead of the rash.

### On what evidence the label rests
{_counted("evidence", Counter(example.evidence for example in examples))}

From weakest to strongest: hashtag, self_report, visual, clinician. Weakest admitted here: {facts["min_evidence"]}.

{_of_further(facts)}### Raters per photo
{_counted("raters", Counter(str(example.raters) for example in examples))}

### Where the regions are from
{_counted("origin", {o: count for o, count in facts["regions_by_origin"].items() if count})}

An accepted region is where a program found the face: no rater drew or changed it.

### What raters saw beside the photo
{_counted("source, caption, file name", seen, "ratings")}

A rating is counted once for each person. {sources["by_sight_shown"]} ratings give evidence from the photo itself
(visual, clinician), although its source was in view.

### Left out
{_counted("reason", facts["left_out"])}

## Collection and preparation
Saved by hand from public posts. Turned upright, converted to sRGB, all metadata dropped. Cheeks and nose were outlined
(by whom: see above), and cut to the outline's bounding box ({inside}), at most {facts["crop"]["max_side_px"]} pixels a
side.
A label is one rater's word, that of several who agree, or an adjudicator's where they did not.

## Uses, and what to keep away from
The people shown did not agree to diagnosis by software. Do not try to recognise them, do not publish the images, and do
not use a model trained here on patients. Skin tone is not recorded: scores for one tone say nothing of another.

## Distribution and upkeep
Not for redistribution. When a person asks for a photo to be left out, exclude it in curator, export again, and delete
this export.

Content hash: {facts["content_hash"]}
"""
