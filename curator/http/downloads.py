"""An export as an answer: a zip file that is sent while it is made."""

from collections.abc import Iterator
from contextlib import ExitStack
from logging import Logger

from flask import current_app
from werkzeug.wrappers import Response

from curator.base.errors import CuratorError
from curator.exports.downloading import Download, download_export
from curator.http.current import account, config, instance, sessions


def export_sent(export_id: int) -> Response:
    with ExitStack() as turn:
        turn.enter_context(instance().downloads.taken_by(account().id))
        made = download_export(sessions(), config(), export_id, actor=account().name)
        response = Response(_sent(made, current_app.logger), mimetype="application/zip")
        response.call_on_close(turn.pop_all().close)  # however slowly it is received
    response.headers.set("Content-Disposition", "attachment", filename=made.name)
    if made.size_bytes is not None:
        response.content_length = made.size_bytes
    return response


def _sent(made: Download, log: Logger) -> Iterator[bytes]:
    """Yield the zip file; if it cannot be finished, its length tells the client that it broke off."""
    try:
        yield from made.chunks
    except (OSError, CuratorError) as error:
        log.error("%s could not be sent to its end: %s", made.name, error)
        if made.size_bytes is None:
            raise
