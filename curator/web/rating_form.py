"""The fields of a rating's form: what they start with, what a request says in them, what scripts know of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import request, session
from flask_babel import gettext

from curator.http.limits import LONGEST_TEXT
from curator.http.terms import LABEL_NAME, LABELS
from curator.ratings.assessments import Assessment
from curator.ratings.attributes import Attribute, attributes, rests_on_source
from curator.ratings.keys import LABEL_KEYS, Keys
from curator.ratings.provenance import Provenance, read_active_s


def assessment_given() -> Assessment:
    form = request.form
    return Assessment(
        label=form.get("label", ""),
        values={a.code: " ".join(form.getlist(a.code)) for a in attributes() if a.code in form},
        region=form.get("region", "").strip(),
        note=form.get("note", "")[:LONGEST_TEXT],
        over_eyes=form.get("over_eyes") == "yes",
        provenance=Provenance(form.get("origin", ""), read_active_s(form.get("active_s", ""))),
    )


def start_values() -> dict[str, str]:
    """Return the form's initial values for an unrated photo."""
    return {a.code: _start_of(a) for a in attributes()}


def _start_of(attribute: Attribute) -> str:
    remembered = str(session.get(attribute.code, attribute.default))
    if attribute.is_remembered and not rests_on_source({attribute.code: remembered}):
        return remembered
    return "" if attribute.is_required else attribute.default


def remember(assessment: Assessment) -> None:
    for attribute in attributes():
        value = assessment.values[attribute.code]
        if rests_on_source({attribute.code: value}):
            continue  # it would be claimed for the next photo without a look at its source
        if attribute.is_remembered and session.get(attribute.code) != value:
            session[attribute.code] = value


def choices_for_script(own_keys: Mapping[str, Keys]) -> list[dict[str, Any]]:
    """Describe the label and the attributes to the page's script, as choices.js specifies.

    `own_keys` are those that the study sets, by action.
    """
    start = start_values()

    def key(code: str, value: str, usual: str) -> str:
        return next(iter(own_keys.get(f"{code}-{value}", (usual,))), "")

    labels = [(code, name, key("label", code, LABEL_KEYS[code])) for code, name in LABELS.items()]
    label = _choice("label", LABEL_NAME, "", labels)
    return [
        label | {"required": True},
        *(
            _choice(
                attribute.code,
                attribute.name,
                start[attribute.code],
                [
                    (value.code, value.name, key(attribute.code, value.code, value.key))
                    for value in attribute.values
                ],
            )
            | {
                "on_source": attribute.on_source,
                "required": attribute.is_required,
                "remembered": attribute.is_remembered,
                "multiple": attribute.is_multiple,
            }
            for attribute in attributes()
        ),
    ]


def _choice(
    code: str, name: str, start: str, values: Sequence[tuple[str, str, str]]
) -> dict[str, Any]:
    return {
        "code": code,
        "name": gettext(name),
        "start": start,
        "required": False,
        "remembered": False,
        "multiple": False,
        "on_source": [],
        "values": [{"code": code, "name": gettext(name), "key": key} for code, name, key in values],
    }


def form_fields(assessment: Assessment | None) -> dict[str, Any] | None:
    """Return an assessment as form fields, one for each attribute."""
    if assessment is None:
        return None
    fields = asdict(assessment)
    origin = fields.pop("provenance")["origin"]
    return {**fields.pop("values"), **fields, "origin": origin}
