"""Whoever watches the console asks two questions and gets two true answers."""

import pytest
from django.test import Client


def test_healthz_asks_nobody_else(client: Client) -> None:
    response = client.get("/healthz")  # without access to a database, or this test would fail

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_when_database_and_redis_answer(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "redis": "ok"}


@pytest.mark.django_db
def test_degraded_but_ready_when_only_redis_is_down(client: Client, settings, tmp_path) -> None:
    # R25
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "degraded", "database": "ok", "redis": "down"}


@pytest.mark.django_db
def test_not_ready_when_a_migration_is_missing(client: Client) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="sessions").delete()

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "behind", "redis": "ok"}


@pytest.mark.django_db
def test_not_ready_when_the_database_is_down(client: Client, monkeypatch) -> None:
    from django.db import OperationalError, connection

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:  # over before the closing audit of the test
        patch.setattr(connection, "cursor", refuse)
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["database"] == "down"


@pytest.mark.django_db
def test_health_is_never_cached_and_never_redirected_to_https(client: Client, settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    response = client.get("/readyz")

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
