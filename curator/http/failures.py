"""What is said where the server itself fails; the details go to its log."""

from flask import current_app
from flask_babel import gettext

from curator.base.messages import translatable

WENT_WRONG = translatable(
    "Something went wrong; the details are in the server's log. Nothing was left half done: try again."
)


def failure_of_files(error: OSError) -> str:
    """Log a file that could not be read or written, and return what to do."""
    current_app.logger.exception("a file could not be read or written")
    reason = error.strerror or gettext("the file system does not respond")
    return str(
        gettext(
            "The server cannot read or write its files (%(reason)s). Nothing was left half done: "
            "check the free disk space and the instance folder, then try again.",
            reason=reason,
        )
    )
