"""Where the second code on a document leads: open to everybody, tells only what the paper already says."""

import structlog
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from finance_console.doors.visitors import address_of
from finance_console.kernel.clock import moment
from invoicing.queries.verifying import verified

PER_MINUTE = 30
MINUTE = 60
log = structlog.get_logger(__name__)


@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """The public part of a document; 404 for a wrong link, 429 for an address that asks too often."""
    if _too_many(request):
        return render(request, "invoicing/verify_later.html", status=429)
    document = verified(token)
    if document is None:
        raise Http404
    response = render(request, "invoicing/verify.html", {"document": document})
    response["Referrer-Policy"] = "no-referrer"
    patch_cache_control(response, no_store=True, private=True)
    return response


def _too_many(request: HttpRequest) -> bool:
    """Whether this address asked more than `PER_MINUTE` times in this minute. Without a cache nobody is refused."""
    key = f"verify:{address_of(request)}:{moment().timestamp() // MINUTE:.0f}"
    try:
        cache.add(key, 0, MINUTE)
        return int(cache.incr(key)) > PER_MINUTE
    except (RedisError, ValueError):
        log.warning("verify_not_counted")
        return False
