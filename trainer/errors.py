"""The errors that users see, each as one line that says what to do next."""

import errno

from faces.quoting import printable

LONGEST = 1000  # characters of a message


class TrainerError(Exception):
    """A problem to show the user as one line, without a traceback."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(_one_line(message))
        self.exit_code = exit_code


def _one_line(message: str) -> str:
    """Return the message without what would disturb a terminal; parts of it come from files."""
    half = LONGEST // 2
    if len(message) > LONGEST:
        message = f"{message[:half]}…{message[-half:]}"
    return printable(message)


class ExportMissing(TrainerError):
    """There is no export at the given place."""


class ExportBroken(TrainerError):
    """An export breaks the contract of docs/manifest.md."""


class LeakFound(ExportBroken):
    """A photo or group is in two splits or folds: the score would leak."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=3)


class WeightsUnavailable(TrainerError):
    """The network's starting weights are unavailable or do not fit."""


class PersonsTooFew(TrainerError):
    """Too few persons have two photos to tell whether they can be found again."""


class UnknownArchitecture(TrainerError):
    """No network has this name."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=2)


class ConfigInvalid(TrainerError):
    """A setting has an impossible value or an unknown name."""


class RunExists(TrainerError):
    """The folder of a new run already exists."""


class RunBroken(TrainerError):
    """A folder is not a run, or lacks a part of one."""


class PhotosDiffer(TrainerError):
    """Runs to be compared were scored on different photos."""


class ScoreUndefined(TrainerError):
    """A comparison by a score that is undefined on these photos."""


class PhotoUnreadable(TrainerError):
    """A photo to predict cannot be opened."""


class RegionInvalid(TrainerError):
    """A region is not a polygon on the photo."""


class FaceSearchMissing(TrainerError):
    """A region should be suggested, but the face search is not installed."""


class DiskFull(TrainerError):
    """The disk is too full to write the run."""


class FolderUnwritable(TrainerError):
    """The run's folder cannot be written, for a reason other than space."""


class FileGone(TrainerError):
    """A file disappeared while the command ran."""


class LibraryMissing(TrainerError):
    """An optional part of the installation is missing."""


class TrainingDiverged(TrainerError):
    """The loss is infinite or not a number."""


class LedgerUnwritable(TrainerError):
    """The looks at an export's test photos cannot be counted."""


class TensorFlowMissing(LibraryMissing):
    """TensorFlow is not installed."""


class KerasSettingsInvalid(TrainerError):
    """Keras refuses its own settings file."""


class RunUnfinished(TrainerError):
    """A run of this name was interrupted, or is still training."""


class ConversionFailed(TrainerError):
    """A model could not be converted, or its predictions changed."""


def from_os_error(
    error: OSError, where: str, hint: str = "choose another folder with --out"
) -> TrainerError:
    """Explain in one line why `where` could not be written, with a hint what to do.

    HDF5 reports a full disk as an OSError without a number, so its text counts too.
    """
    full = error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error)
    if full:
        return DiskFull(f"the disk is full: {where} was not written; free some space and run again")
    if isinstance(error, FileNotFoundError) and error.filename:
        return FileGone(
            f"{where} was not written: {error.filename} has disappeared; restore it and run again"
        )
    reason = error.strerror or str(error).splitlines()[0]
    return FolderUnwritable(f"cannot write {where}: {reason}; {hint}")
