"""Label Studio's files of several annotators, imported and exported without a server."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid
from curator.base.invocation import curator_command
from curator.base.messages import Listed
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.base.models.users import User
from curator.base.store import write_file
from curator.base.visibility import EXCLUDED
from curator.formats.labelstudio.minimal import is_minimal, read_minimal
from curator.formats.labelstudio.tasks import Skipped, is_tasks, read_tasks, skipped
from curator.formats.labelstudio.writing import write
from curator.formats.marks import Marks, RatedPhoto
from curator.formats.reading import parsed
from curator.formats.vocabulary import Vocabulary
from curator.labelstudio.annotators import annotators, email_form
from curator.photos.person_codes import SimilarCodes
from curator.ratings.assessments import values_of
from curator.ratings.entries import TableResult, enter_ratings
from curator.ratings.regions import stored_region

UNIT = "task"


@dataclass(frozen=True)
class Authors:
    """Whose accounts a file's annotators are.

    Attributes:
        account_of: accounts by e-mail address, or by what else the file calls an annotator; an
            empty account leaves their annotations out.
        everyone: the account of all whom `account_of` does not name; empty for nobody's.
    """

    account_of: Mapping[str, str] = field(default_factory=dict)
    everyone: str = ""


@dataclass(frozen=True)
class ImportedFile:
    """What came of a file, by account; `left_out` counts the annotations of annotators left out."""

    results: Mapping[str, TableResult]
    skipped: Skipped
    left_out: int

    @property
    def bad(self) -> int:
        return sum(len(result.bad) for result in self.results.values())


def import_file(
    sessions: Sessions,
    config: Config,
    path: Path,
    authors: Authors,
    vocabulary: Vocabulary,
    *,
    predictions: bool = False,
    skip_bad: bool = False,
    similar_codes: SimilarCodes = SimilarCodes.ASK,
) -> ImportedFile:
    """Save the annotations in a file as ratings; nothing is written if one is bad, unless `skip_bad`.

    Raises:
        InputInvalid: the file is none of Label Studio's, or it has annotators that are not mapped.
    """
    document = parsed(path)
    marks = _marks(document, path, predictions)
    with sessions.begin() as session:
        mapped = {one.email: one.account for one in annotators(session)}
        accounts = _accounts(marks, authors, mapped)
        by_account: dict[str, list[Marks]] = {}
        for one in marks:
            by_account.setdefault(accounts[one.author], []).append(one)
        left_out = by_account.pop("", [])
        with session.begin_nested() as savepoint:
            results = {
                account: enter_ratings(
                    session,
                    vocabulary.entries(said),
                    account,
                    config=config,
                    skip_bad=skip_bad,
                    similar_codes=similar_codes,
                    unit=UNIT,
                )
                for account, said in sorted(by_account.items())
            }
            imported = ImportedFile(results, skipped(document), len(left_out))
            if imported.bad and not skip_bad:
                savepoint.rollback()
                unsaved = {
                    account: replace(result, saved=0, unchanged=0)
                    for account, result in results.items()
                }
                return replace(imported, results=unsaved)
        return imported


def _marks(document: object, path: Path, predictions: bool) -> Sequence[Marks]:
    if is_tasks(document):
        return list(read_tasks(document, predictions=predictions))
    if is_minimal(document):
        return list(read_minimal(document))
    raise InputInvalid(
        "%(path)s is not what Label Studio exports as JSON, JSON-MIN or CSV: for other files there is "
        "`%(curator)s rate`.",
        path=path,
        curator=curator_command(),
    )


def _accounts(
    marks: Sequence[Marks], authors: Authors, mapped: Mapping[str, str]
) -> dict[str, str]:
    """Return the account of each annotator in a file, empty for those left out."""
    given = {email_form(author): account for author, account in authors.account_of.items()}
    known = {**mapped, **given}
    counts = Counter(one.author for one in marks)
    unknown = [author for author in counts if email_form(author) not in known]
    if unknown and not authors.everyone:
        raise InputInvalid(
            "The file does not tell whose these annotations are: %(authors)s. Say it with "
            "--rater-of %(example)s=ACCOUNT for each of them (nothing after = leaves them out), or "
            "with --rater ACCOUNT for all.",
            authors=Listed([f"{one or '?'} ({counts[one]})" for one in unknown]).joined(", "),
            example=unknown[0] or "?",
        )
    return {author: known.get(email_form(author), authors.everyone) for author in counts}


def export_file(sessions: Sessions, path: Path) -> int:
    """Write all raters' ratings of the photos that are not excluded; return how many."""
    with reading(sessions) as session:
        rows = session.execute(
            select(Rating, Photo, User.name)
            .join(Photo, Photo.id == Rating.photo_id)
            .join(User, User.id == Rating.rater_id)
            .where(~EXCLUDED)
            .order_by(Photo.id, User.name)
        )
        rated = [rated_photo(rating, photo, rater) for rating, photo, rater in rows]
    write_file(path, write(rated))
    return len(rated)


def rated_photo(rating: Rating, photo: Photo, rater: str, file: str = "") -> RatedPhoto:
    """Return a rating of a photo to be written; it goes by its hash, and by its name for readers."""
    return RatedPhoto(
        id=photo.pixel_sha256,
        file=file or photo.original_name,
        width_px=photo.width_px,
        height_px=photo.height_px,
        label=rating.label,
        values=values_of(rating),
        region=stored_region(rating.region),
        note=rating.note,
        rater=rater,
        origin=rating.origin,
        active_s=rating.active_s,
    )
