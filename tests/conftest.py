"""Tests run on real PostgreSQL and real Valkey: the ones of DATABASE_URL and REDIS_URL, or embedded ones.

Settings come from the environment, so everything that shapes them happens here, before Django is set up. Several
test runs may share the servers: each takes a number, and with it databases of its own.
"""

import fcntl
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from finance_console.embedded import leases

PURE = Path(__file__).resolve().parent / "domain"
_locks: list[int] = []
_folders: list[tempfile.TemporaryDirectory[str]] = []  # they go when this process ends


def _run_number() -> int:
    """The lowest number that no other test run on this machine holds; held until this process ends."""
    directory = leases.var_dir() / "run"
    number = 0
    while True:
        lock = os.open(directory / f"tests.{number}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            number += 1
        else:
            _locks.append(lock)
            return number


def _is_pure(arguments: list[str]) -> bool:
    """Whether only tests of `domain` are asked for: they need no server."""
    places = [Path(one.partition("::")[0]) for one in arguments if not one.startswith("-")]
    asked = [place.resolve() for place in places if place.exists()]
    return bool(asked) and all(PURE in (place, *place.parents) for place in asked)


def _prepare_environment() -> None:
    """What the settings read. The workers of xdist inherit most of it from the controller."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "finance_console.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "1"  # Playwright's loop runs in the thread of the test
    )
    leases.use_local_settings(create=True)
    if _is_pure(sys.argv[1:]):  # addresses that nobody answers at
        os.environ.setdefault("DATABASE_URL", "postgresql:///none_is_started_for_pure_tests")
        os.environ.setdefault("REDIS_URL", "redis://none-is-started-for-pure-tests")
    leases.ensure()
    os.environ.update(
        DEBUG="false",
        HTTPS="false",
        STATIC_MANIFEST="false",
        ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    )
    if "TEST_RUN" not in os.environ:  # the workers have the controller's
        os.environ["TEST_RUN"] = str(_run_number())
        _folders.append(tempfile.TemporaryDirectory(prefix="fc-test-"))
        os.environ["FILES_ROOT"] = _folders[0].name
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or "0")
    redis_number = 1 + (int(os.environ["TEST_RUN"]) * 4 + worker) % 15
    plain = re.sub(r"(\?db=\d+|(?<=[\w\]])/\d*$)", "", os.environ["REDIS_URL"])
    separator = "?db=" if plain.startswith("unix:") else "/"
    os.environ["REDIS_URL"] = f"{plain}{separator}{redis_number}"


_prepare_environment()
hypothesis_settings.register_profile("console", deadline=None, print_blob=True)
hypothesis_settings.load_profile("console")


def pytest_configure() -> None:
    from django.conf import settings

    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # quick, for tests only
    from tests.locking import watch_every_connection

    watch_every_connection()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """A database of this run and worker, copied from a migrated template, so that setting up takes a moment."""
    from django.conf import settings
    from django.db import connection

    from finance_console.simulation.database import copy_template

    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = f"test_finance_console_{os.environ['TEST_RUN']}{worker}"
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    with django_db_blocker.unblock():
        with connection._nodb_cursor() as server:
            server.execute(drop)
            copy_template(server, "test_template", name)
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    yield
    with django_db_blocker.unblock():
        connection.close()
        with connection._nodb_cursor() as server:
            server.execute(drop)


@pytest.fixture(scope="session", autouse=True)
def _flush_append_only_tables() -> Iterator[None]:
    """Emptying the tables after a transactional test is the one thing our append-only triggers must let pass.

    The triggers of the tables are switched off and on again in the transaction that truncates: the owner of a table
    may do so, no superuser is needed.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    from tests.unguarded import tables_with_triggers

    original = DatabaseOperations.sql_flush

    def sql_flush(self, style, tables, **options):  # type: ignore[no-untyped-def]
        guarded = [f'"{name}"' for name in sorted(tables_with_triggers() & set(tables))]
        return [
            *(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in guarded),
            *original(self, style, tables, **options),
            *(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in guarded),
        ]

    DatabaseOperations.sql_flush = sql_flush
    yield
    DatabaseOperations.sql_flush = original


@pytest.fixture(autouse=True)
def _books_hold(request: pytest.FixtureRequest, files_root: Path | None) -> Iterator[None]:
    """Every test that uses the database ends with the audit, unless it `corrupts` on purpose.

    The audit looks at stored files too, so it runs while they are still where the test put them.
    """
    from invoicing.domain import profiles

    profiles.forget_loaded()  # versions of operators that another test made
    marker = request.node.get_closest_marker("django_db")
    if marker is None or request.node.get_closest_marker("corrupts"):
        yield
        return
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    yield
    from finance_console.audit import run_audit

    assert {result.name: result.rows for result in run_audit() if result.rows} == {}


@pytest.fixture(autouse=True)
def files_root(request: pytest.FixtureRequest) -> Path | None:
    """Stored files go to a directory of the test's own. (Tests without a database store none.)"""
    uses_database = request.node.get_closest_marker("django_db") is not None
    if not uses_database and not {"db", "transactional_db"} & set(request.fixturenames):
        return None
    root: Path = request.getfixturevalue("tmp_path") / "files"
    settings = request.getfixturevalue("settings")
    settings.FILES_ROOT = root
    default = settings.STORAGES["default"]
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**default, "OPTIONS": {**default["OPTIONS"], "location": root}},
    }
    return root
