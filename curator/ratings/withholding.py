"""Which photos are rated without a suggested region, so that agreement without one can be measured."""

import hashlib

from curator.base.models.photos import Photo
from curator.ratings.settings import Project

_RANGE = 2**32


def is_withheld(photo: Photo, settings: Project) -> bool:
    """Tell whether a photo's suggestion is kept from raters; the same for all of them.

    Once a photo is rated, a change of the share no longer alters it.
    """
    if photo.suggestion_withheld is not None:
        return photo.suggestion_withheld
    return _drawn_lot(photo.pixel_sha256) < settings.withheld_share


def _drawn_lot(pixel_sha256: str) -> float:
    """Return a number from 0 to below 1, fixed by the photo alone."""
    digest = hashlib.sha256(f"withheld {pixel_sha256}".encode()).hexdigest()
    return int(digest[:8], 16) / _RANGE
