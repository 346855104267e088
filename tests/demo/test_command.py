"""The demo command refuses in one sentence, and wipes nothing that is not its own."""

import socket
import sys

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import CustomerAccount
from finance_console.demo import cast, customers, database
from finance_console.demo.worker import Worker, WorkerProblem
from finance_console.operating.schedule import JOBS
from tests.builders import at, make_story, make_user


def said(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        call_command("demo", "--no-serve", *arguments)
    assert caught.value.code == 1
    return capsys.readouterr().err


@pytest.fixture
def own_database(monkeypatch):
    """As if DATABASE_URL named a server of somebody's own."""
    monkeypatch.setattr(database, "is_embedded", lambda: False)


def tables() -> set[str]:
    return set(connection.introspection.table_names())


# Whose database it is


@pytest.mark.django_db
def test_the_marker_tells_what_the_database_holds():
    assert database.state() == "empty"
    database.mark("loading")
    assert database.state() == "loading"
    database.mark("loaded")
    assert database.state() == "loaded"


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [(), ("--reset",)])
def test_a_database_with_real_customers_is_left_alone(own_database, capsys, arguments):
    make_story("standard")
    name = connection.settings_dict["NAME"]
    assert said(capsys, *arguments) == (
        f"The database {name} holds data that is not the demo's, so it is left alone:"
        " give the demo one of its own in DATABASE_URL.\n"
    )
    assert database.state() == "foreign"


@pytest.mark.django_db
def test_a_lone_administrator_makes_a_database_somebodys_own(own_database):
    make_user("root", is_superuser=True)
    assert database.state() == "foreign"


@pytest.mark.django_db
def test_real_customers_protect_a_database_that_bears_the_marker(own_database, capsys):
    make_story("standard")
    database.mark("loaded")
    assert "so it is left alone" in said(capsys, "--reset")
    assert CustomerAccount.objects.count() == 1


@pytest.mark.django_db
def test_a_database_with_tables_of_others_is_left_alone(own_database, capsys):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE a_blog (id int)")
    assert said(capsys, "--reset").startswith(
        f"The database {connection.settings_dict['NAME']} holds tables that are not the console's (a_blog)"
    )
    assert "a_blog" in tables()


@pytest.mark.django_db
def test_customers_in_the_embedded_database_are_wiped_only_when_asked(monkeypatch, capsys):
    monkeypatch.setattr(database, "is_embedded", lambda: True)
    make_story("standard")
    assert said(capsys) == ("The embedded database holds data of your own: --reset wipes it.\n")


@pytest.mark.corrupts
@pytest.mark.django_db
def test_a_half_loaded_demo_is_wiped(own_database):
    database.mark("loading")
    database.wipe()
    assert tables() == set()


@pytest.mark.django_db
def test_nobody_wipes_what_another_one_serves():
    with database.shared(), pytest.raises(database.NotOurs) as caught, database.exclusive():
        pass
    assert str(caught.value) == "Another demo is using this database: stop that one first."
    with database.shared(), database.shared():
        pass


@pytest.mark.django_db
def test_who_is_done_leaves_the_database_free_at_once():
    for _ in range(50):
        with database.exclusive():
            pass


# Bad surroundings


@pytest.mark.django_db
def test_a_port_in_use_is_one_sentence_before_anything_is_loaded(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as caught:
            call_command("demo", "--port", str(port))
    assert caught.value.code == 1
    assert capsys.readouterr().err == (
        f"Port {port} cannot be used (Address already in use): choose another one with --port.\n"
    )
    assert database.state() == "empty"


def test_a_worker_that_ends_is_noticed_at_once(monkeypatch):
    ending = [sys.executable, "-c", "raise SystemExit(3)"]
    monkeypatch.setattr("finance_console.demo.worker.programs", lambda port: {"worker": ending})
    with Worker() as worker, pytest.raises(WorkerProblem) as caught:
        worker.run(JOBS[0], at("2026-03-03 00:00"))
    assert str(caught.value).startswith("The Celery worker ended with status 3: see ")


@pytest.mark.django_db
def test_the_logins_can_do_what_they_are_for():
    customers.load(at("2026-01-01 00:00"))
    people = customers.people()
    assert {
        login: user.check_password(cast.LOGINS[login][0]) for login, user in people.items()
    } == {
        "clerk": True,
        "reviewer": True,
        "admin": True,
    }
    reviewer, clerk = people["reviewer"], people["clerk"]
    assert reviewer.is_staff
    assert reviewer.has_perm("invoicing.review_application")
    assert not reviewer.has_perm("invoicing.change_invoiceapplication")
    assert not clerk.is_staff
    assert clerk.customers.count() == 18
    assert people["admin"].is_superuser
    assert not reviewer.memberships.exists()
