"""Limits how many requests of a kind run at once, so that threads are left for everything else."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from curator.base.errors import ServerBusy

OF_ONE_ACCOUNT = 2  # as many files as a browser sends at once


class Turns:
    """The uploads under way, by account."""

    def __init__(self, threads: int) -> None:
        self._most = max(1, threads // 2)
        self._under_way: Counter[int] = Counter()
        self._lock = Lock()

    @contextmanager
    def taken_by(self, account_id: int) -> Iterator[None]:
        """Count one more upload of an account.

        Raises:
            ServerBusy: too many are under way, of this account or of all.
        """
        with self._lock:
            own = self._under_way[account_id]
            if own >= OF_ONE_ACCOUNT or self._under_way.total() >= self._most:
                raise ServerBusy(
                    "Other uploads are under way, and saving ratings comes first: try again in a moment."
                )
            self._under_way[account_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[account_id] -= 1
