"""The process manager starts everybody together, and nobody outlives it."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from finance_console.embedded import processes
from finance_console.embedded.leases import BASE_DIR
from tests.foundation.test_embedded import children, is_alive, wait_for_end

MANAGER = """
import sys
from finance_console.embedded import processes
sleeper = [sys.executable, "-c", "import signal; print('awake', flush=True); signal.pause()"]
sys.exit(processes.run({"one": sleeper, "two": sleeper}, pauses=(0.01, 0.02)))
"""


@pytest.fixture
def manager():
    process = subprocess.Popen(
        [sys.executable, "-c", MANAGER], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = sorted(process.stdout.readline() for _ in range(2))
    assert lines == ["one    | awake\n", "two    | awake\n"]
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_stops_everybody_and_ends_well(manager, number: int) -> None:
    started = children(manager.pid)

    manager.send_signal(number)

    assert manager.wait(timeout=20) == 0
    assert len(started) == 2
    assert not any(is_alive(pid) for pid in started)


def test_killed_it_takes_everybody_along(manager) -> None:
    started = children(manager.pid)

    manager.kill()

    for pid in started:
        wait_for_end(pid)


def test_what_ends_is_started_again_and_the_others_go_on(manager) -> None:
    ended, stays = children(manager.pid)

    os.kill(ended, signal.SIGKILL)

    name = said_by(manager, "ended with status -9; started again in 0.01 s")
    assert said_by(manager, "awake") == name
    assert is_alive(stays)
    assert stays in children(manager.pid)
    assert len(children(manager.pid)) == 2


def test_what_keeps_ending_ends_all_and_says_so(manager) -> None:
    stays = children(manager.pid)[1]
    names = set()

    for how in (
        "started again in 0.01 s",
        "started again in 0.02 s",
        "again and again; stopping the others",
    ):
        (ending,) = set(children(manager.pid)) - {stays}
        os.kill(ending, signal.SIGKILL)
        names.add(
            said_by(manager, f"ended with status -9{'' if how.startswith('again') else ';'} {how}")
        )
        if how.startswith("started"):
            names.add(said_by(manager, "awake"))

    assert len(names) == 1
    assert manager.wait(timeout=20) == signal.SIGKILL
    assert not is_alive(stays)


def said_by(manager: subprocess.Popen[str], words: str) -> str:
    """The name of the program of the next line, which says just these words."""
    assert manager.stdout is not None
    name, said = manager.stdout.readline().split("| ")
    assert said == f"{words}\n"
    return name


@pytest.mark.parametrize("port", [-1, 0, 65_536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(processes.PortInUse) as refused:
        processes.check_port(port)

    assert str(refused.value) == (
        f"Port {port} does not exist: choose one from 1 to 65535 with --port."
    )


def test_a_port_in_use_is_said_in_one_sentence_that_names_the_option() -> None:
    with socket.socket() as taken:
        taken.bind((processes.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(processes.PortInUse) as refused:
            processes.check_port(port)

    assert str(refused.value) == (
        f"Port {port} cannot be used (Address already in use): choose another one with --port."
    )


def test_the_web_server_reloads_only_where_that_is_asked_for():
    assert "gunicorn" in processes.programs(8000)["web"]
    reloading = processes.programs(8000, reload=True)
    assert reloading["web"][-2:] == ["runserver", "127.0.0.1:8000"]
    assert {name: reloading[name] for name in ("worker", "beat")} == {
        name: processes.programs(8000)[name] for name in ("worker", "beat")
    }
