"""The words on pages for what is stored: what a rater can say, why a photo is excluded, what two photos are."""

from curator.base.messages import marked

LABELS = {
    "positive": marked("Positive"),
    "negative": marked("Negative"),
    "unsure": marked("Unsure"),
}
SEXES = {"female": marked("Female"), "male": marked("Male"), "unknown": marked("Unknown")}
EVIDENCE = {
    "hashtag": marked("Hashtag"),
    "self_report": marked("Self-report"),
    "visual": marked("Visual"),
    "clinician": marked("Clinician"),
}
# The usual reasons; others are typed.
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
