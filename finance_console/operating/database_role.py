"""Web and workers work as a database role that owns nothing (knob DATABASE_ROLE).

`use()` is called where these processes begin: finance_console.wsgi and the Celery worker. Commands
such as migrate and audit go on as the role of DATABASE_URL.
"""

from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg import sql

from ledger.services import application_role


def use() -> None:
    """From now on every new connection of this process works as DATABASE_ROLE, if that is set."""
    if settings.DATABASE_ROLE:
        connection_created.connect(_become, dispatch_uid="database_role")


def become(wrapper: BaseDatabaseWrapper, role: str) -> None:
    """Work as `role` on this connection until it is closed. Raises a database error when it may not."""
    with wrapper.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def is_usable() -> bool:
    """Whether this connection could become the application role, and the role has its rights."""
    role = application_role.name()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            return False
        cursor.execute(
            "SELECT pg_has_role(current_user, %s, 'MEMBER')"
            " AND has_table_privilege(%s, 'ledger_entry', 'INSERT')",
            [role, role],
        )
        return bool(cursor.fetchone()[0])


def _become(connection: BaseDatabaseWrapper, **_: Any) -> None:
    become(connection, settings.DATABASE_ROLE)
