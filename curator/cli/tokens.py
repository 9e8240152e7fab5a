"""Token commands: token add, list, revoke."""

from typing import TYPE_CHECKING

import click

from curator.cli.accounts import ROLE
from curator.cli.terminal import COMMAND_LINE, JSON_OPTION, examples, open_instance, print_json

if TYPE_CHECKING:
    from curator.base.tokens import IssuedToken


@click.group(epilog=examples("token add ben --name backup"))
def token() -> None:
    """Manage the tokens by which programs use the API: add, list, revoke."""


@token.command("add", epilog=examples("token add ben --name backup --role viewer --days 30"))
@click.argument("account")
@click.option("--name", required=True, help="What the token is for, such as the program's name.")
@click.option("--role", type=ROLE, default="viewer", show_default=True)
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True)
@JSON_OPTION
def token_add(account: str, name: str, role: str, days: int, as_json: bool) -> None:
    """Make a token that acts for an account, and print it: this once, it is stored nowhere."""
    from curator.base.accounts import account_named
    from curator.base.tokens import make_token

    _, sessions = open_instance()
    owner = account_named(sessions, account)
    secret, made = make_token(sessions, owner.id, name, role=role, days=days, actor=COMMAND_LINE)
    if as_json:
        print_json({"token": secret, **_facts(made)})
        return
    click.echo(secret)
    click.echo(f"Token {made.id} works until {made.until:%Y-%m-%d %H:%M} UTC.", err=True)


@token.command("list", epilog=examples("token list --json"))
@click.argument("account", required=False)
@JSON_OPTION
def token_list(account: str | None, as_json: bool) -> None:
    """List the tokens of an account, or of all, without the secret that programs send."""
    from curator.base.accounts import account_named
    from curator.base.tokens import list_tokens

    _, sessions = open_instance()
    found = list_tokens(sessions, account_named(sessions, account).id if account else None)
    if as_json:
        print_json([_facts(one) for one in found])
        return
    for one in found:
        used = f"used {one.used_on}" if one.used_on else "never used"
        until = "expired" if one.is_expired else f"until {one.until:%Y-%m-%d}"
        click.echo(f"{one.id:4} {one.account:20} {one.role:12} {until:17} {used:16} {one.name}")


@token.command("revoke", epilog=examples("token revoke 3"))
@click.argument("number", type=int)
def token_revoke(number: int) -> None:
    """End a token for good, by the number that `list` shows."""
    from curator.base.tokens import revoke_token

    _, sessions = open_instance()
    revoked = revoke_token(sessions, number, actor=COMMAND_LINE)
    click.echo(f"The token {revoked.name!r} of {revoked.account} was revoked.")


def _facts(one: "IssuedToken") -> dict[str, object]:
    return {
        "id": one.id,
        "account": one.account,
        "name": one.name,
        "role": one.role,
        "made_at": f"{one.made_at.isoformat()}Z",
        "until": f"{one.until.isoformat()}Z",
        "used_on": one.used_on,
        "expired": one.is_expired,
    }
