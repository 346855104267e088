"""The key that every form carries, and what is answered when it comes again."""

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from accounts.models import CustomerAccount, User
from accounts.services.submitting import once
from finance_console.doors.addresses import SUBMISSION
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError

if TYPE_CHECKING:
    from accounts.views.acting import ConsoleRequest

_KEY = re.compile(r"[0-9A-Za-z-]{8,40}")
_NO_CONTENT = {SUBMISSION, "csrfmiddlewaretoken"}


def keyed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page of the console with a form that creates or moves something: see `key_in_address`."""

    @wraps(view)
    def inner(request: "ConsoleRequest", *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.acting.may_act and (keyed_page := key_in_address(request)):
            return keyed_page
        return view(request, *args, **kwargs)

    return inner


def key_in_address(request: HttpRequest) -> HttpResponseRedirect | None:
    """The same page under an address that carries a key for its form; None when it does.

    So Back, which opens the address anew, shows the form that was sent, and not another one.
    """
    if request.method != "GET" or _KEY.fullmatch(request.GET.get(SUBMISSION, "")):
        return None
    query = request.GET.copy()
    query[SUBMISSION] = uuid.uuid4().hex
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")


def key_of(request: HttpRequest) -> str:
    """The key of the form that was sent, for services that keep one themselves.

    Raises `submission_missing` for a form without its key.
    """
    key = request.POST.get(SUBMISSION, "")
    if not _KEY.fullmatch(key):
        raise DomainError("submission_missing")
    return key


def answer_once(
    request: HttpRequest,
    answer: Callable[[], HttpResponseBase],
    *,
    customer: CustomerAccount | None,
    by: User,
) -> HttpResponseBase:
    """The answer to a form: the first one's, when its key was sent before. `customer` None: of staff.

    What led on to another page did something; whatever else is shown did nothing.
    Raises `submitted_already`, `submission_missing`.
    """
    shown: list[HttpResponseBase] = []

    def act() -> str:
        shown.append(answer())
        return shown[0].headers.get("Location", "")

    led = once(
        customer=customer,
        by=by,
        key=key_of(request),
        fingerprint=_fingerprint(request),
        act=act,
        at=moment(),
    )
    return shown[0] if shown else HttpResponseRedirect(led or request.path)


def _fingerprint(request: HttpRequest) -> str:
    """SHA-256 of what was sent, files included, and where."""
    sent = sorted((k, v) for k, v in request.POST.lists() if k not in _NO_CONTENT)
    told = hashlib.sha256(json.dumps([request.path, sent]).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            told.update(json.dumps([name, file.name, file.size]).encode())
            for chunk in file.chunks():
                told.update(chunk)
            file.seek(0)
    return told.hexdigest()
