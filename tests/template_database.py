"""The database of a test run: a copy of one that was migrated before, so that setting up takes a moment.

The template is named by a hash of everything that shapes it, so it is never stale; it becomes one by being renamed when
it is finished, so it is never half made. Nothing but copying ever happens to it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.db.backends.utils import CursorWrapper

ROOT = Path(__file__).resolve().parents[1]
APPS = ("accounts", "ledger", "invoicing")
BEGINS = "test_template_"


def template() -> str:
    """The name of the template, made if there is none. Several processes may ask at once."""
    name = BEGINS + _shape()
    with _server() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])  # until the connection ends
        if name not in _databases(cursor):
            _make(name)
            for old in _databases(cursor) - {name}:
                cursor.execute(f'DROP DATABASE IF EXISTS "{old}"')
    return name


def copy(template_name: str, name: str) -> None:
    """Make the database `name` anew."""
    with _server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_name}"')


def drop(name: str) -> None:
    """Remove the database `name`."""
    with _server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _shape() -> str:
    """What the migrations do depends on these files alone."""
    sources = [
        path
        for app in APPS
        for folder in ("migrations", "models", "domain")
        for path in sorted((ROOT / app / folder).rglob("*.py"))
    ]
    sources += [ROOT / "ledger/services/application_role.py", ROOT / "requirements-dev.lock"]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _make(name: str) -> None:
    making = f"{name}_new"
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = making
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.settings_dict["NAME"] = before
    with _server() as cursor:
        cursor.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')


def _databases(cursor: CursorWrapper) -> set[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{BEGINS}%"])
    return {name for (name,) in cursor.fetchall()}


@contextmanager
def _server() -> Iterator[CursorWrapper]:
    """A cursor outside all databases of ours, as Django itself makes one."""
    with connection._nodb_cursor() as cursor:
        yield cursor
