"""Walking to every address of the site, with values for its parameters that nobody would expect.

What an address reads is found out by asking it: whatever name it looks up in its query or its form is tried. So a new
address, or a new field, is walked without being listed here.
"""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from unittest import mock
from urllib.parse import quote, urlencode
from uuid import uuid4

from django.apps import apps
from django.db import models, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RegexPattern

from finance_console.doors.addresses import SUBMISSION

EDGES = (
    "", " ", "\0", "\ud800", "é中🧾" * 200, "<script>", "'\"%s{}", "-1", "0", "1e400", "NaN", "9" * 40,
    "-99999999999999999999.99", "9999-12", "0001-01", "9999-12-31", "0001-01-01", "2026-02-31", "٣",
)  # fmt: skip
"""What somebody may type or send: nothing, what no text holds, far dates, huge and negative numbers."""
WORST = ("", "\0", "9" * 40, "9999-12", "0001-01-01")
NUMBERS = ("0", "2147483648", "9223372036854775808", "9" * 40)
WORDS = ("%00", "%ED%A0%80", "x", "-1", "9999-12", "0001-01", "2026-13", "x" * 300)
CONSOLE = "<customer:customer_number>"
PLACE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
KNOWN = 3  # addresses of a kind that pages led to
TOGETHER = 8  # combinations of the values of one address


@dataclass(frozen=True)
class Address:
    """One address: its pattern, and the model its numbers are of, if it is a page of the admin."""

    route: str
    model: type[models.Model] | None


def addresses() -> list[Address]:
    """Every address that has a route, in the order of the site."""
    return [found for found in _below(get_resolver().url_patterns, "/") if found]


def _below(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern.pattern, RegexPattern):
            continue  # the last of the admin: whatever matched nothing
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, route)
        else:
            yield Address(route, _model(pattern.name or ""))


def _model(name: str) -> type[models.Model] | None:
    parts = name.split("_")
    try:
        return apps.get_model(parts[0], parts[1]) if len(parts) > 2 else None
    except LookupError:
        return None


def urls(address: Address, number: str) -> list[str]:
    """The address with rows of everybody, and with what is no row: in the console `number`, once in others."""
    own = _filled(address, address.route.replace(CONSOLE, number))
    if CONSOLE not in address.route:
        return own
    others = [*_some(apps.get_model("accounts.customeraccount"), "code"), *WORDS[:3]]
    home, first = f"/console/{number}/", own[0]
    return own + [
        first.replace(home, f"/console/{other}/", 1) for other in others if other != number
    ]


def _filled(address: Address, route: str) -> list[str]:
    places = list(PLACE.finditer(route))
    choices = [[*_rows(address, place), *_edges(place)] for place in places]
    found = []
    for values in itertools.islice(
        zip(*map(itertools.cycle, choices), strict=False), _most(choices)
    ):
        url = route
        for place, value in zip(places, values, strict=True):
            url = url.replace(place.group(0), value, 1)
        found.append(url)
    return list(dict.fromkeys(found)) or [route]


def _most(choices: list[list[str]]) -> int:
    return min(TOGETHER, max(map(len, choices))) if choices else 0


def _edges(place: re.Match[str]) -> tuple[str, ...]:
    return NUMBERS if place["kind"] == "int" else WORDS


def _rows(address: Address, place: re.Match[str]) -> list[str]:
    """Keys, codes, numbers and tokens of rows that may be meant: own ones and other people's."""
    if address.model is not None and place["name"] in {"pk", "object_id"}:
        return _some(address.model, "pk")
    name = place["name"].removesuffix("_id").replace("_", "")
    found = []
    for model in apps.get_models():
        if name and model._meta.model_name.endswith(name):
            found += _some(model, "pk")
        fields = {field.name for field in model._meta.concrete_fields}
        if place["name"] in fields & {"token", "number", "code", "period"}:
            found += _some(model, place["name"])
    return found[:8]


def _some(model: type[models.Model], field: str) -> list[str]:
    keys = list(model._default_manager.order_by("pk").values_list(field, flat=True))
    return [quote(str(key), safe="") for key in dict.fromkeys([*keys[:2], *keys[-2:]]) if key]


class Walk:
    """One person's way through the site: every request in a transaction of its own that is undone."""

    def __init__(self, client: Client, number: str) -> None:
        self.client, self.number, self.count = client, number, 0
        self.broken: dict[str, str] = {}
        self.links: set[str] = set()
        self.known: dict[str, list[str]] = {}
        client.raise_request_exception = False

    def ask(self, method: str, url: str, data: dict[str, str] | None = None) -> Any:
        self.count += 1
        sent = {
            name: value.encode("utf-8", "surrogatepass") for name, value in (data or {}).items()
        }
        with transaction.atomic():
            if method == "get":
                answer = self.client.get(f"{url}?{urlencode(sent)}" if sent else url)
            else:  # every form says for which account it was made, and carries a key
                form = urlencode({"account": self.number, SUBMISSION: uuid4().hex, **sent})
                answer = self.client.generic(
                    "POST", url, form, content_type="application/x-www-form-urlencoded"
                )
            wrong = _broken(answer)
            transaction.set_rollback(True)
        if wrong:
            self.broken[f"{method} {url} {str(data)[:120]}"] = wrong
        elif not answer.streaming and "html" in answer.get("Content-Type", ""):
            self._learn(answer.content.decode())
        return answer

    def _learn(self, page: str) -> None:
        """Remember an address of each kind that a page leads to: its words are those of the site."""
        for link in re.findall(r'(?:href|action)="(/[^"#?]*)', page):
            if link not in self.links:
                self.links.add(link)
                with suppress(Resolver404):
                    known = self.known.setdefault("/" + resolve(link).route, [])
                    known += [link] if len(known) < KNOWN else []

    def everywhere(
        self, *, values: tuple[str, ...] = EDGES, only: str = "", most: int | None = None
    ) -> None:
        """To every address (with `only` in it); with `values` for the names that it reads.

        `most`: so many forms of each address; None: all that are worth trying.
        """
        found = {
            address: urls(address, self.number)[:most]
            for address in addresses()
            if only in address.route
        }
        for url in itertools.chain.from_iterable(found.values()):
            self.ask("get", url)
        for address, tried in found.items():
            known = self.known.get(address.route, [])
            first = (known or tried)[0]
            for method, url in itertools.product(("get", "post"), [first, *known[1:], *tried]):
                self._with_values(method, url, values if url == first else ())

    def _with_values(self, method: str, url: str, values: tuple[str, ...]) -> None:
        """All names at once with each value, and each name alone with the worst ones."""
        with names_read() as names:
            self.ask(method, url)
        for value in values if names else ():
            self.ask(method, url, dict.fromkeys(names, value))
        for name, value in itertools.product(sorted(names) if len(names) > 1 else (), WORST):
            if value in values:
                self.ask(method, url, {name: value})


def _broken(answer: Any) -> str:
    """What broke, while the answer was made or while it is sent; "" if nothing."""
    try:
        if answer.streaming:
            b"".join(answer.streaming_content)
    except Exception as error:  # noqa: BLE001 (whatever it is, the person gets half a file)
        return repr(error)[:200]
    error = getattr(answer, "exc_info", None)
    return "" if answer.status_code < 500 else repr(error[1] if error else answer.status_code)[:200]


@contextmanager
def names_read() -> Iterator[set[str]]:
    """The names that are looked up in a query or a form meanwhile."""
    names: set[str] = set()
    get, getlist, item = QueryDict.get, QueryDict.getlist, QueryDict.__getitem__

    def noted(method: Any) -> Any:
        def call(self: QueryDict, key: str, *rest: Any, **more: Any) -> Any:
            names.add(key)
            return method(self, key, *rest, **more)

        return call

    with (
        mock.patch.object(QueryDict, "get", noted(get)),
        mock.patch.object(QueryDict, "getlist", noted(getlist)),
        mock.patch.object(QueryDict, "__getitem__", noted(item)),
    ):
        yield names
