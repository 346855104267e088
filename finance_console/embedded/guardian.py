"""The parent of one embedded server: `python -m finance_console.embedded.guardian postgres|valkey`.

It starts the server, says "ready" (or one sentence about what went wrong) on standard output, waits until nobody
holds a lease any more, stops the server and ends. Should the guardian itself be killed, the kernel tells the server.
"""

import ctypes
import fcntl
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
from contextlib import suppress
from pathlib import Path
from typing import Final

from finance_console.embedded.leases import STOP_SECONDS, var_dir
from finance_console.embedded.servers import SERVERS, Account, Server, ServerFailed

LONGEST_SOCKET_PATH: Final = (
    100  # the kernel allows 107 bytes; leave room for PostgreSQL's lock file
)
START_SECONDS: Final = 60
PR_SET_PDEATHSIG: Final = 1


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
