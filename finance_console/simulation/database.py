"""A database of its own for every story, cloned from a template that is migrated once.

The template's name carries a hash of the migrations on disk, so a new migration makes a new one. A run of the tests
copies its database from a template of the same making.
Every clone is guarded by an advisory lock of the process that plays in it: what a killed process
left behind is not locked, and the next run drops it.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.utils import ProgrammingError

from ledger.services import application_role


class NoDatabase(Exception):
    """No throwaway database could be made; the message says what to do."""


@contextmanager
def throwaway_database() -> Iterator[None]:
    """Play the block in a fresh, migrated database; it is dropped afterwards, whatever happens.

    The configured database is only used to give the orders. Raises NoDatabase without CREATEDB.
    """
    configured = connection.settings_dict["NAME"]
    orders = connection.copy()
    clone = f"{configured}_story_{os.getpid()}_{secrets.token_hex(3)}"
    try:
        with orders.cursor() as cursor:
            _lock(cursor, clone)
            _drop_abandoned(cursor, configured)
            copy_template(cursor, f"{configured}_stories", clone)
            try:
                _use(clone)
                yield
            finally:
                _use(configured)
                cursor.execute(f"DROP DATABASE {_quoted(clone)} WITH (FORCE)")
    finally:
        orders.close()


def _use(name: str) -> None:
    """Let Django's default connection speak to database `name`."""
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = name


def copy_template(cursor: CursorWrapper, stem: str, name: str) -> None:
    """Make the database `name` a copy of the migrated template of this `stem`; several processes may at once.

    A template is made where there is none of these migrations, and older ones of the stem are dropped. The default
    connection is left at the database that it was at. Raises NoDatabase without CREATEDB.
    """
    wanted = f"{stem}_{_migrations_hash()}"
    _lock(cursor, stem)
    try:
        if wanted not in _databases(cursor, wanted):
            fresh = f"{stem}_new"
            cursor.execute(f"DROP DATABASE IF EXISTS {_quoted(fresh)} WITH (FORCE)")
            _create(cursor, fresh, "template1")
            _migrate(fresh)
            cursor.execute(f"ALTER DATABASE {_quoted(fresh)} RENAME TO {_quoted(wanted)}")
        for old in _databases(cursor, f"{stem}_"):
            if old != wanted:
                cursor.execute(f"DROP DATABASE IF EXISTS {_quoted(old)} WITH (FORCE)")
        _create(cursor, name, wanted)
    finally:
        _unlock(cursor, stem)


def _migrate(name: str) -> None:
    before = connection.settings_dict["NAME"]
    _use(name)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        _use(before)


def _create(cursor: CursorWrapper, name: str, template: str) -> None:
    try:
        cursor.execute(f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template)}")
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", None) != "42501":  # insufficient_privilege
            raise
        raise NoDatabase(
            "The database user may not create databases: grant it CREATEDB, or play with --keep."
        ) from None


def _drop_abandoned(cursor: CursorWrapper, configured: str) -> None:
    """Drop the clones of processes that are gone: nobody holds their lock."""
    for name in _databases(cursor, f"{configured}_story_"):
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if cursor.fetchone()[0]:
            cursor.execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")
            _unlock(cursor, name)


def _databases(cursor: CursorWrapper, prefix: str) -> list[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
    return [name for (name,) in cursor.fetchall()]


def _lock(cursor: CursorWrapper, name: str) -> None:
    cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])


def _unlock(cursor: CursorWrapper, name: str) -> None:
    cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _migrations_hash() -> str:
    """Twelve hex digits of all that shapes a migrated database: migrations, models, rights, Django's version."""
    digest = hashlib.sha256(django.__version__.encode())
    digest.update(Path(application_role.__file__).read_bytes())
    for app in sorted(apps.get_app_configs(), key=lambda config: config.label):
        for folder in ("migrations", "models"):
            for path in sorted((Path(app.path) / folder).rglob("*.py")):
                digest.update(f"{app.label}/{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
