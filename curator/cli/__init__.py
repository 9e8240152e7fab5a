"""`flask curator ...`, also installed as `curator`: thin commands over services and queries.

Services are imported inside the commands, so that `--help` is instant, without SQLAlchemy or Pillow.
"""

import click

from curator.cli.accounts import user
from curator.cli.agreement import agreement
from curator.cli.audit import audit
from curator.cli.custody import backup, backups, restore
from curator.cli.dataset import export, rate, status
from curator.cli.doctor import doctor
from curator.cli.events import events
from curator.cli.labelstudio import labelstudio
from curator.cli.odd import odd
from curator.cli.photos import dedup, duplicates, import_, reread
from curator.cli.project import project
from curator.cli.server import init, serve
from curator.cli.study import study
from curator.cli.suggestions import suggest
from curator.cli.terminal import CuratorGroup, examples
from curator.cli.tokens import token


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
    audit,
    doctor,
    labelstudio,
    backup,
    backups,
    restore,
):
    curator.add_command(command)
