"""What every answer carries, whatever the page."""

import pytest
from django.test import Client


def test_every_answer_has_a_strict_content_security_policy(client: Client) -> None:  # R48
    policy = client.get("/healthz")["Content-Security-Policy"]

    assert sorted(policy.split("; ")) == [
        "base-uri 'none'",
        "default-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    ]


def test_the_request_id_of_the_proxy_is_kept_and_nonsense_is_replaced(client: Client) -> None:
    kept = client.get("/healthz", headers={"X-Request-ID": "0123abcd-4567"})
    replaced = client.get("/healthz", headers={"X-Request-ID": "a b\tc; evil"})

    assert kept["X-Request-ID"] == "0123abcd-4567"
    assert len(replaced["X-Request-ID"]) == 32


@pytest.mark.django_db
def test_pages_of_somebody_signed_in_are_never_stored(client: Client, django_user_model) -> None:
    # R48
    client.force_login(django_user_model.objects.create_superuser("root", "root@example.com", "x"))

    response = client.get("/admin/")

    assert "no-store" in response["Cache-Control"]


def test_an_unknown_host_is_refused(client: Client) -> None:
    response = client.get("/healthz", headers={"Host": "evil.example.com"})

    assert response.status_code == 400
