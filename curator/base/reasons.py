"""The reason for a change of what stands: one short line, kept with its event."""

from curator.base.errors import InputInvalid, ReasonMissing
from curator.base.messages import translatable

LONGEST_REASON = 200  # characters
ASKED = {
    "ruling": translatable("A ruling stands on this photo: say in one line why it changes."),
    "undoing": translatable("Say in one line why the ruling is undone."),
    "unlocking": translatable("Say in one line why the study is unlocked."),
}


def one_line(typed: str) -> str:
    """Return a reason on one line; InputInvalid says that it is too long."""
    reason = " ".join(typed.split())
    if len(reason) > LONGEST_REASON:
        raise InputInvalid(
            "The reason is too long: use at most %(most)s characters.", most=LONGEST_REASON
        )
    return reason


def require_reason(typed: str, change: str) -> str:
    """Return a reason on one line; ReasonMissing if there is none for a change, a key of ASKED."""
    reason = one_line(typed)
    if not reason:
        raise ReasonMissing(ASKED[change])
    return reason
