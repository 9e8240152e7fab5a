"""Names that pages use for stored values: labels, exclusion reasons, decisions."""

from curator.base.messages import marked
from curator.ratings.attributes import attributes

LABEL_NAME = marked("Rash")
LABELS = {
    "positive": marked("Positive"),
    "negative": marked("Negative"),
    "unsure": marked("Unsure"),
}
# Common reasons; users may type others.
EXCLUSIONS = (
    marked("no face, or no human face"),
    marked("rash or cheeks covered"),
    marked("make-up, filter or edited"),
    marked("too blurred or dark"),
    marked("several faces"),
    marked("a child"),
    marked("withdrawn by the person"),
)
DECISIONS = {
    "copy": marked("copies of one photo"),
    "same_person": marked("the same person"),
    "different": marked("different people"),
}
LONGEST_TEXT = 2000  # characters of a note, a reason or a source


def rated_names() -> dict[str, str]:
    """Return the names of the parts of a rating that raters can disagree on."""
    names = {attribute.code: attribute.name for attribute in attributes()}
    return {"label": marked("Label"), **names, "region": marked("Region")}
