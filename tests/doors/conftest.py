"""Doors ask the clock: here it stands still when a test of the console asks for it."""

from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from finance_console.doors.addresses import SUBMISSION
from finance_console.kernel import clock


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.doors.console import Clock

    monkeypatch.setattr(clock, "datetime", Clock)


@pytest.fixture(autouse=True)
def browsers_of_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client in the admin follows to the page that has a key, and sends one, unless a test says something else."""
    get, post = Client.get, Client.post

    def with_key(self: Client, path: str, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = get(self, path, *args, **kwargs)
        to = answer.headers.get("Location", "")
        on = path.startswith("/admin/") and f"{SUBMISSION}=" in to and answer.status_code == 302
        return get(self, to) if on else answer

    def keyed(self: Client, path: str, data: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
        if path.startswith("/admin/") and (data is None or isinstance(data, dict)):
            data = {SUBMISSION: uuid4().hex, **(data or {})}
        return post(self, path, data, *args, **kwargs)

    monkeypatch.setattr(Client, "get", with_key)
    monkeypatch.setattr(Client, "post", keyed)
