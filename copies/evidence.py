"""By what two photos were found to be worth a look, and how a table for other programs says so."""

from typing import NamedTuple

# By what `DuplicatePair` keeps: the plain form and the mirrored one.
SENTENCES = {
    "phash": ("phash", "phash"),
    "photo_phash": ("pHash of the photo", "pHash of the mirrored photo"),
    "content_phash": ("pHash of the content", "pHash of the mirrored content"),
    "keypoints": ("{} shared keypoints", "{} shared keypoints, mirrored"),
    "pixels": ("same pixels", "same pixels"),
}
VIEW_PHASHES = ("photo_phash", "content_phash")  # in the order of hashes.VIEWS


class Evidence(NamedTuple):
    """`found_by` is one of SENTENCES; `keypoints` is how many both photos share, where these found them."""

    found_by: str
    keypoints: int | None = None
    mirrored: bool = False

    @property
    def sentence(self) -> str:
        return SENTENCES[self.found_by][self.mirrored].format(self.keypoints)
