"""One process manager for a small place: web server, Celery worker and beat, started and stopped together.

A large place runs the same three commands as separate services: see docs/deploy/.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

from finance_console.embedded.guardian import die_with_parent
from finance_console.embedded.leases import BASE_DIR, leases, var_dir

HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 30  # more than Celery's soft shutdown
# Workers tell each other nothing. A heartbeat would also keep a worker from stopping while Redis is away.
PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before what ended is started again: the first time, the second ..."""
STEADY_SECONDS: Final = 60.0  # who lived that long starts with the first pause again
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
    """Run all three until SIGINT or SIGTERM, or until one keeps ending; returns the exit status.

    Needs DATABASE_URL, REDIS_URL and the settings in the environment. Raises PortInUse.
    """
    check_port(port)
    return run(programs(port, reload=reload))


def run(commands: Mapping[str, list[str]], pauses: Sequence[float] = PAUSES) -> int:
    """Run `commands` side by side, each line of output led by the name; what ends is started again.

    One that ends again and again, after the last of `pauses` too, ends all. 0 if we were asked to
    stop, else the status of that process (at least 1). Call from the main thread.
    """
    stop = threading.Event()
    asked: list[int] = []

    def ask(number: int, _: object) -> None:
        asked.append(number)
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    keepers = [Keeper(name, command, pauses, stop) for name, command in commands.items()]
    try:
        for keeper in keepers:
            keeper.start()
        stop.wait()
    finally:
        stop.set()
        _stop(keepers)
        for number, handler in before.items():
            signal.signal(number, handler)
    gave_up = [keeper.status for keeper in keepers if keeper.status is not None]
    return 0 if asked or not gave_up else abs(gave_up[0]) or 1


class Keeper(threading.Thread):
    """Keeps one program running: prints what it says, starts it again when it ends, gives up in the end."""

    def __init__(
        self, name: str, command: list[str], pauses: Sequence[float], stop: threading.Event
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.command, self.pauses, self.stop = command, pauses, stop
        self.process: subprocess.Popen[str] | None = None
        self.starting = threading.Lock()
        self.status: int | None = None

    def run(self) -> None:
        """Until `stop` is set, or until the program ended after every pause; then `status` says how."""
        tries = 0
        while (process := self._begin()) is not None:
            began = time.monotonic()
            status = self._follow(process)
            if time.monotonic() - began >= STEADY_SECONDS:
                tries = 0
            if self.stop.is_set():
                return
            if tries == len(self.pauses):
                self._say(f"ended with status {status} again and again; stopping the others")
                self.status = status
                self.stop.set()
                return
            pause = self.pauses[tries]
            tries += 1
            self._say(f"ended with status {status}; started again in {pause:g} s")
            self.stop.wait(pause)

    def _begin(self) -> subprocess.Popen[str] | None:
        with self.starting:  # nobody is started behind the back of the one who stops all
            self.process = None if self.stop.is_set() else _start(self.command)
            return self.process

    def _follow(self, process: subprocess.Popen[str]) -> int:
        """Its exit status; whoever is left of its group has ended too."""
        said = threading.Thread(target=self._tell, args=(process.stdout,), daemon=True)
        said.start()
        status = process.wait()
        _end_group(process)  # children of its own would keep the pipe open
        said.join()
        return status

    def _tell(self, output: IO[str]) -> None:
        for line in output:
            self._say(line.removesuffix("\n"))

    def _say(self, line: str) -> None:
        print(f"{self.name:<7}| {line}", flush=True)


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


def _stop(keepers: Iterable[Keeper]) -> None:
    """Ask everybody, wait, then insist: no process group survives."""
    running = []
    for keeper in keepers:
        with keeper.starting:
            if keeper.process is not None:
                running.append(keeper.process)
    for process in running:
        if process.poll() is None:
            process.terminate()
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        _end_group(process)


def _end_group(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):  # as it should be: nobody is left in its group
        os.killpg(process.pid, signal.SIGKILL)
