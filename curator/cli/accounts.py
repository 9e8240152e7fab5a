"""Account commands: user add, list, role, passwd, disable, enable, sites, second factors."""

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
    """Manage accounts: add, list, role, passwd, disable, enable, sites, second factors."""


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
    from curator.base.second_factor import names_with_second_factor

    _, sessions = open_instance()
    users, with_factor = list_users(sessions), names_with_second_factor(sessions)
    if as_json:
        facts = (
            {"name": u.name, "role": u.role, "disabled": u.disabled, "sites": [*u.sites]}
            for u in users
        )
        print_json([told | {"second_factor": told["name"] in with_factor} for told in facts])
        return
    for one in users:
        factor = "second factor" if one.name in with_factor else ""
        sites = ", ".join(one.sites)
        disabled = "disabled" if one.disabled else ""
        told = "  ".join(filter(None, (disabled, factor, sites)))
        click.echo(f"{one.name:32} {one.role:12} {told}".rstrip())


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


@user.command("reset-second-factor", epilog=examples("user reset-second-factor ben"))
@click.argument("name")
def user_reset_second_factor(name: str) -> None:
    """Remove the second factor of somebody who lost it, and sign them out everywhere."""
    from curator.base.second_factor import reset_second_factor

    _, sessions = open_instance()
    reset_second_factor(sessions, name, actor=COMMAND_LINE)
    click.echo(f"{name} has no second factor any more, and was signed out.")


@user.command("demand-second-factor", epilog=examples("user demand-second-factor admins"))
@click.argument("whom", type=click.Choice(["nobody", "admins", "all"]))
def user_demand_second_factor(whom: str) -> None:
    """Demand a second factor of nobody, of administrators, or of all.

    Who has none yet is led to set it up at the next page. Tokens of programs are not affected.
    """
    from curator.base.second_factor import demand_of

    _, sessions = open_instance()
    demand_of(sessions, whom, actor=COMMAND_LINE)
    click.echo(f"A second factor is demanded of {whom}.")


@user.command("sites", epilog=examples("user sites ben --source '#lupus' --source clinic"))
@click.argument("name")
@click.option("--source", "sources", multiple=True, help="A source whose photos they see.")
@click.option("--all", "sees_all", is_flag=True, help="Let them see all photos again.")
def user_sites(name: str, sources: tuple[str, ...], sees_all: bool) -> None:
    """Let an annotator or a viewer see the photos of some sources alone.

    Nothing else exists for them: no photo, no number, no page about the whole study.
    """
    from curator.base.accounts import set_sites

    if bool(sources) == sees_all:
        raise click.UsageError("Name the sources, each with --source, or give --all.")
    _, sessions = open_instance()
    set_sites(sessions, name, sources, actor=COMMAND_LINE)
    click.echo(f"{name} sees {'all photos' if sees_all else ', '.join(sources)}.")
