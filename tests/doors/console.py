"""Walking through the console with the test client: a clock that stands still, signing in, reading forms."""

import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from accounts.models import Membership, User
from finance_console.doors import addresses
from tests.builders import Story, at, make_user

NOW = at("2026-03-20 12:00")


class Clock(datetime):
    """`datetime` for `kernel.clock`: now is `NOW`."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return NOW.astimezone(tz)


class Browser(Client):
    """A browser in the console of one customer: addresses without a leading slash are inside of it.

    It sends what every form of the console carries, unless a test says something else.
    """

    def __init__(self, number: str) -> None:
        super().__init__()
        self.number, self.home = number, f"/console/{number}/"

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().generic(method, self.at(path), *args, **kwargs)

    def at(self, path: str) -> str:
        """The address of a page of this console."""
        return path if path.startswith("/") else self.home + path

    def page(self, name: str, *args: Any) -> str:
        """The address of the page of that name."""
        return addresses.url(name, *args, of=self.number)

    def get(self, path: str, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = super().get(self.at(path), *args, **kwargs)
        if answer.status_code == 302 and f"{addresses.SUBMISSION}=" in answer["Location"]:
            return super().get(answer["Location"])  # a page with a form gets a key in its address
        return answer

    def post(self, path: str, data: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
        sent = {"account": self.number, addresses.SUBMISSION: uuid4().hex, **(data or {})}
        return super().post(self.at(path), sent, *args, **kwargs)


def sign_in(story: Story, user: User | None = None) -> Browser:
    """A browser in which the story's clerk (or `user`) is signed in."""
    client = Browser(story.customer.code)
    client.force_login(user or story.user)
    return client


def page_of(story: Story, name: str, *args: Any) -> str:
    """The address of a page of the story's customer."""
    return addresses.url(name, *args, of=story.customer.code)


def viewer(story: Story) -> Browser:
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
    return client.get(f"invoices/new/confirm/?{query}")


def submit(client: Client, page: HttpResponse, **changes: Any) -> HttpResponse:
    """Post the form of the confirm page, with `changes`."""
    return client.post("invoices/new/confirm/", {**fields(page), **changes})
