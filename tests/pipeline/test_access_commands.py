"""The commands that say who may call, and what `serve` refuses."""

import io
import json
import stat
import subprocess
import sys
import types

import pytest

from ml.adapters.sqlite_accounts import ACCESS
from ml.cli import access, doors, serving
from ml.cli.app import app
from ml.contract.access import AccessMode
from ml.contract.access_settings import USUAL_RATE
from ml.contract.errors import DependencyUnavailable, LeadwiseError, UsageError
from ml.serving import tunnel
from ml.serving.access.secret_hashes import is_password, token_digest

PASSWORD = "four words of mine"


@pytest.fixture
def home(tmp_path):
    return str(tmp_path / "home")


@pytest.fixture
def typed(monkeypatch):
    """What a person types, or a script sends."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def add_user(home, typed, name="ann", role="rep", password=PASSWORD):
    typed(password + "\n")
    access.add_user(name, role, home)


def listed(capsys, command, home):
    capsys.readouterr()
    command(home, as_json=True)
    return json.loads(capsys.readouterr().out)


def stored(home):
    from ml.bootstrap import accounts_of
    from ml.contract.settings import LaptopSettings

    return {each.name: each for each in accounts_of(LaptopSettings(home=home).path).all()}


def test_a_user_is_kept_with_a_hash_that_only_the_owner_may_read(home, typed, capsys, tmp_path):
    add_user(home, typed)
    assert is_password(PASSWORD, stored(home)["ann"].secret)
    file = tmp_path / "home" / ACCESS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PASSWORD.encode() not in file.read_bytes()
    assert PASSWORD not in "".join(capsys.readouterr())
    assert [user["name"] for user in listed(capsys, access.list_users, home)["users"]] == ["ann"]
    access.remove_user("ann", home)
    assert stored(home) == {}


def test_an_operator_gives_a_person_another_password(home, typed):
    add_user(home, typed)
    typed("other words of mine\n")
    access.reset_password("ann", home)
    assert is_password("other words of mine", stored(home)["ann"].secret)
    with pytest.raises(UsageError, match="unknown user 'ben'"):
        access.reset_password("ben", home)
    typed("short\n")
    with pytest.raises(UsageError, match="expected 12 or more"):
        access.reset_password("ann", home)


def test_a_key_is_shown_once_and_kept_as_a_hash(home, capsys, tmp_path):
    access.add_key("crm", "rep", home)
    key = capsys.readouterr().out.strip()
    assert key.startswith("lw_")
    assert len(key) > 40
    assert stored(home)["crm"].secret == token_digest(key)
    assert key not in (tmp_path / "home" / ACCESS).read_bytes().decode("latin-1")
    access.list_keys(home)
    assert key not in capsys.readouterr().out
    access.revoke_key("crm", home)
    assert stored(home) == {}


@pytest.mark.parametrize("password", ["", "short", "eleven char", "x" * 1025])
def test_a_password_has_a_length(home, typed, password):
    with pytest.raises(UsageError):
        add_user(home, typed, password=password)
    assert stored(home) == {}


@pytest.mark.parametrize(
    ("name", "role"), [("Ann", "rep"), ("", "rep"), ("a b", "rep"), ("ann", "admin")]
)
def test_names_and_roles_are_those_that_exist(home, typed, name, role):
    with pytest.raises(UsageError):
        add_user(home, typed, name=name, role=role)


def test_a_name_is_given_once_among_users_and_keys(home, typed):
    add_user(home, typed)
    with pytest.raises(UsageError, match="taken"):
        access.add_key("ann", "rep", home)
    with pytest.raises(UsageError, match="unknown key 'ann'"):
        access.revoke_key("ann", home)


def test_no_command_takes_a_password_or_key_as_an_argument():
    """Arguments stand in the list of processes and in the shell's history."""
    import typer.main

    group = typer.main.get_command(app)
    for name in ("users", "keys"):
        for command in group.commands[name].commands.values():
            words = {each for parameter in command.params for each in parameter.opts}
            assert words <= {"--role", "--home", "--json", "name"}, command.name


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "leads.example", ""])
def test_an_address_that_strangers_reach_needs_somebody_known(home, host, tmp_path):
    with pytest.raises(UsageError, match="leadwise users add"):
        doors.refuse_open_doors(doors.doors_for(tmp_path, host=host), host)
    access.add_key("crm", "rep", home)
    found = doors.doors_for(tmp_path / "home", host=host)
    assert (found.mode, found.requests_per_second) == (AccessMode.ACCOUNTS, USUAL_RATE)
    doors.refuse_open_doors(found, host)


def test_serve_refuses_in_one_line_with_code_2(tmp_path):
    words = ["serve", "lead_conversion", "--host", "0.0.0.0", "--home", tmp_path]
    done = subprocess.run(
        [sys.executable, "-m", "ml.cli", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "leadwise keys add" in done.stderr


def test_who_is_known_is_asked_for_on_this_machine_too(home, tmp_path):
    assert doors.doors_for(tmp_path / "home", host="127.0.0.1").mode == AccessMode.MACHINE
    access.add_key("crm", "rep", home)
    assert doors.doors_for(tmp_path / "home", host="127.0.0.1").mode == AccessMode.ACCOUNTS
    issuer = doors.doors_for(
        tmp_path / "home", host="0.0.0.0", issuer="https://id.example", audience="us"
    )
    assert issuer.mode == AccessMode.OIDC
    with pytest.raises(LeadwiseError, match="audience"):
        doors.doors_for(tmp_path, host="0.0.0.0", issuer="https://id.example")


# The tunnel


class Ngrok:
    """Stands in for the program."""

    def __init__(self, error=None):
        self.error, self.calls = error, []

    def connect(self, port, *, pyngrok_config):
        self.calls.append(("connect", port, pyngrok_config.auth_token))
        if self.error:
            raise self.error
        return types.SimpleNamespace(public_url="https://leads.ngrok.example")

    def kill(self, _):
        self.calls.append(("kill",))


@pytest.fixture
def ngrok(monkeypatch):
    import pyngrok.ngrok

    stand_in = Ngrok()
    monkeypatch.setattr(pyngrok.ngrok, "connect", stand_in.connect)
    monkeypatch.setattr(pyngrok.ngrok, "kill", stand_in.kill)
    monkeypatch.setenv(tunnel.TOKEN, "s3cret-token")
    return stand_in


@pytest.fixture
def started(monkeypatch):
    calls = []
    monkeypatch.setattr(serving, "listen", lambda *_, **words: calls.append(words))
    return calls


def serve(home):
    serving.serve("lead_conversion", home=home, port=8123, tunnel=True)


def test_a_tunnel_is_open_while_the_server_runs(home, ngrok, started, capsys):
    access.add_key("crm", "rep", home)
    serve(home)
    assert ngrok.calls == [("connect", "8123", None), ("kill",)]
    assert started[0]["host"] == "127.0.0.1"
    said = "".join(capsys.readouterr())
    assert "https://leads.ngrok.example" in said
    assert "s3cret" not in said


def test_there_is_no_tunnel_to_a_server_that_asks_nobody(home, ngrok, started):
    with pytest.raises(UsageError, match="leadwise keys add"):
        serve(home)
    assert (ngrok.calls, started) == ([], [])


@pytest.mark.usefixtures("ngrok")
def test_there_is_no_tunnel_without_a_token(home, started, monkeypatch):
    access.add_key("crm", "rep", home)
    monkeypatch.delenv(tunnel.TOKEN)
    with pytest.raises(UsageError, match=tunnel.TOKEN):
        serve(home)
    assert started == []


@pytest.mark.usefixtures("ngrok", "started")
def test_without_pyngrok_one_is_told_what_to_install(home, monkeypatch):
    access.add_key("crm", "rep", home)
    monkeypatch.setitem(sys.modules, "pyngrok", None)
    with pytest.raises(UsageError, match="pip install"):
        serve(home)


@pytest.mark.usefixtures("started")
def test_what_ngrok_says_may_hold_the_token_and_is_not_repeated(home, ngrok):
    from pyngrok.exception import PyngrokError

    access.add_key("crm", "rep", home)
    ngrok.error = PyngrokError("ERR_NGROK_105: your authtoken: s3cret-token")
    with pytest.raises(DependencyUnavailable) as error:
        serve(home)
    assert "err_ngrok_105" in str(error.value)
    assert "s3cret" not in str(error.value)
    assert error.value.__cause__ is None
