"""What can go wrong and be told in one line: each error's message says what to do next."""

import errno


class TrainerError(Exception):
    """A problem to show the user as one line, without a traceback."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ExportMissing(TrainerError):
    """There is no export where one was looked for."""


class ExportBroken(TrainerError):
    """An export does not keep the contract of docs/manifest.md."""


class LeakFound(ExportBroken):
    """A photo, or a group, stands on both sides of a split or fold: the score would leak."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=3)


class WeightsUnavailable(TrainerError):
    """The network's starting weights cannot be had or do not fit."""


class UnknownArchitecture(TrainerError):
    """No network has this name."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=2)


class ConfigInvalid(TrainerError):
    """A setting has an impossible value or an unknown name."""


class RunExists(TrainerError):
    """The folder that a run should become is already there."""


class RunBroken(TrainerError):
    """A folder that was named as a run is none, or lacks a part."""


class PhotosDiffer(TrainerError):
    """Runs that are to be compared were scored on different photos."""


class ScoreUndefined(TrainerError):
    """A comparison was asked for by a score that these photos do not define."""


class PhotoUnreadable(TrainerError):
    """A photo to predict cannot be opened."""


class RegionInvalid(TrainerError):
    """A region is no polygon on the photo."""


class FaceSearchMissing(TrainerError):
    """A region is to be suggested, and what finds faces is not installed."""


class DiskFull(TrainerError):
    """There is no room to write the run."""


class FolderUnwritable(TrainerError):
    """The run's folder cannot be written for another reason than space."""


class FileGone(TrainerError):
    """A file that was there when the work began is not there any more."""


class LibraryMissing(TrainerError):
    """A part of the installation that was asked for is not there."""


class TrainingDiverged(TrainerError):
    """The loss has become infinite or no number."""


class LedgerUnwritable(TrainerError):
    """The looks at an export's test photos cannot be counted."""


class TensorFlowMissing(LibraryMissing):
    """The part of the installation that trains is not there."""


class RunUnfinished(TrainerError):
    """A run of this name was broken off, or is in training now."""


class ConversionFailed(TrainerError):
    """A model could not be converted, or answers otherwise after it."""


def from_os_error(
    error: OSError, where: str, hint: str = "choose another folder with --out"
) -> TrainerError:
    """Say in one line why `where` could not be written, and with a hint what to do.

    HDF5 reports a full disk as an OSError without a number, so its text counts too.
    """
    full = error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error)
    if full:
        return DiskFull(f"the disk is full: {where} was not written; free some space and run again")
    if isinstance(error, FileNotFoundError) and error.filename:
        return FileGone(
            f"{where} was not written: {error.filename} is gone; bring it back and run again"
        )
    reason = error.strerror or str(error).splitlines()[0]
    return FolderUnwritable(f"cannot write {where}: {reason}; {hint}")
