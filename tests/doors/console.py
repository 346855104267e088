"""Walking through the console with the test client: a clock that stands still, signing in, reading forms."""

import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

from accounts.models import Membership, User
from tests.builders import Story, at, make_user

NOW = at("2026-03-20 12:00")


class Clock(datetime):
    """`datetime` for `kernel.clock`: now is `NOW`."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return NOW.astimezone(tz)


def sign_in(story: Story, user: User | None = None) -> Client:
    """A browser in which the story's clerk (or `user`) is signed in."""
    client = Client()
    client.force_login(user or story.user)
    return client


def viewer(story: Story) -> Client:
    """A browser of somebody who may only read."""
    user = make_user(f"viewer-{story.customer.code}")
    Membership.objects.create(user=user, customer=story.customer, role=Membership.Role.VIEWER)
    return sign_in(story, user)


class Fields(HTMLParser):
    """What a browser would send from the form of `main` that is the main form of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.pairs, self.select = False, [], ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "main":
            self.inside = True
        if not self.inside or "disabled" in found:
            return
        kind = found.get("type", "text")
        if tag == "input" and found.get("name") != "csrfmiddlewaretoken":
            if kind not in ("checkbox", "radio") or "checked" in found:
                self.pairs.append((found["name"], found.get("value", "")))
        elif tag == "select":
            self.select = found["name"] or ""
        elif tag == "option" and "selected" in found:
            self.pairs.append((self.select, found.get("value", "")))


def fields(response: HttpResponse) -> dict[str, list[str]]:
    """The fields of the page's form with their values."""
    parser = Fields()
    parser.feed(response.content.decode())
    sent: dict[str, list[str]] = {}
    for name, value in parser.pairs:
        sent.setdefault(name, []).append(value or "")
    return sent


def text(response: HttpResponse) -> str:
    """The page without tags, in one line."""
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.replace("&#x27;", "'").replace("&quot;", '"').split())


def confirm(client: Client, **selection: Any) -> HttpResponse:
    """The confirm page of a selection."""
    query = urlencode(selection, doseq=True)
    return client.get(f"/console/invoices/new/confirm/?{query}")


def submit(client: Client, page: HttpResponse, **changes: Any) -> HttpResponse:
    """Post the form of the confirm page, with `changes`."""
    return client.post("/console/invoices/new/confirm/", {**fields(page), **changes})
