"""Keeps erased photos from coming back: the same file, the same pixels, or a copy of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from copies.fingerprints import Fingerprint
from curator.base.config import Config
from curator.base.errors import PhotoErased, PhotoRejected
from curator.base.keys import tombstone_key
from curator.base.models.erasures import Tombstone
from curator.base.models.photos import Photo, StoredFingerprint
from curator.copies.traces import Traces, Veil, keyed, trace_of
from curator.photos.incoming import IncomingPhoto, stored_id
from curator.photos.inspecting import Inspected

NAME_KEPT = "(the name of an erased photo is not kept)"


@dataclass(frozen=True)
class Tombstones:
    """The photos that were erased; `newest` tells whether others were since."""

    newest: int
    key: bytes
    digests: frozenset[str]
    traces: Traces

    def refuse(
        self, incoming: Iterable[IncomingPhoto], stored_ids: Mapping[str, int]
    ) -> list[IncomingPhoto]:
        """Refuse those that were erased, or are copies of such, unless they are in the collection."""
        return [
            one
            if isinstance(one.inspected, Inspected) and stored_id(one.inspected, stored_ids)
            else replace(one, inspected=self._refused(one.inspected) or one.inspected)
            for one in incoming
        ]

    def _refused(self, facts: Inspected | PhotoRejected) -> PhotoErased | None:
        if self.newest == 0 or not isinstance(facts, Inspected):
            return None
        same = {_file(self.key, facts.file_sha256), _pixels(self.key, facts.pixel_sha256)}
        if same & self.digests:
            return PhotoErased("was erased on request: it stays out")
        taken = Fingerprint.from_row(facts.hashes, facts.keypoints, facts.content_share)
        if self.traces.nearest(taken) is None:
            return None
        return PhotoErased("is like a photo that was erased on request: it stays out")


def newest_tombstone(session: Session) -> int:
    return session.scalar(select(func.max(Tombstone.id))) or 0


def read_tombstones(session: Session, config: Config) -> Tombstones:
    rows = session.execute(select(Tombstone.file, Tombstone.pixels, Tombstone.trace)).all()
    key = tombstone_key(config)
    return Tombstones(
        newest=newest_tombstone(session),
        key=key,
        digests=frozenset(digest for row in rows for digest in (row.file, row.pixels)),
        traces=Traces([row.trace for row in rows], Veil.of(key)),
    )


def tombstones_of(session: Session, config: Config, photos: Sequence[Photo]) -> list[Tombstone]:
    """Return what these photos will be known by once they are erased; in no order that tells which is which."""
    key = tombstone_key(config)
    veil = Veil.of(key)
    ids = [photo.id for photo in photos]
    rows = session.scalars(select(StoredFingerprint).where(StoredFingerprint.photo_id.in_(ids)))
    traces = {
        row.photo_id: trace_of(
            Fingerprint.from_row(row.hashes, row.keypoints, row.content_share), veil
        )
        for row in rows
    }
    made = [
        Tombstone(
            file=_file(key, photo.file_sha256),
            pixels=_pixels(key, photo.pixel_sha256),
            trace=traces.get(photo.id, b""),
        )
        for photo in photos
    ]
    return sorted(made, key=lambda one: one.file)


def file_digest(config: Config, file_sha256: str) -> str:
    """Return the hash by which a photo's file is known once it is erased."""
    return _file(tombstone_key(config), file_sha256)


def erased_files(session: Session) -> frozenset[str]:
    """Return the hashes of the files of all photos that stay out."""
    return frozenset(session.scalars(select(Tombstone.file)))


def _file(key: bytes, file_sha256: str) -> str:
    return keyed(key, "file", file_sha256)


def _pixels(key: bytes, pixel_sha256: str) -> str:
    return keyed(key, "pixels", pixel_sha256)
