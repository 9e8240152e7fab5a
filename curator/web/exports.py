"""Exports: the form that makes one, and those made so far."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from curator import queries
from curator.candidates import REASONS
from curator.errors import InputInvalid
from curator.exporting import export_dataset
from curator.manifest import Settings
from curator.web.current import account, config, go, sessions

blueprint = Blueprint("exports", __name__)

SPLITS = ("train", "val", "test")


@blueprint.get("/exports")
def index() -> ResponseReturnValue:
    return render_template(
        "exports/index.html",
        status=queries.status(sessions()),
        exports=queries.exports(sessions()),
        defaults=Settings(),
        reasons=REASONS,
        splits=SPLITS,
    )


@blueprint.post("/exports")
def make() -> ResponseReturnValue:
    result = export_dataset(sessions(), config(), _settings(), actor=account().name)
    flash(f"{result.counts['total']} photos exported as {result.path.name}.")
    for warning in result.warnings:
        flash(warning, "warning")
    return go(url_for("exports.index"))


def _settings() -> Settings:
    return Settings(
        ratios=(_whole("train"), _whole("val"), _whole("test")),
        folds=_whole("folds"),
        seed=_whole("seed"),
        crop=request.form.get("crop", ""),
        fill_grey=config().export_fill_grey,
        max_side_px=config().export_max_side_px,
        min_evidence=request.form.get("min_evidence", ""),
    )


def _whole(field: str) -> int:
    text = request.form.get(field, "")
    if not (text.isdecimal() and len(text) <= 9):
        raise InputInvalid(f"{field.capitalize()} is {text[:20]!r}: give a whole number.")
    return int(text)
