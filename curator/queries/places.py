"""Places in lists that show the newest first: where the next page goes on, whatever changes meanwhile."""

from datetime import datetime

Place = tuple[datetime, int]  # when the last one shown was made, and its id
