"""PostgreSQL and Valkey out of wheels, for whoever set no DATABASE_URL or REDIS_URL.

`ensure()` is the only call others need: it leaves both URLs in the environment, starting servers under `var/`
where a URL is missing. Each server belongs to a guardian process (`guardian.py`), which lives exactly as long as
somebody holds a lease. A lease is a shared file lock, so the kernel gives it back whatever happens to the holder:
the demo, a test run and a command can share the servers, and a `kill -9` leaves nothing behind.
"""

import atexit
import fcntl
import json
import os
import secrets
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BASE_DIR: Final = Path(__file__).resolve().parents[2]
SERVERS: Final = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
STOP_SECONDS: Final = 20

_leases: dict[str, tuple[int, int]] = {}  # the lock, and the process number of the guardian
_guardians: dict[str, subprocess.Popen[str]] = {}


class EmbeddedServerError(RuntimeError):
    """An embedded server could not be started; the message is one sentence for the person at the keyboard."""


def var_dir() -> Path:
    """Where everything that is not source lives: data, sockets, logs. VAR_DIR, or `var/` beside `manage.py`."""
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()


def ensure() -> None:
    """Set DATABASE_URL and REDIS_URL where they are missing, to embedded servers that are up.

    Child processes inherit the URLs. They need no lease of their own as long as their parent outlives them.
    Raises EmbeddedServerError with one sentence.
    """
    for name, variable in SERVERS.items():
        if not os.environ.get(variable):
            os.environ[variable] = lease(name)


def use_local_settings(*, create: bool) -> bool:
    """Take the settings of a machine where `bin/demo` or `bin/test` ran, from `var/local.env`; make it if `create`.

    Returns whether missing servers may be started here. An environment with a SECRET_KEY of its own is somebody's
    real installation: it is left alone, unless `create` says that this is a demo or a test run all the same.
    """
    if os.environ.get("SECRET_KEY") and not create:
        return False
    path = var_dir() / "local.env"
    if create and not path.exists():
        with _mutex("settings"):
            fresh = path.with_suffix(".new")
            fresh.write_text(
                "".join(f"{name}={value}\n" for name, value in _local_settings().items())
            )
            fresh.chmod(0o600)
            fresh.replace(path)
    elif create:
        _top_up(path)
    if not path.exists():
        return os.environ.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}
    for line in path.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)
    return True


def _local_settings() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "VERIFICATION_KEY": secrets.token_urlsafe(48),
        "HTTPS": "false",
        "STATIC_MANIFEST": "false",
        "LOG_JSON": "false",
        "PAYMENT_SANDBOX": "true",
        "PAYMENT_SANDBOX_SECRET": secrets.token_urlsafe(48),
        "BANK_TRANSFER_PREFIX": "95500017",
        "BANK_TRANSFER_BANK": "Harbour Bank, Demo Branch",
        "BANK_TRANSFER_PAYEE": "Cloudridge Computing Ltd",
    }


def _top_up(path: Path) -> None:
    """Add the settings that a newer version knows to a file that an older one made."""
    with _mutex("settings"):
        known = {line.partition("=")[0] for line in path.read_text().splitlines()}
        missing = {name: value for name, value in _local_settings().items() if name not in known}
        if missing:
            with path.open("a") as file:
                file.write("".join(f"{name}={value}\n" for name, value in missing.items()))


def lease(name: str) -> str:
    """The URL of the embedded server `name`, started if nobody did so yet and kept until this process ends."""
    with _mutex(name) as run:
        users = os.open(run / f"{name}.users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(users, fcntl.LOCK_SH)  # waits for a guardian that is just closing down
        try:
            if not _guardian_is_alive(run, name):
                _start_guardian(name)
            state = json.loads((run / f"{name}.json").read_text())
        except BaseException:
            os.close(users)
            raise
        if not _leases:
            atexit.register(release)
        _leases[name] = users, state["pid"]
        return str(state["url"])


def leases() -> tuple[int, ...]:
    """The file descriptors of our leases: a child that gets them (`pass_fds`) finds the servers up to its own end.

    Without them a child that outlives us for a moment, as after a `kill -9`, would lose its servers while it stops.
    """
    return tuple(users for users, _guardian in _leases.values())


def release() -> None:
    """Give the leases back; if they were the last, return when the servers have stopped."""
    while _leases:
        name, (users, guardian) = _leases.popitem()
        with _mutex(name) as run:
            os.close(users)
            if _is_unused(run, name):
                _wait_for_end(guardian)
            if name in _guardians:
                _guardians.pop(name).poll()  # it was our child: take note if it ended


@contextmanager
def _mutex(name: str) -> Iterator[Path]:
    """One process at a time starts or stops the server `name`; gives the private run directory."""
    run = var_dir() / "run"
    try:
        run.mkdir(mode=0o711, parents=True, exist_ok=True)
        mutex = os.open(run / f"{name}.mutex", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise EmbeddedServerError(
            f"Cannot write to {error.filename}: {error.strerror}. Set VAR_DIR to a directory of your own."
        ) from error
    try:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        yield run
    finally:
        os.close(mutex)


def _is_unused(run: Path, name: str) -> bool:
    """Nobody holds a lease: the lock is free, or the guardian has it because it was free."""
    users = os.open(run / f"{name}.users", os.O_RDWR)
    try:
        return _try_lock(users) or not _try_lock(users, fcntl.LOCK_SH)
    finally:
        os.close(users)


def _guardian_is_alive(run: Path, name: str) -> bool:
    """A guardian holds its lock from before the server starts until after it stopped."""
    lock = os.open(run / f"{name}.guardian", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return not _try_lock(lock)
    finally:
        os.close(lock)


def _try_lock(fd: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start_guardian(name: str) -> None:
    """Start it in a session of its own (a Ctrl-C is for us, not for the database) and wait for its word."""
    log_dir = var_dir() / "log"
    log_dir.mkdir(exist_ok=True)
    with (log_dir / "guardian.log").open("ab") as log:
        guardian = subprocess.Popen(
            [sys.executable, "-m", "finance_console.embedded.guardian", name],
            cwd=BASE_DIR,
            env={**os.environ, "VAR_DIR": str(var_dir())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert guardian.stdout is not None
    with guardian.stdout as answers:
        answer = answers.readline().strip()
    if answer != "ready":
        guardian.wait()
        raise EmbeddedServerError(
            answer or f"The embedded {name} did not start: see {log_dir}/guardian.log."
        )
    _guardians[name] = guardian


def _wait_for_end(pid: int) -> None:
    """Return when process `pid` has ended, at the latest after STOP_SECONDS."""
    try:
        pidfd = os.pidfd_open(pid)
    except (ProcessLookupError, AttributeError):  # already gone, or not Linux
        return
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    poll.poll(STOP_SECONDS * 1000)
    os.close(pidfd)
