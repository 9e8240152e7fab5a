"""Names for people of stored values: labels, exclusion reasons, decisions."""

from flask_babel import gettext

from curator.base.messages import translatable
from curator.base.reach import Scope
from curator.photos.reasons import DEFAULT_SCOPE, REASONS, WITHDRAWN_BY_SOURCE
from curator.ratings.attributes import attributes
from faces.colours import OTHER, Doubt, Source

LABEL_NAME = translatable("Rash")
LABELS = {
    "positive": translatable("Positive"),
    "negative": translatable("Negative"),
    "unsure": translatable("Unsure"),
}
EXCLUSIONS = tuple(reason.text for reason in REASONS)
# What a reason is about, the first one where nobody says.
SCOPES = {
    DEFAULT_SCOPE.value: translatable("what the photo shows: all its copies"),
    Scope.PERSON.value: translatable("the person: all photos of this person"),
    Scope.FILE.value: translatable("this file: its best copy takes its place"),
}
DECISIONS = {
    "copy": translatable("copies of one photo"),
    "same_person": translatable("the same person"),
    "different": translatable("different people"),
}
COLOUR_SOURCES = {
    Source.NOWHERE: translatable("assumed: the file does not say"),
    Source.ICC: translatable("by its ICC profile"),
    Source.CICP: translatable("by its cICP chunk"),
    Source.NCLX: translatable("by its nclx box"),
    Source.PNG: translatable("by its PNG chunks"),
    Source.EXIF: translatable("by its Exif data"),
    Source.XMP: translatable("by its XMP data"),
}
COLOUR_DOUBTS = {
    Doubt.UNKNOWN: translatable("What the file says about its colours cannot be understood."),
    Doubt.CONTRADICTORY: translatable("The file contradicts itself about its colours."),
}


def colour_space_name(space: str) -> str:
    return gettext("another colour space") if space == OTHER else space


def exclusion_name(reason: str) -> str:
    """Translate a common reason; leave one that a user typed as it is."""
    return gettext(reason) if reason in (*EXCLUSIONS, WITHDRAWN_BY_SOURCE) else reason


def exclusion_stored(typed: str) -> str:
    """Return a common reason as it is stored, if it was given as this language names it."""
    return next((str(reason) for reason in EXCLUSIONS if gettext(reason) == typed), typed)


def rated_names() -> dict[str, str]:
    """Return the names of the parts of a rating that raters can disagree on."""
    names = {attribute.code: attribute.name for attribute in attributes()}
    return {"label": translatable("Label"), **names, "region": translatable("Region")}
