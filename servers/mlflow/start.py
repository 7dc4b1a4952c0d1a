"""Start MLflow in place of this process, with secrets that are nowhere but in memory and in RAM.

No secret is part of a command line, a unit file, user data or a log: MLflow gets them through its
environment and one file in the service's private runtime directory.
"""

import configparser
import hashlib
import hmac
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from ml.contract.cloud_settings import MlflowServerSettings
from servers.mlflow.secrets import Login, login

# What MLflow took with two workers: 650 MiB, of which each worker 214; the rest is the machine's.
_ROOM_FOR_TWO = 1.5 * 2**30
# A password's hash takes 50 ms to check: once a minute instead of with each request.
_REMEMBER_SECONDS = 60


def main() -> None:
    """Read settings and secrets, bring database and administrator up to date, become MLflow."""
    settings = MlflowServerSettings.from_env(os.environ)
    database, administrator = login(settings.database_secret), login(settings.admin_secret)
    uri = backend_uri(settings, database)
    os.environ.update(environment(uri, administrator))
    _write_auth_config(Path(os.environ["MLFLOW_AUTH_CONFIG_PATH"]), uri)
    _bring_up_to_date(uri, administrator)
    command = server_command(settings)
    os.execv(command[0], command)


def backend_uri(settings: MlflowServerSettings, database: Login) -> str:
    """SQLAlchemy's address of the database."""
    user, password = (quote(part, safe="") for part in database)
    address = f"{settings.database_host}:{settings.database_port}/{settings.database_name}"
    return f"postgresql+psycopg2://{user}:{password}@{address}"


def environment(uri: str, administrator: Login) -> Mapping[str, str]:
    """What MLflow reads from its environment."""
    # Derived, so that both workers agree, restarts keep it, and no second secret is needed.
    key = hmac.new(administrator.password.encode(), b"leadwise mlflow session", hashlib.sha256)
    return {
        "MLFLOW_BACKEND_STORE_URI": uri,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": key.hexdigest(),
        "MLFLOW_AUTH_CONFIG_PATH": f"{os.environ['RUNTIME_DIRECTORY']}/auth.ini",
        "MLFLOW_AUTH_ADMIN_USERNAME": administrator.username,
        "MLFLOW_AUTH_ADMIN_PASSWORD": administrator.password,
        # Whoever is not the administrator may do only what a rule of MLflow allows.
        "MLFLOW_BASIC_AUTH_FAIL_CLOSED": "true",
        # Jobs are for LLM evaluation; their runner would cost a third of the machine's memory.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def server_command(settings: MlflowServerSettings) -> list[str]:
    """MLflow's command line."""
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--app-name", "leadwise"),
        *("--host", "0.0.0.0", "--port", str(settings.port)),  # security groups say who comes in
        *("--workers", str(workers(_memory()))),
        *("--serve-artifacts", "--artifacts-destination", settings.artifacts),
        *("--allowed-hosts", ",".join(settings.allowed_hosts)),
        *("--cors-allowed-origins", ",".join(f"http://{host}" for host in settings.allowed_hosts)),
        *("--x-frame-options", "DENY"),
    ]


def workers(memory: int) -> int:
    """How many processes serve on a machine with so many bytes of memory.

    A second one serves while the first is busy; without room for it there is one.

    Examples
    --------
    >>> workers(1 * 2**30), workers(2 * 2**30)
    (1, 2)
    """
    return 2 if memory > _ROOM_FOR_TWO else 1


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _write_auth_config(path: Path, uri: str) -> None:
    config = configparser.ConfigParser(interpolation=None)
    config["mlflow"] = {
        "default_permission": "READ",
        "database_uri": uri.replace("%", "%%"),  # MLflow reads with interpolation
        "authorization_function": "mlflow.server.auth:authenticate_request_basic_auth",
        "auth_cache_ttl_seconds": str(_REMEMBER_SECONDS),
    }
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        config.write(file)


def _bring_up_to_date(uri: str, administrator: Login) -> None:
    # Imported only now: MLflow reads its settings while it is imported.
    from mlflow.db import upgrade
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    # A newer MLflow brings its tables along; the machine is the only one that writes them.
    upgrade.main([uri], standalone_mode=False)
    users = SqlAlchemyStore()
    users.init_db(uri)  # type: ignore[no-untyped-call]
    if not users.has_user(administrator.username):
        users.create_user(*administrator, is_admin=True)
    elif not users.authenticate_user(*administrator):
        users.update_user(*administrator, is_admin=True)


if __name__ == "__main__":
    main()
