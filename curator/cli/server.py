"""Set-up and server commands: init, serve."""

import click

from curator.base.config import from_environment, is_loopback
from curator.base.invocation import curator_command
from curator.cli.suggestions import in_background
from curator.cli.terminal import (
    COMMAND_LINE,
    STDIN_OPTION,
    ask_password,
    examples,
    fail,
    open_instance,
    open_to_write,
)


@click.command(epilog=examples("init --admin ana"))
@click.option("--admin", metavar="NAME", help="Create the first account, an administrator.")
@STDIN_OPTION
@click.option(
    "--without-copy", is_flag=True, help="Upgrade an older database without copying it first."
)
def init(admin: str | None, password_stdin: bool, without_copy: bool) -> None:
    """Create the folder, key and database. Safe to run again: existing data is kept.

    Before an older database is upgraded it is copied into the instance's folder backups/, which keeps three.
    """
    from curator.base.accounts import add_user
    from curator.base.instance import init_instance

    config = from_environment()
    init_instance(config, copy_first=not without_copy)
    click.echo(f"The instance {config.instance} is ready.")
    if admin:
        _, sessions = open_instance()
        password = ask_password(password_stdin)
        add_user(
            sessions,
            admin,
            password,
            "admin",
            min_chars=config.password_min_chars,
            actor=COMMAND_LINE,
        )
        click.echo(f"The account {admin} can sign in: {curator_command()} serve")


@click.command(epilog=examples("serve --port 5151"))
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port.  [default: 5151]")
@click.option(
    "--insecure-http",
    is_flag=True,
    help="Serve beyond this machine without HTTPS: the network reads passwords and photos.",
)
def serve(host: str | None, port: int | None, insecure_http: bool) -> None:
    """Serve the web tool. If there is no account yet, print a one-time link to create the first.

    Where there is no instance yet, it is created, as by init.
    """
    from waitress.server import create_server

    from curator.app import create_app
    from curator.base.accounts import has_accounts
    from curator.base.db import is_new
    from curator.base.instance import init_instance

    config = from_environment()
    host = host or config.host
    if not (is_loopback(host) or config.behind_https or insecure_http):
        fail(
            f"on {host}, passwords and photos would cross the network unencrypted: put an HTTPS proxy in "
            "front and set CURATOR_BEHIND_HTTPS=1, or trust the network with --insecure-http."
        )
    if is_new(config):
        init_instance(config)
        click.echo(f"The instance {config.instance} is new: it was created.")
    config, sessions = open_to_write()
    port = port or config.port
    app = create_app(config)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=config.threads,
            ident=None,
            clear_untrusted_proxy_headers=not config.proxies,  # the app then reads the trusted ones
        )
    except OSError as error:
        fail(f"{address} cannot be opened ({error.strerror}): choose another with --port.")
    if has_accounts(sessions):
        click.echo(f"Curator is at {address} (stop it with Ctrl+C)")
    else:
        token = app.config["SETUP_TOKEN"]
        click.echo(f"Create the first account at {address}/setup?token={token}")
        click.echo("The link works once; stop the server with Ctrl+C.")
    with in_background(config):
        server.run()
