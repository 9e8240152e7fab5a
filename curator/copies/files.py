"""Takes fingerprints of photo files and compares them: tasks of workers, which know no database."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from copies.comparison import Match, compare
from copies.fingerprints import fingerprint
from copies.views import PHOTO_PX, Picture, mirror, picture
from curator.base.errors import DecodingFailed
from curator.base.pixels import load_grey, load_reduced, same_pixels

Row = tuple[bytes, bytes, float]  # of a fingerprint, as the database keeps it


@dataclass(frozen=True)
class Comparing:
    """One photo file and the files to compare it with, each mirrored or not."""

    first: Path
    others: tuple[tuple[Path, bool], ...]


def fingerprint_of_file(path: Path) -> Row | None:
    return fingerprint(load_reduced(path)).to_row()


def no_fingerprint(_path: Path, _failed: DecodingFailed) -> Row | None:
    return None


def compare_files(task: Comparing) -> list[Match]:
    return [_match(task.first, other, mirrored) for other, mirrored in task.others]


def no_matches(task: Comparing, _failed: DecodingFailed) -> list[Match]:
    return [Match()] * len(task.others)


def _match(first: Path, second: Path, mirrored: bool) -> Match:
    match = compare(
        picture_of_file(first, False), picture_of_file(second, mirrored), mirrored=mirrored
    )
    if match.is_verified and not mirrored and same_pixels(first, second):
        return replace(match, score=1.0)
    return match


@lru_cache(maxsize=32)  # candidates of neighbouring photos are often the same few
def picture_of_file(path: Path, mirrored: bool) -> Picture:
    found = picture(load_grey(path, PHOTO_PX))
    return mirror(found) if mirrored else found
