"""What can go wrong in curator, as classes with an HTTP status and a message that says what to do next."""

from typing import Any


class CuratorError(Exception):
    """A problem the user can solve; views and commands show `message` and nothing else.

    `template` is what is translated: a plain string in the code, its `values` named in it as `%(name)s`.
    A value is translated too where it is `Words`, `Listed` or an error itself.
    """

    status = 400
    kind = "error"  # by which a script tells apart what it can solve itself

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values
        self.message = template % values if values else template
        super().__init__(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        # Workers hand errors over to the process that asked.
        return _again, (type(self), self.template, self.values)


def _again(kind: type[CuratorError], template: str, values: dict[str, object]) -> CuratorError:
    return kind(template, **values)


class InstanceMissing(CuratorError):
    status = 503


class DatabaseUnavailable(CuratorError):
    status = 503


class SettingInvalid(CuratorError):
    status = 500


class InputInvalid(CuratorError):
    """A value, a row or a file the user gave does not fit."""


class NotSignedIn(CuratorError):
    status = 401


class NotAllowed(CuratorError):
    status = 403


class NotFound(CuratorError):
    status = 404


class StaleRating(CuratorError):
    """Somebody, perhaps the same rater in another tab, saved a newer version."""

    status = 409
    kind = "stale"


class TooEarly(CuratorError):
    """Somebody, perhaps who asks, has to give their word first."""

    status = 409


class RegionReachesEyes(CuratorError):
    """The region takes in the eyes; the rater may insist, where the eyes were found in a wrong place."""

    status = 409
    kind = "over eyes"


class ChangedSince(CuratorError):
    """What was to be undone is not as that change left it."""

    status = 409


class AlreadyThere(CuratorError):
    status = 409


class LastAdmin(CuratorError):
    """Nobody would be left who may give roles."""

    status = 409


class DecidedMeanwhile(AlreadyThere):
    """Somebody, perhaps the same rater in another tab, decided all of these photos."""


class DecisionContradicts(CuratorError):
    """Photos would be copies of one photo that somebody decided are not, or the other way round."""

    status = 409


class PhotoRejected(CuratorError):
    """The file cannot become a photo of the collection; `message` is the reason shown beside its name."""

    status = 422


class ExportImpossible(CuratorError):
    status = 409


class RunDamaged(CuratorError):
    """A run folder does not hold what the trainer writes; `message` is the reason shown beside its name."""

    status = 422


class LibraryMissing(CuratorError):
    """What was asked for needs a library that is not installed with the rest."""

    status = 503


class ExportLacks(CuratorError):
    """Not raised: what an export that was made is short of."""
