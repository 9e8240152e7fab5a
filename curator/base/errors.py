"""Curator's errors: each has an HTTP status and a message that says what to do next."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from curator.base.messages import Listed
from faces.quoting import printable, quoted

if TYPE_CHECKING:
    from faces.photos import PhotoRefused


class CuratorError(Exception):
    """A problem the user can solve; views and commands show `message` and nothing else.

    `template` is translated: a string literal with `values` as `%(name)s`. A value is translated too
    if it is `Translatable`, `Listed` or itself an error.
    """

    status = 400
    kind = "error"  # tells scripts which errors they can handle themselves

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = {name: _quoted(value) for name, value in values.items()}
        self.message = template % self.values if values else template
        super().__init__(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        # Workers pickle errors to hand them to the parent process.
        return _rebuild, (type(self), self.template, self.values)


def _quoted(value: object) -> object:
    """Quote what may come from a file or a request; it may be `Translatable`, as texts of our own are."""
    if isinstance(value, str):
        text = quoted(value)
        return value if text == value else text
    if isinstance(value, Path):
        return printable(str(value))
    return Listed(map(_quoted, value)) if isinstance(value, Listed) else value


def _rebuild(kind: type[CuratorError], template: str, values: dict[str, object]) -> CuratorError:
    return kind(template, **values)


class InstanceMissing(CuratorError):
    status = 503


class DatabaseUnavailable(CuratorError):
    status = 503


class SettingInvalid(CuratorError):
    status = 500


class InputInvalid(CuratorError):
    """A value, row or file that the user gave is invalid."""


class NotSignedIn(CuratorError):
    status = 401


class SignInRefused(NotSignedIn):
    """It is not told which part was wrong."""

    def __init__(self) -> None:
        super().__init__("Name or password is wrong, or the account is disabled.")

    def __reduce__(self) -> tuple[Any, ...]:
        return SignInRefused, ()


class NotAllowed(CuratorError):
    status = 403


class NotFound(CuratorError):
    status = 404


class StaleRating(CuratorError):
    """A newer version was saved, perhaps by the same rater in another tab."""

    status = 409
    kind = "stale"


class TooEarly(CuratorError):
    """Somebody, perhaps the user, has to rate the photo first."""

    status = 409


class ReasonMissing(InputInvalid):
    """What stands is changed with a reason alone."""

    kind = "reason"


class RegionInvalid(InputInvalid):
    """A region cannot be used as it is."""

    kind = "region"


class RegionReachesEyes(CuratorError):
    """The region reaches the eyes; the rater may insist, since the eyes may have been misdetected."""

    status = 409
    kind = "over eyes"


class ChangedSince(CuratorError):
    """What would be undone has changed in the meantime."""

    status = 409


class StudyFrozen(CuratorError):
    """The change would be one of a state of the study that was signed."""

    status = 403
    kind = "frozen"


class ServerBusy(CuratorError):
    """As many requests of this kind are under way as may be: the same one succeeds a little later."""

    status = 503
    kind = "busy"
    retry_after_s = 2


class AlreadyThere(CuratorError):
    status = 409


class ReachUnconfirmed(CuratorError):
    """An exclusion would reach photos that the user has not seen: show them and ask once."""

    status = 409
    kind = "reach"


class AgainstEvidence(CuratorError):
    """A decision contradicts what the comparison found on `pairs`: show them and ask once."""

    status = 409
    kind = "against evidence"

    @property
    def pairs(self) -> tuple[int, ...]:
        found = self.values["pairs"]
        return found if isinstance(found, tuple) else ()


class LastAdmin(CuratorError):
    """Nobody would be left to assign roles."""

    status = 409


class DecidedMeanwhile(AlreadyThere):
    """All these photos were decided in the meantime, perhaps by the same rater in another tab."""


class DecisionContradicts(CuratorError):
    """The decision contradicts an earlier one: photos would be both copies and not copies."""

    status = 409


class PhotoRejected(CuratorError):
    """The file cannot join the collection; `message` is the reason shown next to its name."""

    status = 422

    @classmethod
    def of(cls, refused: "PhotoRefused") -> "PhotoRejected":
        """Return what the rule of both programs refuses as an error of curator's."""
        return cls(refused.template, **refused.values)


class PhotoErased(PhotoRejected):
    """The photo, or one that it is a copy of, was erased at somebody's request."""


class DecodingFailed(PhotoRejected):
    """Decoding the file takes more time or memory than is allowed, or ends the process that does it."""


class ExportImpossible(CuratorError):
    status = 409


class ExportUnavailable(CuratorError):
    """An export cannot be handed out as it is."""

    status = 409


class RunDamaged(CuratorError):
    """A run folder is not what the trainer writes; `message` is the reason shown next to its name."""

    status = 422


class LibraryMissing(CuratorError):
    """The action needs an optional library that is not installed."""

    status = 503


class ServerUnreachable(CuratorError):
    """No Label Studio answers, or it stopped answering."""

    status = 503


class ServerRefused(CuratorError):
    """Label Studio does not take the key, or what it was sent."""

    status = 409


class ProjectGone(CuratorError):
    """A project was deleted there."""

    status = 404


class AnnotationChanged(CuratorError):
    """An annotation was changed there a moment ago."""

    status = 409


class ExportLacks(CuratorError):
    """A shortcoming of a finished export; reported, not raised."""


class DatabaseNotCopied(CuratorError):
    """No copy of the whole database could be made; the database itself is as it was."""

    status = 503


class UpgradeRefused(CuratorError):
    """The database stays as it is, since its copy could not be written first."""

    status = 503


class BackupFailed(CuratorError):
    """No backup was made; earlier ones are whole."""

    status = 503


class ErasureUnconfirmed(CuratorError):
    """An erasure reaches other photos than those that were confirmed."""

    status = 409
    kind = "unconfirmed"


class BackupDamaged(CuratorError):
    """A stored backup is not what was written."""

    status = 422


class RestoreRefused(CuratorError):
    status = 409


class ValidationImpossible(CuratorError):
    """An installation could not be validated at all; nothing was written."""

    status = 409
