"""A throwaway database on the configured server, fair timing in it, and the table of claims."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from queue import Empty
from typing import Any

ROUNDS = 5
Work = Callable[[int, int], int]


@contextmanager
def database() -> Iterator[None]:
    """Set up Django on a fresh, migrated database of this process, dropped at the end."""
    from finance_console.embedded import leases

    leases.use_local_settings(create=True)
    leases.ensure()
    os.environ.update(DJANGO_SETTINGS_MODULE="finance_console.settings", LOG_LEVEL="ERROR")
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    connection.settings_dict["TEST"]["NAME"] = f"bench_finance_console_{os.getpid()}"
    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    os.environ["BENCH_DATABASE"] = connection.settings_dict["NAME"]
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)


def join_database() -> None:
    """Let a child process work in the benchmark's database."""
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = os.environ["BENCH_DATABASE"]


def rates(works: dict[str, Work], clients: int, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Units per second of each work, round by round; in a round, each work has its turn.

    A work is called in each of `clients` processes, once to warm up and once per round, as
    work(client, round), and returns how many units it did. The processes live through all
    rounds, as workers do: what a connection learns once, it knows.
    """
    context = get_context("spawn")
    barrier, results = context.Barrier(clients), context.Queue()
    processes = [
        context.Process(target=_client, args=(works, client, rounds, barrier, results))
        for client in range(clients)
    ]
    for process in processes:
        process.start()
    seen: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for _ in range(clients * len(works) * (rounds + 1)):
        name, number, units, seconds = _next(results, processes)
        seen.setdefault((name, number), []).append((units, seconds))
    for process in processes:
        process.join()
    return {name: [_rate(seen[name, number]) for number in range(1, rounds + 1)] for name in works}


def _next(results: Any, processes: list[Any]) -> Any:
    """The next result. Raises RuntimeError when a client failed (it said why)."""
    while True:
        try:
            return results.get(timeout=1)
        except Empty:
            if any(process.exitcode for process in processes):
                for process in processes:
                    process.terminate()
                raise RuntimeError("A client of the benchmark failed.") from None


def _rate(parts: list[tuple[int, float]]) -> float:
    return sum(units for units, _ in parts) / max(seconds for _, seconds in parts)


def _client(works: dict[str, Work], client: int, rounds: int, barrier: Any, results: Any) -> None:
    join_database()
    from django.db import connection

    connection.ensure_connection()
    for number in range(rounds + 1):
        for name, work in works.items():
            barrier.wait()
            started = time.perf_counter()
            units = work(client, number)
            results.put((name, number, units, time.perf_counter() - started))


def milliseconds(reads: list[Callable[[], object]], times: int = 60) -> list[float]:
    """The median time of each read, in milliseconds; they take turns."""
    seen: list[list[float]] = [[] for _ in reads]
    for turn in range(times + 2):
        for read, times_seen in zip(reads, seen, strict=True):
            started = time.perf_counter()
            read()
            if turn > 1:  # the first ones warm up
                times_seen.append(time.perf_counter() - started)
    return [statistics.median(values) * 1000 for values in seen]


def head(title: str, ours: str = "ours", limit: str = "limit") -> None:
    """The first line of a table of claims."""
    print(f"\n{title:52}{ours:>10}{limit:>10}{'ratio':>8}{'target':>9}", flush=True)


def line(name: str, ours: float, limit: float, ratio: float, target: str) -> None:
    """One claim: ours beside the limit, and what the ratio should be."""
    digits = 0 if max(ours, limit) > 100 else 2
    print(f"{name:52}{ours:10,.{digits}f}{limit:10,.{digits}f}{ratio:8.2f}{target:>9}", flush=True)


def compare(
    name: str, works: dict[str, Work], clients: int, target: str, rounds: int = ROUNDS
) -> None:
    """Measure `works` ("ours" and "limit") and print a line."""
    seen = rates(works, clients, rounds)
    beside(name, clients, seen["ours"], seen["limit"], target)


def beside(name: str, clients: int, ours: list[float], limit: list[float], target: str) -> None:
    """Print a line about rates that were seen: medians, and the median ratio.

    The ratio is taken round by round, so that what slows the machine down for a while slows both.
    """
    ratio = statistics.median(mine / most for mine, most in zip(ours, limit, strict=True))
    label = f"{name}, {clients} client{'s' if clients > 1 else ''}"
    line(label, statistics.median(ours), statistics.median(limit), ratio, target)


def copy_table(cursor: Any, table: str, prefix: str) -> None:
    """An empty copy of `table` under a name with `prefix`: its columns, keys and indexes."""
    cursor.execute(
        f"CREATE TABLE {prefix}{table} (LIKE {table} INCLUDING IDENTITY INCLUDING DEFAULTS"
        " INCLUDING GENERATED INCLUDING INDEXES)"
    )
