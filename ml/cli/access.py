"""The commands `users ...` and `keys ...`: who may call a server of this home."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from ml.cli.options import HOME, AsJson, Home
from ml.cli.output import err, say, show_json, show_table
from ml.contract.access import Account, AccountKind, Role
from ml.contract.errors import UnknownName, UsageError
from ml.contract.settings import LaptopSettings

Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as ann or crm-import.")]
RoleName = Annotated[
    str,
    typer.Option(
        "--role",
        help="viewer looks; rep also scores and gives feedback; operator also promotes, rolls "
        "back and sees metrics.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    users = typer.Typer(help="People who sign in to the server of a home.", no_args_is_help=True)
    keys = typer.Typer(help="API keys for programs that call it.", no_args_is_help=True)
    users.command("add")(add_user)
    users.command("password")(reset_password)
    users.command("list")(list_users)
    users.command("remove")(remove_user)
    keys.command("add")(add_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)
    app.add_typer(users, name="users")
    app.add_typer(keys, name="keys")


def add_user(name: Name, role: RoleName = Role.REP.word, home: Home = HOME) -> None:
    """Let a person sign in; the password comes from a prompt, or from standard input."""
    from ml.serving.access.secret_hashes import password_hash

    user = _account(name, AccountKind.USER, role, password_hash(_password()))
    _add(user, home)
    err.print(f"{name} may sign in as {role}")


def reset_password(name: Name, home: Home = HOME) -> None:
    """Give a person another password, as `add` takes one; whoever is signed in with it is out."""
    from ml.bootstrap import accounts_of
    from ml.serving.access.secret_hashes import password_hash

    user = _find(AccountKind.USER, name, home)
    if not accounts_of(LaptopSettings(home=home).path).renew(user, password_hash(_password())):
        raise UsageError(f"user {name!r} was changed by somebody else meanwhile; try again")
    err.print(f"{name} signs in with the new password from now on")


def add_key(name: Name, role: RoleName = Role.REP.word, home: Home = HOME) -> None:
    """Make an API key and print it: once, since only its hash is kept."""
    from ml.serving.access.secret_hashes import new_key, token_digest

    key = new_key()
    _add(_account(name, AccountKind.KEY, role, token_digest(key)), home)
    err.print("keep this key now, it cannot be shown again; send it as Authorization: Bearer KEY")
    say(key, soft_wrap=True, markup=False)


def list_users(home: Home = HOME, as_json: AsJson = False) -> None:
    """Who may sign in."""
    _list(AccountKind.USER, home, as_json=as_json)


def list_keys(home: Home = HOME, as_json: AsJson = False) -> None:
    """Which API keys there are."""
    _list(AccountKind.KEY, home, as_json=as_json)


def remove_user(name: Name, home: Home = HOME) -> None:
    """Forget a person; whoever is signed in with the name is out within a second."""
    _remove(AccountKind.USER, name, home)


def revoke_key(name: Name, home: Home = HOME) -> None:
    """Let a key open nothing any more, within a second."""
    _remove(AccountKind.KEY, name, home)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _account(name: str, kind: AccountKind, role: str, secret: str) -> Account:
    return Account(
        name=name, kind=kind, role=Role.named(role), secret=secret, since=datetime.now(UTC)
    )


def _add(account: Account, home: str) -> None:
    from ml.bootstrap import accounts_of

    if not accounts_of(LaptopSettings(home=home).path).add(account):
        raise UsageError(
            f"the name {account.name!r} is taken, by a user or a key; choose another, or remove "
            "that one first"
        )


def _of(kind: AccountKind, home: str) -> list[Account]:
    from ml.bootstrap import accounts_of

    return [each for each in accounts_of(LaptopSettings(home=home).path).all() if each.kind == kind]


def _list(kind: AccountKind, home: str, *, as_json: bool) -> None:
    rows = [(each.name, each.role.word, f"{each.since:%Y-%m-%d}") for each in _of(kind, home)]
    header = ("name", "role", "since")
    if as_json:
        show_json({f"{kind}s": [dict(zip(header, row, strict=True)) for row in rows]})
    else:
        show_table(f"{kind}s".capitalize(), header, rows)


def _remove(kind: AccountKind, name: str, home: str) -> None:
    from ml.bootstrap import accounts_of

    accounts_of(LaptopSettings(home=home).path).remove(_find(kind, name, home))
    err.print(f"{kind} {name} is no more")


def _find(kind: AccountKind, name: str, home: str) -> Account:
    found = {each.name: each for each in _of(kind, home)}
    if name not in found:
        raise UnknownName(kind, name, found)
    return found[name]
