"""Exports: the form that makes one, past exports, and each of them as a download."""

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from werkzeug.wrappers import Response

from curator.base.consent import SCOPES
from curator.base.errors import InputInvalid
from curator.base.messages import translatable
from curator.exports.eligible import REASONS
from curator.exports.exporting import export_dataset
from curator.exports.formats import FORMATS, SERVED
from curator.exports.manifest import CLASSES, TRAINER, Settings
from curator.exports.splits import SPLITS
from curator.http.downloads import export_sent
from curator.http.language import translated
from curator.http.terms import LABELS
from curator.queries.exclusions import count_untold, exports_holding
from curator.queries.overview import collection_status, shown_status
from curator.queries.records import exports
from curator.ratings.attributes import SEX
from curator.study.facts import missing
from curator.study.stating import read_study
from curator.web.current import account, config, go, sessions

blueprint = Blueprint("exports", __name__)

EVIDENCE = {
    "hashtag": translatable("a hashtag (all photos)"),
    "self_report": translatable("a self-report"),
    "visual": translatable("the rater's visual assessment"),
    "clinician": translatable("a clinician's diagnosis"),
}
FIELDS = {
    "train": translatable("Train"),
    "val": translatable("Val"),
    "test": translatable("Test"),
    "folds": translatable("Folds"),
    "seed": translatable("Seed"),
}


@blueprint.get("/exports")
def index() -> ResponseReturnValue:
    made = exports(sessions(), config().instance)
    return render_template(
        "exports/index.html",
        status=shown_status(sessions()),
        is_any_ready=collection_status(sessions()).ready_total > 0,
        exports=made,
        newest=next((one.id for one in made if one.format == TRAINER), None),
        formats=SERVED,
        format_names={form.code: form.name for form in FORMATS},
        trainers_format=TRAINER,
        holding={one.id: one.photos for one in exports_holding(sessions(), account().id)},
        untold=count_untold(sessions(), account().id),
        defaults=Settings(seed=request.args.get("seed", 1, type=int)),
        reasons=REASONS,
        labels={label: LABELS[label] for label in reversed(CLASSES)},
        sexes=SEX.names,
        evidence=EVIDENCE,
        consent_scopes=SCOPES,
        splits=SPLITS,
        not_stated=missing(read_study(sessions())),
    )


@blueprint.post("/exports")
def make() -> ResponseReturnValue:
    result = export_dataset(sessions(), config(), _settings(), actor=account().name)
    flash(
        ngettext(
            "%(num)s photo exported as %(name)s.",
            "%(num)s photos exported as %(name)s.",
            result.counts["total"],
            name=result.path.name,
        )
    )
    for warning in result.warnings:
        flash(translated(warning), "warning")
    offered: dict[str, Any] = {"seed": result.way_out.seed} if result.way_out else {}
    return go(url_for("exports.index", **offered))


@blueprint.post("/exports/<int:export_id>/download")
def download(export_id: int) -> Response:
    """Send an export as a zip file while it is being made."""
    return export_sent(export_id)


def _settings() -> Settings:
    return Settings(
        ratios=(_whole("train"), _whole("val"), _whole("test")),
        folds=_whole("folds"),
        seed=_whole("seed"),
        crop=request.form.get("crop", ""),
        fill_grey=config().export_fill_grey,
        max_side_px=config().export_max_side_px,
        min_evidence=request.form.get("min_evidence", ""),
        consent=request.form.get("consent", ""),
        format=request.form.get("format", TRAINER),
    )


def _whole(field: str) -> int:
    text = request.form.get(field, "")
    if not (text.isdecimal() and len(text) <= 9):
        raise InputInvalid(
            "%(field)s is %(given)r: enter a whole number.",
            field=FIELDS[field],
            given=text[:20],
        )
    return int(text)
