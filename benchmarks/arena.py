"""A throwaway database on the configured server, and fair timing in it."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context

ROUNDS = 5


@contextmanager
def database() -> Iterator[None]:
    """Set up Django on a fresh, migrated database that is dropped at the end."""
    from finance_console import embedded

    embedded.use_local_settings(create=True)
    embedded.ensure()
    os.environ.update(DJANGO_SETTINGS_MODULE="finance_console.settings", LOG_LEVEL="ERROR")
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    old = setup_databases(verbosity=0, interactive=False)
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


def rates(works: dict[str, Callable[[int, int], int]], clients: int) -> dict[str, float]:
    """Units per second of each work, alternating, median of `ROUNDS`.

    A work is called in each of `clients` processes as work(client, round) and returns how many
    units it did.
    """
    seen: dict[str, list[float]] = {name: [] for name in works}
    for number in range(ROUNDS):
        for name, work in works.items():
            seen[name].append(_rate(work, clients, number))
    return {name: statistics.median(values) for name, values in seen.items()}


def _rate(work: Callable[[int, int], int], clients: int, number: int) -> float:
    context = get_context("spawn")
    barrier, results = context.Barrier(clients), context.Queue()
    processes = [
        context.Process(target=_client, args=(work, client, number, barrier, results))
        for client in range(clients)
    ]
    for process in processes:
        process.start()
    parts = [results.get() for _ in processes]
    for process in processes:
        process.join()
    return sum(units for units, _ in parts) / max(seconds for _, seconds in parts)


def _client(work, client, number, barrier, results) -> None:  # type: ignore[no-untyped-def]
    join_database()
    from django.db import connection

    connection.ensure_connection()
    barrier.wait()
    started = time.perf_counter()
    units = work(client, number)
    results.put((units, time.perf_counter() - started))


def milliseconds(read: Callable[[], object], times: int = 50) -> float:
    """The median time of one read, in milliseconds."""
    read()
    seen = []
    for _ in range(times):
        started = time.perf_counter()
        read()
        seen.append(time.perf_counter() - started)
    return statistics.median(seen) * 1000
