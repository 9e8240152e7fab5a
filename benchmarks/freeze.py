"""How long a study is held while its state is signed, and how long the proof takes, by its number of photos.

PYTHONPATH=. python benchmarks/freeze.py 10000
"""

import sys
import tempfile
import time
from pathlib import Path

from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.instance import init_instance
from curator.base.keys import chain_key
from curator.base.models.photos import Batch, FileName, Photo
from curator.base.models.ratings import Rating
from curator.custody import freezes
from curator.custody.freezes import Signature, freeze_study, prove_freeze
from tests.curator.accounts import add_accounts
from tests.curator.drawing import PASSWORD, REGION
from tests.curator.rows import photo_row

RATERS = (2, 4, 5)
TOGETHER = 500


def fill(sessions: Sessions, photos: int) -> None:
    """Add photos, each with a name and three ratings."""
    with sessions.begin() as session:
        session.add(Batch(id=1))
    for first in range(1, photos + 1, TOGETHER):
        numbers = range(first, min(first + TOGETHER, photos + 1))
        with sessions.begin() as session:
            session.add_all(Photo(**photo_row(number)) for number in numbers)
            session.flush()
            session.add_all(FileName(photo_id=n, name=f"{n}.jpg", batch_id=1) for n in numbers)
            said = {"label": "positive", "sex": "female", "evidence": "visual", "region": REGION}
            session.add_all(Rating(photo_id=n, rater_id=r, **said) for n in numbers for r in RATERS)


def main() -> None:
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as folder:
        config = Config(instance=Path(folder) / "instance")
        init_instance(config)
        sessions = open_sessions(config)
        add_accounts(sessions)
        fill(sessions, photos)
        key, by = chain_key(config), Signature("ana", PASSWORD)
        started = time.perf_counter()
        signed = freeze_study(sessions, key, "1.0", "As it is.", by=by)
        frozen = time.perf_counter()
        with reading(sessions) as session:
            freezes._digest(key, freezes._signed_rows(session, signed.head.event, key))
        held = time.perf_counter()
        assert prove_freeze(sessions, key).holds
        proven = time.perf_counter()
        print(
            f"{photos} photos: freezing {frozen - started:.1f} s, of which writers wait "
            f"{held - frozen:.1f} s; proof {proven - held:.1f} s"
        )


if __name__ == "__main__":
    main()
