"""What every request gets: an id for the logs, and no copy in a cache once somebody is signed in."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Final

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.views.defaults import page_not_found

from finance_console.doors import addresses

GetResponse = Callable[[HttpRequest], HttpResponse]
_ACCEPTABLE_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Bind `request_id` to every log line of the request and return it as X-Request-ID.

    An id given by the proxy in front is kept, so that one request is one id in all logs.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class NoNulMiddleware:
    """An address with a NUL names nothing: no text of ours holds one, and PostgreSQL refuses to compare with it.

    Forms refuse it in their fields by themselves.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or any("\0" in text for text in _query(request)):
            return page_not_found(request, Http404())
        return self.get_response(request)


def _query(request: HttpRequest) -> Iterator[str]:
    for name, values in request.GET.lists():
        yield name
        yield from values


class ConsoleAddressMiddleware:
    """Whose console a request is in is known until its answer is made, its error page included; then no more."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with addresses.nowhere():
            return self.get_response(request)


class NoStoreMiddleware:
    """Pages of somebody who has a session are for that browser and this moment only."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        name = settings.SESSION_COOKIE_NAME
        if name in request.COOKIES or name in response.cookies:
            add_never_cache_headers(response)
        return response
