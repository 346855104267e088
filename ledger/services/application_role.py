"""The database role of web and workers: what it may do, and granting it.

One list serves the migration, the audit and the tests. New tables may be read and written
(default privileges); what else they need is said here.
"""

from typing import Any

import structlog
from django.conf import settings
from psycopg import sql

log = structlog.get_logger(__name__)
DEFAULT_NAME = "finance_console_app"

APPEND_ONLY = (
    "ledger_entry",
    "ledger_transfer",
    "ledger_lotuse",
    "ledger_periodlock",
    "ledger_paymentevent",
    "accounts_auditrecord",
    "accounts_certification",
    "accounts_signinattempt",
    "accounts_ticketmessage",
    "accounts_uploadedfile",
    "invoicing_creditnoteline",
    "invoicing_release",
    "invoicing_invoiceline",
    "invoicing_claim",
    "invoicing_statuschange",
)
"""Tables of which the role may only read rows and add some."""

DELETABLE = (
    "django_session",
    "auth_group",
    "auth_group_permissions",
    "accounts_user_groups",
    "accounts_user_user_permissions",
    "accounts_membership",
    "accounts_address",
    "accounts_recipientemail",
    "accounts_workdayoverride",
    "invoicing_invoicetitle",
    "ledger_usagerecord",
)
"""Tables of which rows are deleted: sessions that ended, rights taken away, usage that a newer export replaced
before it was billed. Of no other."""


def name() -> str:
    """The name of the role: DATABASE_ROLE, or the usual one while the knob is not set."""
    return settings.DATABASE_ROLE or DEFAULT_NAME


def grant(connection: Any) -> bool:
    """Make the role if it can be made, and give it its rights on every table there is.

    Harmless twice. False (and a line in the log that says what to run) when the role does not
    exist and this connection may not create it.
    """
    role = name()
    with connection.cursor() as cursor:
        if not _made(cursor, role):
            log.warning(
                "The application role was not set up: let an administrator of the database run "
                f"CREATE ROLE {role} NOLOGIN; GRANT {role} TO (the role of DATABASE_URL); "
                "then manage.py grant_role. Until then leave DATABASE_ROLE empty.",
            )
            return False
        cursor.execute("SELECT current_schema()")
        schema = cursor.fetchone()[0]
        names = {
            "role": sql.Identifier(role),
            "schema": sql.Identifier(schema),
            "append_only": sql.SQL(", ").join(map(sql.Identifier, APPEND_ONLY)),
            "deletable": sql.SQL(", ").join(map(sql.Identifier, DELETABLE)),
        }
        for statement in GRANTS:
            cursor.execute(sql.SQL(statement).format(**names))
    return True


GRANTS = (
    "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    "REVOKE UPDATE ON {append_only} FROM {role}",
    "REVOKE INSERT, UPDATE ON django_migrations FROM {role}",
    "GRANT DELETE ON {deletable} TO {role}",
)


def _made(cursor: Any, role: str) -> bool:
    """The role exists and this connection may become it, if need be from now on."""
    cursor.execute(
        "SELECT rolsuper, rolcreaterole, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)"
        " FROM pg_roles WHERE rolname = current_user",
        [role],
    )
    is_super, may_create, exists = cursor.fetchone()
    names = {"role": sql.Identifier(role), "literal": sql.Literal(role)}
    if not exists:
        if not (is_super or may_create):
            return False
        cursor.execute(sql.SQL(CREATE).format(**names))
        if not is_super:
            cursor.execute(sql.SQL("GRANT {role} TO CURRENT_USER").format(**names))
    return True


# The same role serves every database of the server: another migration may make it meanwhile.
CREATE = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    RAISE NOTICE 'role exists';
END $$
"""
