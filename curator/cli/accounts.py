"""Account commands: user add, list, role, passwd, disable, enable."""

import click

from curator.base.invocation import curator_command
from curator.cli.terminal import (
    COMMAND_LINE,
    JSON_OPTION,
    STDIN_OPTION,
    ask_password,
    examples,
    open_instance,
    print_json,
)

ROLE = click.Choice(["admin", "annotator", "adjudicator", "viewer"])


@click.group(epilog=examples("user add ben"))
def user() -> None:
    """Manage accounts: add, list, role, passwd, disable, enable."""


@user.command("add", epilog=examples("user add ben --role annotator"))
@click.argument("name")
@click.option("--role", type=ROLE, default="annotator", show_default=True)
@STDIN_OPTION
def user_add(name: str, role: str, password_stdin: bool) -> None:
    """Create an account."""
    from curator.base.accounts import add_user

    config, sessions = open_instance()
    password = ask_password(password_stdin)
    made = add_user(
        sessions, name, password, role, min_chars=config.password_min_chars, actor=COMMAND_LINE
    )
    click.echo(f"The account {made.name} ({role}) can sign in.")


@user.command("list", epilog=examples("user list --json"))
@JSON_OPTION
def user_list(as_json: bool) -> None:
    """List the accounts."""
    from curator.base.accounts import list_users

    _, sessions = open_instance()
    users = list_users(sessions)
    if as_json:
        print_json([{"name": u.name, "role": u.role, "disabled": u.disabled} for u in users])
        return
    for one in users:
        click.echo(f"{one.name:32} {one.role:12} {'disabled' if one.disabled else ''}".rstrip())


@user.command("role", epilog=examples("user role ben adjudicator"))
@click.argument("name")
@click.argument("role", type=ROLE)
def user_role(name: str, role: str) -> None:
    """Change what an account may do.

    A viewer looks, an annotator rates, an adjudicator also settles disagreements, an admin also
    sets up the project and its accounts.
    """
    from curator.base.accounts import set_role

    _, sessions = open_instance()
    set_role(sessions, name, role, actor=COMMAND_LINE)
    click.echo(f"The role of {name} is now {role}.")


@user.command("passwd", epilog=examples("user passwd ben"))
@click.argument("name")
@STDIN_OPTION
def user_passwd(name: str, password_stdin: bool) -> None:
    """Set a password. Anyone signed in with the old one is signed out."""
    from curator.base.accounts import set_password

    config, sessions = open_instance()
    set_password(
        sessions,
        name,
        ask_password(password_stdin),
        min_chars=config.password_min_chars,
        actor=COMMAND_LINE,
    )
    click.echo(f"The password of {name} was changed.")


@user.command("disable", epilog=examples("user disable ben"))
@click.argument("name")
def user_disable(name: str) -> None:
    """Keep an account from signing in. Its ratings are kept."""
    from curator.base.accounts import set_disabled

    _, sessions = open_instance()
    set_disabled(sessions, name, True, actor=COMMAND_LINE)
    again = f"{curator_command()} user enable {name}"
    click.echo(f"The account {name} was disabled; to undo this: {again}")


@user.command("enable", epilog=examples("user enable ben"))
@click.argument("name")
def user_enable(name: str) -> None:
    """Let a disabled account sign in again."""
    from curator.base.accounts import set_disabled

    _, sessions = open_instance()
    set_disabled(sessions, name, False, actor=COMMAND_LINE)
    click.echo(f"The account {name} can sign in again.")
