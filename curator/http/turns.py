"""Limits how many requests of a kind run at once, so that threads are left for everything else."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from curator.base.errors import ServerBusy


class Turns:
    """The requests of a kind under way, by account."""

    def __init__(self, most: int, of_one_account: int) -> None:
        self._most = max(1, most)
        self._of_one_account = of_one_account
        self._under_way: Counter[int] = Counter()
        self._lock = Lock()

    @contextmanager
    def taken_by(self, account_id: int) -> Iterator[None]:
        """Count one more request of an account.

        Raises:
            ServerBusy: too many are under way, of this account or of all.
        """
        with self._lock:
            own = self._under_way[account_id]
            if own >= self._of_one_account or self._under_way.total() >= self._most:
                raise ServerBusy(
                    "Other files are on their way, and saving ratings comes first: try again in a moment."
                )
            self._under_way[account_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[account_id] -= 1
