"""Photos that exist in the database only, for what never looks at their files."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from curator.base.db import Sessions
from curator.base.models.pairs import DuplicatePair, PhotoPair
from curator.base.models.photos import Batch, Photo
from curator.base.models.ratings import FirstWord, Rating


def photo_row(photo: int) -> dict[str, object]:
    name = f"{photo:016x}" * 4
    sizes = {"width_px": 100, "height_px": 100, "size_bytes": 1000}
    hashes = {"file_sha256": name, "pixel_sha256": name, "phash": name[:16]}
    return {"id": photo, "format": "JPEG", "original_name": name, "batch_id": 1} | sizes | hashes


def add_photos(session: Session, count: int) -> None:
    """Add photos 1 to `count` to an empty collection."""
    session.execute(insert(Batch), [{"id": 1}])
    session.execute(insert(Photo), [photo_row(photo) for photo in range(1, count + 1)])


def add_ratings(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add ratings, each of them a rater's first and only word on a photo without copies."""
    session.execute(insert(Rating), [{**row, "counts_on_id": row["photo_id"]} for row in rows])
    session.execute(insert(FirstWord), [first_word(row) for row in rows])


def first_word(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {name: row[name] for name in ("photo_id", "rater_id", "label")}
    values = {code: row[code] for code in ("sex", "evidence")}
    drawn = {"region": row.get("region"), "origin": row.get("origin", "")}
    return same | drawn | {"counts_on_id": row["photo_id"], "values": values}


def pair_up(sessions: Sessions, *links: tuple[int, int]) -> list[int]:
    """Join photos by pairs that wait, in place of those that were found."""
    with sessions.begin() as session:
        session.execute(delete(PhotoPair))
        rows = [
            DuplicatePair(photo_a_id=a, photo_b_id=b, distance_bits=5, score=0.9) for a, b in links
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]
