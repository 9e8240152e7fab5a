"""How much and how often a client may send."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

LONGEST_TEXT = 2000  # characters of a note, a reason or a source
LONGEST_SOURCE = 200  # of an upload
MOST_FILES = 10_000_000  # of one upload, as a client may announce

limiter = Limiter(get_remote_address, storage_uri="memory://")
