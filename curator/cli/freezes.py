"""The commands of freezes: freeze, unlock, freezes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from curator.cli.terminal import (
    JSON_OPTION,
    STDIN_OPTION,
    ask_password,
    examples,
    number_of,
    open_instance,
    print_json,
    print_list,
)

if TYPE_CHECKING:
    from curator.base.db import Sessions
    from curator.custody.freezes import FreezeProof, Signature, SignedState

BY_OPTION = click.option(
    "--by", "account", required=True, metavar="NAME", help="The administrator who signs."
)
CODE_OPTION = click.option(
    "--code", default="", help="A code of the account's second factor, if it has one."
)


def _signature(sessions: Sessions, account: str, code: str, from_stdin: bool) -> Signature:
    from curator.base.second_factor import names_with_second_factor
    from curator.custody.freezes import Signature

    password = ask_password(from_stdin, again=False)
    if not code and not from_stdin and account in names_with_second_factor(sessions):
        code = click.prompt("Code", type=str)
    return Signature(account, password, code)


@click.command(
    epilog=examples("freeze 1.0 --by ana --statement 'Ratings are complete and checked.'")
)
@click.argument("name")
@click.option("--statement", required=True, help="What is signed, in one line.")
@BY_OPTION
@CODE_OPTION
@STDIN_OPTION
@JSON_OPTION
def freeze(
    name: str, statement: str, account: str, code: str, password_stdin: bool, as_json: bool
) -> None:
    """Sign the present state of the study and make it read-only.

    An administrator signs with the password. Until one of them unlocks it, no page, command or
    program changes ratings, rulings, decisions, exclusions, persons, sources, imports, settings or
    facts. Exports name the freeze. A person's photos can still be erased, and consent recorded.
    """
    from curator.base.keys import chain_key
    from curator.custody.freezes import freeze_study

    config, sessions = open_instance()
    by = _signature(sessions, account, code, password_stdin)
    made = freeze_study(sessions, chain_key(config), name, statement, by=by)
    if as_json:
        print_json(asdict(made))
        return
    click.echo(f"The study is frozen as {made.name}, signed by {made.signed_by}.")
    _print_state(made)


@click.command(epilog=examples("unlock --by ana --reason 'A rater found mixed-up photos.'"))
@click.option("--reason", required=True, help="Why the study is unlocked, in one line.")
@BY_OPTION
@CODE_OPTION
@STDIN_OPTION
@JSON_OPTION
def unlock(reason: str, account: str, code: str, password_stdin: bool, as_json: bool) -> None:
    """Unlock a frozen study: its signature is void from then on.

    The freeze stays in the record, with who unlocked it, when and why.
    """
    from curator.custody.freezes import unlock_study

    _, sessions = open_instance()
    voided = unlock_study(sessions, reason, by=_signature(sessions, account, code, password_stdin))
    if as_json:
        print_json(asdict(voided))
        return
    click.echo(f"The study is unlocked: {voided.name} is void.")


@click.command(epilog=examples("freezes\nfreezes 1.0 --verify"))
@click.argument("name", required=False, default="")
@click.option(
    "--verify", is_flag=True, help="Prove that the state is as signed; exit with 1 if not."
)
@JSON_OPTION
@click.pass_context
def freezes(ctx: click.Context, name: str, verify: bool, as_json: bool) -> None:
    """List all freezes, newest first, or one; --verify proves the newest or the one that is named.

    The proof reads the whole log and every row: of a void freeze the log alone, since the study may
    have changed after it.
    """
    from curator.base.errors import NotFound
    from curator.base.keys import chain_key
    from curator.custody.freezes import list_freezes, prove_freeze

    config, sessions = open_instance()
    found = [one for one in list_freezes(sessions) if name in ("", one.name)]
    if name and not found:
        raise NotFound("There is no freeze %(name)s: `freezes` lists all.", name=name)
    if verify:
        proof = prove_freeze(sessions, chain_key(config), name)
        if as_json:
            print_json(asdict(found[0]) | asdict(proof) | {"holds": proof.holds})
        else:
            _print_proof(found[0], proof)
        ctx.exit(0 if proof.holds else 1)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        _print_freeze(one)
    if not found:
        click.echo("The study was never frozen.")


def _print_freeze(one: SignedState) -> None:
    state = "void" if one.is_void else "stands"
    click.echo(f"{one.name:16} {state:8} {one.signed_at:%Y-%m-%d %H:%M} UTC  {one.signed_by}")
    click.echo(f"  {one.statement}")
    if one.is_void:
        click.echo(
            f"  unlocked {one.voided_at:%Y-%m-%d %H:%M} UTC by {one.voided_by}: {one.voided_because}"
        )
    if one.erasures:
        click.echo(f"  {number_of(one.erasures, 'erasure')} since, which void nothing")
    if one.withdrawals:
        click.echo(f"  consent withdrawn {one.withdrawals} times since, which voids nothing")
    _print_state(one)


def _print_state(one: SignedState) -> None:
    click.echo(f"  head {one.head.event}:{one.head.link}")
    click.echo(f"  digest {one.digest}")


def _print_proof(one: SignedState, proof: FreezeProof) -> None:
    if proof.breaks:
        click.echo(f"  the log was altered: {number_of(proof.breaks, 'break')}; see `audit verify`")
    if not proof.head_kept:
        click.echo("  the event that was signed is gone, or has another link now")
    if not proof.digest_fits:
        click.echo("  the log up to that event does not add up to the digest that was signed")
    print_list("changed since", [f"{table} {key}" for table, key in proof.changed])
    if proof.erased:
        click.echo(
            f"  {number_of(proof.erased, 'row')} erased or changed by an erasure or a withdrawal since"
        )
    void = ", which is void," if one.is_void else ""
    click.echo(
        f"The state signed as {one.name}{void} {'holds' if proof.holds else 'does not hold'}."
    )
