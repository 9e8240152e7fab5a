"""`flask curator ...`, also installed as `curator`: thin commands over services and queries.

Services are imported inside the commands, so that `--help` is instant, without SQLAlchemy or Pillow.
"""

import click

from curator.cli.accounts import user
from curator.cli.agreement import agreement
from curator.cli.audit import audit
from curator.cli.consent import consent
from curator.cli.custody import backup, backups, restore
from curator.cli.dataset import export, rate, status
from curator.cli.doctor import doctor
from curator.cli.erasing import erase, erasures
from curator.cli.events import events
from curator.cli.freezes import freeze, freezes, unlock
from curator.cli.labelstudio import labelstudio
from curator.cli.odd import odd
from curator.cli.photos import dedup, duplicates, import_, reread
from curator.cli.project import project
from curator.cli.server import init, serve
from curator.cli.study import study
from curator.cli.suggestions import suggest
from curator.cli.terminal import CuratorGroup, examples
from curator.cli.tokens import token
from curator.cli.undo import undo
from curator.cli.validation import validate


@click.group(cls=CuratorGroup, epilog=examples("import photos"))
def curator() -> None:
    """Turn saved photos into a dataset you can defend."""


for command in (
    init,
    user,
    token,
    project,
    study,
    serve,
    import_,
    reread,
    dedup,
    duplicates,
    odd,
    suggest,
    rate,
    status,
    agreement,
    export,
    events,
    undo,
    audit,
    freeze,
    unlock,
    freezes,
    doctor,
    labelstudio,
    backup,
    backups,
    restore,
    erase,
    erasures,
    validate,
    consent,
):
    curator.add_command(command)
