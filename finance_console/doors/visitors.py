"""Who is at the door, as far as an address tells."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's address. Behind a proxy that is what the proxy itself wrote last, not what the visitor claims."""
    direct: str = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER is None:
        return direct[:45]
    return request.headers.get("X-Forwarded-For", direct).rpartition(",")[2].strip()[:45]
