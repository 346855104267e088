"""Web and workers work as a role that owns nothing: enough for every service, too little for a forger."""

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.db.backends.signals import connection_created

from accounts.models import Membership
from finance_console.audit import run_audit
from finance_console.operating import database_role
from invoicing.models import Invoice
from ledger.models import Entry
from ledger.services import application_role
from ledger.services.control.locking_periods import lock_books
from ledger.services.control.reconciling import reconcile_days
from tests.builders import at, make_story
from tests.controllers import make_controller

pytestmark = pytest.mark.django_db
ROLE = application_role.DEFAULT_NAME
NEVER_DELETED = (
    "ledger_order",
    "ledger_lot",
    "ledger_recharge",
    "invoicing_invoice",
    "ledger_charge",
)


@pytest.fixture
def as_role():
    """The rest of the test works as the application role; what comes after, as the owner again."""
    database_role.become(connection, ROLE)
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def denied(sql):
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.parametrize("table", application_role.APPEND_ONLY)
def test_what_is_append_only_cannot_be_changed_by_any_means(as_role, table):  # R17
    column = "id = id"
    denied(f"UPDATE {table} SET {column}")
    denied(f"DELETE FROM {table}")
    denied(f"TRUNCATE {table} CASCADE")
    denied(f"ALTER TABLE {table} ADD COLUMN x int")
    denied(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    denied(f"DROP TRIGGER IF EXISTS append_only ON {table}")
    denied(f"DROP TABLE {table} CASCADE")


@pytest.mark.parametrize("table", NEVER_DELETED)
def test_where_nothing_is_deleted_nothing_can_be(as_role, table):
    denied(f"DELETE FROM {table}")
    denied(f"TRUNCATE {table} CASCADE")
    denied(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def test_the_rules_themselves_are_out_of_reach(as_role):
    denied("SET session_replication_role = replica")
    denied("DROP FUNCTION ledger_chain CASCADE")
    denied(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    )
    denied("DELETE FROM django_migrations")
    denied("CREATE TABLE mine (id int)")


def test_a_whole_story_works_as_the_role(as_role):
    story = make_story("baidu")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.grant("voucher", "50.00", "2026-03-01 09:30")
    story.order("300.00", "2026-03-01 10:00")
    story.bill("20.00", "2026-03-01 11:00")
    story.use("5.00", "2026-03-01 11:00")
    application = story.ask("2026-03-02 12:00", amount="200.00")
    story.issue(application, "2026-03-02 12:10")
    lock_books(
        through=at("2026-03-01 00:00").date(),
        reason="x",
        by=make_controller(),
        at=at("2026-03-03 00:00"),
    )
    assert reconcile_days(at=at("2026-03-03 00:00")) == 2
    Membership.objects.get(customer=story.customer).delete()
    assert Invoice.objects.get().status == "issued"
    assert Entry.objects.count() == 11


def test_every_new_connection_of_web_and_workers_becomes_the_role(settings, monkeypatch):
    settings.DATABASE_ROLE = ROLE
    monkeypatch.setattr(connection_created, "receivers", list(connection_created.receivers))
    database_role.use()
    fresh = connection.copy()
    try:
        with fresh.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (ROLE,)
    finally:
        fresh.close()
        connection_created.disconnect(dispatch_uid="database_role")


def test_without_the_knob_connections_stay_as_they_are(settings):
    settings.DATABASE_ROLE = ""
    before = list(connection_created.receivers)
    database_role.use()
    assert connection_created.receivers == before


def test_the_role_is_usable_and_granting_again_is_harmless(capsys):
    assert database_role.is_usable()
    call_command("grant_role")
    assert f"The role {ROLE} has its rights" in capsys.readouterr().out


def test_a_migrating_role_without_the_right_to_create_roles_says_what_to_run(settings, capfd):
    settings.DATABASE_ROLE = "nobody_made_this_role"
    database_role.become(connection, ROLE)
    try:
        assert not application_role.grant(connection)
        with pytest.raises(CommandError, match="nobody_made_this_role does not exist"):
            call_command("grant_role")
        assert not database_role.is_usable()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.mark.corrupts
@pytest.mark.parametrize(
    "sql",
    [
        f"GRANT UPDATE (amount) ON ledger_entry TO {ROLE}",
        f"GRANT TRUNCATE ON ledger_transfer TO {ROLE}",
        f"GRANT DELETE ON ledger_order TO {ROLE}",
        f"GRANT TRIGGER ON invoicing_claim TO {ROLE}",
        f"ALTER TABLE ledger_lot OWNER TO {ROLE}",
    ],
)
def test_the_audit_finds_rights_that_the_role_should_not_have(sql):  # I21
    with connection.cursor() as cursor:
        cursor.execute(sql)
    table = sql.split(" ON ")[-1].split()[0] if " ON " in sql else "ledger_lot"
    rows = {result.name: result.rows for result in run_audit()}
    found = rows["the application role owns nothing and cannot change what is past"]
    assert found
    assert all(f"table {table}" in row for row in found)
