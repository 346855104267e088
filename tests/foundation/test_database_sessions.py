"""A database session that ended is replaced by a new one before the next request or task."""

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, close_old_connections, connection


def end_session() -> int:
    """Have PostgreSQL end the session of this process; its process id."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    return pid


def asked() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_r37_the_next_request_gets_a_new_session() -> None:
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"]
    ended = end_session()
    close_old_connections()  # as Django does when a request starts
    assert asked() != ended


@pytest.mark.django_db(transaction=True)
def test_r37_in_the_middle_of_a_request_it_is_an_error_and_the_next_one_goes_on() -> None:
    ended = end_session()
    with pytest.raises(OperationalError):
        asked()
    close_old_connections()
    assert asked() != ended
