"""Embedded servers live exactly as long as somebody uses them, however that somebody ends."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from finance_console.embedded.leases import BASE_DIR

USER = "from finance_console.embedded import leases; print(leases.lease({name!r}), flush=True); input()"


class User:
    """A process that uses an embedded server until it is told to leave, or killed."""

    def __init__(self, name: str, var: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER.format(name=name)],
            cwd=BASE_DIR,
            env={**os.environ, "VAR_DIR": str(var)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.guardian = json.loads((var / "run" / f"{name}.json").read_text())["pid"]

    def leave(self) -> None:
        self.process.communicate("\n", timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def place() -> Iterator[Path]:
    """Not `tmp_path`: every start of pytest shuts its folders to others, and as root the servers are others."""
    with tempfile.TemporaryDirectory(prefix="fc-") as folder:
        yield Path(folder)


@pytest.fixture
def enter(place: Path) -> Iterator[Callable[..., User]]:
    users: list[User] = []

    def enter(name: str = "valkey", var: Path = place / "var") -> User:
        users.append(User(name, var))
        return users[-1]

    yield enter
    for user in users:
        user.kill()
        wait_for_end(user.guardian)


def wait_for_end(pid: int) -> None:
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    ended = poll.poll(20_000)
    os.close(pidfd)
    assert ended, f"process {pid} is still there"


def children(pid: int) -> list[int]:
    """Of all of its threads, in the order in which they were started."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return sorted(int(child) for thread in threads for child in thread.read_text().split())


def answers(url: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(url.removeprefix("unix://"))
        except OSError:
            return False
    return True


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and waits for its parent to notice does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def test_the_last_user_turns_off_the_light(enter) -> None:
    first, second = enter(), enter()
    assert (first.url, first.guardian) == (second.url, second.guardian)

    first.leave()
    assert answers(second.url)

    second.leave()
    assert not answers(second.url)
    assert not is_alive(second.guardian)


def test_a_killed_user_leaves_nothing_behind_and_the_next_start_works(enter) -> None:
    user = enter()
    (server,) = children(user.guardian)

    user.kill()

    wait_for_end(user.guardian)
    assert not is_alive(server)
    assert answers(enter().url)


PARENT = """
import subprocess, sys
from finance_console.embedded import leases
print(leases.lease("valkey"), flush=True)
subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], pass_fds=leases.leases())
print("started", flush=True)
input()
"""


def test_a_child_that_holds_the_lease_keeps_its_server_to_its_own_end(
    place: Path, enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.USER", PARENT)
    user = enter()
    assert user.process.stdout.readline() == "started\n"
    (child,) = [pid for pid in children(user.process.pid) if pid != user.guardian]

    user.kill()
    assert answers(user.url)
    os.kill(child, signal.SIGKILL)

    wait_for_end(user.guardian)


def test_a_killed_guardian_takes_its_server_along_and_the_next_start_works(enter) -> None:
    user = enter()
    (server,) = children(user.guardian)

    os.kill(user.guardian, signal.SIGKILL)

    wait_for_end(server)
    assert answers(enter().url)


def test_users_who_arrive_together_share_one_server(place: Path, enter) -> None:
    arrivals = [
        subprocess.Popen(
            [sys.executable, "-c", USER.format(name="valkey")],
            cwd=BASE_DIR,
            env={**os.environ, "VAR_DIR": str(place / "var")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    urls = {arrival.stdout.readline() for arrival in arrivals if arrival.stdout}

    assert len(urls) == 1
    assert len(children(enter().guardian)) == 1
    for arrival in arrivals:
        assert arrival.communicate("\n", timeout=30) == ("", None)
        assert arrival.returncode == 0


def test_a_path_too_long_for_a_socket_falls_back_to_a_short_private_one(place: Path, enter) -> None:
    user = enter(var=place / ("long" * 20))
    folder = Path(user.url.removeprefix("unix://")).parent

    assert len(user.url) < 100
    assert folder.stat().st_mode & 0o077 == 0
    user.leave()
    assert not folder.exists()


def test_postgresql_keeps_its_promises_and_survives_a_kill(enter) -> None:  # R36
    user = enter("postgres")
    asked = ("fsync", "synchronous_commit", "full_page_writes", "timezone", "listen_addresses")
    with psycopg.connect(user.url, autocommit=True) as connection:
        said = [connection.execute(f"SHOW {name}").fetchone() for name in asked]
        connection.execute("CREATE TABLE kept (amount numeric); INSERT INTO kept VALUES (12.34)")
    assert said == [("on",), ("on",), ("on",), ("UTC",), ("",)]
    (server,) = children(user.guardian)

    os.kill(server, signal.SIGKILL)

    wait_for_end(user.guardian)  # it has nothing to guard any more
    with psycopg.connect(enter("postgres").url) as connection:
        (amount,) = connection.execute("SELECT amount::text FROM kept").fetchone() or ("lost",)
    assert amount == "12.34"


def test_a_place_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    said = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=BASE_DIR,
        env={**os.environ, "VAR_DIR": str(tmp_path / "file"), "SECRET_KEY": ""},
        capture_output=True,
        text=True,
    )

    assert said.returncode == 1
    assert said.stderr.splitlines() == [
        f"Cannot write to {tmp_path}/file/run: Not a directory. Set VAR_DIR to a directory of your own."
    ]
