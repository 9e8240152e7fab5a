"""The reason for a change of what stands: one short line, kept with its event."""

from curator.base.errors import InputInvalid, ReasonMissing

LONGEST_REASON = 200  # characters


def one_line(typed: str) -> str:
    """Return a reason on one line; InputInvalid says that it is too long."""
    reason = " ".join(typed.split())
    if len(reason) > LONGEST_REASON:
        raise InputInvalid(
            "The reason is too long: use at most %(most)s characters.", most=LONGEST_REASON
        )
    return reason


def require_reason(typed: str, missing: str) -> str:
    """Return a reason on one line; ReasonMissing says `missing` if there is none."""
    reason = one_line(typed)
    if not reason:
        raise ReasonMissing(missing)
    return reason
