"""One process manager for a small place: web server, Celery worker and beat, started and stopped together.

A large place runs the same three commands as separate services: see docs/deploy/.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Final

from finance_console.embedded.guardian import die_with_parent
from finance_console.embedded.leases import BASE_DIR, leases, var_dir

HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 30  # more than Celery's soft shutdown
# Workers tell each other nothing. A heartbeat would also keep a worker from stopping while Redis is away.
ALONE: Final = ("--without-gossip", "--without-mingle", "--without-heartbeat")


class PortInUse(RuntimeError):
    """The port is taken; the message is one sentence that names `--port`."""


def check_port(port: int) -> None:
    """Raise PortInUse unless a server can listen on `port` of the loopback address."""
    if not 1 <= port <= 65_535:
        raise PortInUse(f"Port {port} does not exist: choose one from 1 to 65535 with --port.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortInUse(
                f"Port {port} cannot be used ({error.strerror}): choose another one with --port."
            ) from error


def programs(port: int, *, reload: bool = False) -> dict[str, list[str]]:
    """The command line of each process; `reload`: the web server starts again when a source changes."""
    quiet = ["-W", "ignore:You're running the worker with superuser"]  # this is nobody's production
    celery = [sys.executable, *quiet, "-m", "celery", "-q", "-A", "finance_console"]
    gunicorn = [
        *(sys.executable, "-m", "gunicorn", "finance_console.wsgi", "--bind", f"{HOST}:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
        *("--log-level", "warning", "--no-control-socket"),
    ]
    return {
        "web": [sys.executable, "manage.py", "runserver", f"{HOST}:{port}"] if reload else gunicorn,
        "worker": [*celery, "worker", "--concurrency", "2", *ALONE],
        "beat": [*celery, "beat", "--pidfile=", "--schedule", str(var_dir() / "run" / "beat")],
    }


def serve(port: int, *, reload: bool = False) -> int:
    """Run all three until one of them ends, or until SIGINT or SIGTERM; returns the exit status.

    Needs DATABASE_URL, REDIS_URL and the settings in the environment. Raises PortInUse.
    """
    check_port(port)
    return run(programs(port, reload=reload))


def run(commands: Mapping[str, list[str]]) -> int:
    """Run `commands` side by side, each line of output led by the name; when one ends, all end.

    0 if we were asked to stop, else the status of the process that ended first (at least 1). Call from the main thread.
    """
    stop = threading.Event()
    asked: list[int] = []

    def ask(number: int, _: object) -> None:
        asked.append(number)
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    running: dict[str, subprocess.Popen[str]] = {}
    ended: list[int] = []
    try:
        for name, command in commands.items():
            running[name] = _start(command)
        for name, process in running.items():
            threading.Thread(target=_follow, args=(name, process, stop, ended), daemon=True).start()
        stop.wait()
    finally:
        _stop(running)
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0 if asked else abs(ended[0]) or 1


def _start(command: list[str]) -> subprocess.Popen[str]:
    """In a process group of its own: a Ctrl-C is for us, and we stop the others in order."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "REMAP_SIGTERM": "SIGQUIT"}
    return subprocess.Popen(
        command,
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        process_group=0,
        pass_fds=leases(),
        preexec_fn=die_with_parent,
    )


def _follow(
    name: str, process: subprocess.Popen[str], stop: threading.Event, ended: list[int]
) -> None:
    output: IO[str] | None = process.stdout
    assert output is not None
    for line in output:
        print(f"{name:<7}| {line}", end="", flush=True)
    status = process.wait()
    ended.append(status)
    if not stop.is_set():
        print(f"{name:<7}| ended with status {status}; stopping the others", flush=True)
        stop.set()


def _stop(running: Mapping[str, subprocess.Popen[str]]) -> None:
    """Ask everybody, wait, then insist: no process group survives."""
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    for process in running.values():
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        with suppress(ProcessLookupError):  # as it should be: nobody is left in its group
            os.killpg(process.pid, signal.SIGKILL)
