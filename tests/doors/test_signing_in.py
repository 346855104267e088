"""The brake of signing in: five wrong passwords, and even the right one waits (R46)."""

import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.models import SignInAttempt
from accounts.services import signing_in
from finance_console.kernel.errors import DomainError
from tests.builders import at, make_user

NOON = at("2026-03-20 12:00")
HERE, THERE = "192.0.2.1", "198.51.100.7"
MANY = 8


@pytest.fixture
def person():
    user = make_user("clerk", is_staff=True)
    user.set_password("right")
    user.save(update_fields=["password"])
    return user


def attempt(user, password="wrong", address=HERE, when=NOON, name="clerk"):
    """What came of it: "in", "wrong", or "wait"."""
    try:
        found = signing_in.sign_in(
            username=name,
            address=address,
            at=when,
            authenticate=lambda: user if user.check_password(password) else None,
        )
    except DomainError as refusal:
        return {"too_many_attempts": "wait"}[refusal.code]
    return "in" if found else "wrong"


def attempts(user, count, **how):
    return [attempt(user, **how) for _ in range(count)]


@pytest.mark.django_db
def test_r46_five_wrong_passwords_and_the_right_one_waits_a_quarter_of_an_hour(person):
    assert attempts(person, 6) == ["wrong"] * 5 + ["wait"]
    cache.clear()  # nothing of it lives there
    assert attempt(person, "right") == "wait"
    assert attempt(person, "right", when=NOON + timedelta(minutes=14)) == "wait"
    assert attempt(person, "right", when=NOON + timedelta(minutes=15)) == "in"


@pytest.mark.django_db
def test_what_was_refused_does_not_count_so_that_waiting_helps(person):
    attempts(person, 5)
    assert attempts(person, 20, when=NOON + timedelta(minutes=10)) == ["wait"] * 20
    assert attempt(person, "right", when=NOON + timedelta(minutes=15)) == "in"


@pytest.mark.django_db
def test_who_signed_in_begins_anew(person):
    attempts(person, 4)
    assert attempt(person, "right") == "in"
    later = NOON + timedelta(minutes=1)
    assert attempts(person, 5, when=later) == ["wrong"] * 5


@pytest.mark.django_db
def test_r46_an_attacker_elsewhere_shuts_nobody_out(person):
    assert attempt(person, "right", when=NOON - timedelta(days=30)) == "in"
    for number in range(60):
        attempt(person, address=f"203.0.113.{number}")
    assert attempt(person, "right", address=THERE) == "wait"  # a new place waits for this person
    assert attempt(person, "right") == "in"  # where the person came from before does not


@pytest.mark.django_db
def test_one_address_does_not_try_everybody(person):
    for number in range(30):
        assert attempt(person, name=f"somebody-{number}") == "wrong"
    assert attempt(person, "right") == "wait"
    assert attempt(person, "right", address=THERE) == "in"


@pytest.mark.django_db
def test_the_name_is_one_however_it_is_written(person):
    for name in ("clerk", "Clerk", " CLERK ", "cLerk", "clerK"):
        assert attempt(person, name=name) == "wrong"
    assert attempt(person, "right") == "wait"


@pytest.mark.django_db
def test_every_attempt_is_written_down_and_stays(person):
    attempts(person, 6)
    rows = SignInAttempt.objects.order_by("pk").values_list("outcome", "address", "user")
    assert list(rows) == [("wrong", HERE, None)] * 5 + [("braked", HERE, None)]
    attempt(person, "right", address=THERE)
    assert SignInAttempt.objects.latest("pk").user == person
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_signinattempt")


def _race(person):
    start, outcomes = threading.Barrier(MANY * 2), []

    def run():
        try:
            start.wait(20)
            outcomes.append(attempt(person))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(MANY * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_are_counted_one_after_the_other(person):
    assert _race(person) == ["wait"] * 11 + ["wrong"] * 5


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_more_of_them_get_through(person, monkeypatch):
    monkeypatch.setattr(signing_in, "lock_name", lambda *_: None)
    gate = threading.Barrier(MANY * 2)
    real = signing_in._wait

    def all_look_first(*arguments):
        waited = real(*arguments)
        gate.wait(20)
        return waited

    monkeypatch.setattr(signing_in, "_wait", all_look_first)
    assert _race(person) == ["wrong"] * 16


# Through the doors


def post(client, path, password, **extra):
    return client.post(path, {"username": "clerk", "password": password}, **extra)


@pytest.mark.django_db
@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("path", ["/console/login/", "/admin/login/"])
def test_both_roads_in_have_the_brake_and_a_claimed_address_does_not_evade_it(person, path):
    for number in range(5):
        answer = post(Client(), path, "wrong", headers={"x-forwarded-for": f"203.0.113.{number}"})
        assert answer.status_code == 200
    answer = post(Client(), path, "right", headers={"x-forwarded-for": "203.0.113.99"})
    assert "Too many wrong attempts. Wait 15 minutes, then try again." in answer.content.decode()
    assert set(SignInAttempt.objects.values_list("address", flat=True)) == {"127.0.0.1"}


@pytest.mark.django_db
@pytest.mark.usefixtures("still_clock")
def test_behind_a_proxy_the_address_is_what_the_proxy_wrote(person, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    post(Client(), "/console/login/", "wrong", headers={"x-forwarded-for": "10.9.9.9, 192.0.2.44"})
    assert SignInAttempt.objects.get().address == "192.0.2.44"


@pytest.mark.django_db
@pytest.mark.usefixtures("still_clock")
def test_the_right_password_signs_in(person):
    assert post(Client(), "/console/login/", "right").status_code == 302
    assert post(Client(), "/admin/login/?next=/admin/", "right").status_code == 302
    assert SignInAttempt.objects.filter(outcome="signed_in", user=person).count() == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("still_clock")
def test_somebody_who_may_not_enter_the_admin_is_wrong_there(person):
    person.is_staff = False
    person.save(update_fields=["is_staff"])
    assert post(Client(), "/admin/login/", "right").status_code == 200
    assert SignInAttempt.objects.get().outcome == "wrong"
