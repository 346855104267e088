"""Whose database is this, and may the demo wipe it?

The demo marks a database as its own in a table of its own (`finance_console_demo`) before it writes anything else, so
that a start that was killed half-way is recognised and repaired. A database with other people's customers is never
touched.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Literal

from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, connection, transaction

from accounts.models import CustomerAccount, User
from finance_console.demo.cast import CODES
from finance_console.embedded.leases import var_dir
from invoicing.models import InvoiceFile, Proforma
from invoicing.services.issuing.filing import path_of
from ledger.models import InvoicingEntity

MARKER: Final = "finance_console_demo"
MIGRATIONS: Final = "django_migrations"
LOCK: Final = 0x66635F64656D6F  # "fc_demo"
LOCK_NOT_AVAILABLE: Final = "55P03"
TELLING: Final = (CustomerAccount, InvoicingEntity, User)  # a database with any of these is in use
State = Literal["empty", "loading", "loaded", "foreign"]


class NotOurs(RuntimeError):
    """The database must not be used or wiped by the demo; the message is one sentence."""


def state() -> State:
    """What the database holds: nothing, a half-loaded demo, a demo, or somebody's own customers."""
    tables = set(connection.introspection.table_names())
    if MARKER in tables:
        with connection.cursor() as cursor:
            cursor.execute("SELECT state FROM finance_console_demo")
            row = cursor.fetchone()
        return "loaded" if row and row[0] == "loaded" else "loading"
    in_use = any(m._meta.db_table in tables and m._default_manager.exists() for m in TELLING)
    return "foreign" if in_use else "empty"


def mark(new: Literal["loading", "loaded"]) -> None:
    """Write the marker, which outlives a `kill -9`."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS finance_console_demo (state text NOT NULL)")
        cursor.execute("DELETE FROM finance_console_demo")
        cursor.execute("INSERT INTO finance_console_demo VALUES (%s)", [new])


def require_ours() -> None:
    """Raises NotOurs unless the database is the embedded one, or empty, or holds demo data only."""
    if is_embedded():
        return
    name = connection.settings_dict["NAME"]
    tables = set(connection.introspection.table_names())
    ours = {*connection.introspection.django_table_names(), MARKER, MIGRATIONS}
    if others := sorted(tables - ours):
        raise NotOurs(
            f"The database {name} holds tables that are not the console's ({others[0]}): give the demo one of its own."
        )
    if state() == "foreign" or _has_other_customers(tables):
        raise NotOurs(
            f"The database {name} holds data that is not the demo's, so it is left alone:"
            " give the demo one of its own in DATABASE_URL."
        )


def _has_other_customers(tables: set[str]) -> bool:
    if CustomerAccount._meta.db_table not in tables:
        return False
    return CustomerAccount.objects.exclude(code__in=CODES).exists()


def wipe() -> None:
    """Empty the database and remove the documents it knows. Raises what `require_ours` raises, before anything."""
    require_ours()
    documents = _documents(set(connection.introspection.table_names()))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '20s'")
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        raise NotOurs("Another program is using the database: stop it first.") from error
    for path in documents:
        default_storage.delete(path)


def is_embedded() -> bool:
    """Whether DATABASE_URL is the server that runs out of our own wheel, under `var/`."""
    try:
        run = json.loads((var_dir() / "run" / "postgres.json").read_text())
    except (OSError, ValueError):
        return False
    return bool(run["url"] == os.environ.get("DATABASE_URL"))


def _documents(tables: set[str]) -> list[str]:
    known: list[tuple[str, str]] = []
    if InvoiceFile._meta.db_table in tables:
        known += InvoiceFile.objects.values_list("sha256", "format")
    if Proforma._meta.db_table in tables:
        known += [(sha256, "pdf") for sha256 in Proforma.objects.values_list("sha256", flat=True)]
    return [path_of(sha256, extension) for sha256, extension in known]


@contextmanager
def exclusive() -> Iterator[None]:
    """Nobody else loads, wipes or serves the demo of this database meanwhile. Raises NotOurs when somebody does."""
    with _advisory("pg_try_advisory_lock", "pg_advisory_unlock"):
        yield


@contextmanager
def shared() -> Iterator[None]:
    """Several may serve at once; nobody wipes meanwhile. Raises NotOurs when somebody is loading."""
    with _advisory("pg_try_advisory_lock_shared", "pg_advisory_unlock_shared"):
        yield


@contextmanager
def _advisory(lock: str, unlock: str) -> Iterator[None]:
    """A lock of the session: the server gives it back when this process ends, however it ends."""
    keeper = connection.copy()
    try:
        with keeper.cursor() as cursor:
            cursor.execute(f"SELECT {lock}(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                raise NotOurs("Another demo is using this database: stop that one first.")
            try:
                yield
            finally:
                # a closed connection is given up a moment later; what comes next finds the database free at once
                with suppress(
                    OperationalError, InterfaceError
                ):  # a server that ended gave the lock back itself
                    cursor.execute(f"SELECT {unlock}(%s)", [LOCK])
    finally:
        keeper.close()
