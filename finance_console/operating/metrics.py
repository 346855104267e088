"""For whoever watches the work: how much is late, and how old the oldest of it is (R29). Prometheus text."""

import secrets
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.messages import outbox
from accounts.models import OutboxMessage
from accounts.queries.workdays import years_without_holidays
from finance_console.kernel.clock import moment
from invoicing.queries import late


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers, for whoever sends METRICS_TOKEN as a bearer token; for everybody else a 404."""
    sent = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not secrets.compare_digest(sent.encode(), wanted.encode()):
        raise Http404
    body = "".join(f"{line}\n" for line in _lines(moment()))
    return HttpResponse(body, content_type="text/plain; version=0.0.4; charset=utf-8")


def _lines(at: datetime) -> Iterator[str]:
    """A bounded number of queries; counts stop one above `late.COUNT_LIMIT`."""
    yield "# TYPE finance_console_late gauge"
    for kind, count in late.counts(at).items():
        yield f'finance_console_late{{kind="{kind}"}} {count}'
    yield "# TYPE finance_console_oldest_seconds gauge"
    for of, since in (
        ("review", late.oldest_pending()),
        ("outbox", outbox.next_due(at)),
    ):
        age = max(int((at - since).total_seconds()), 0) if since else 0
        yield f'finance_console_oldest_seconds{{of="{of}"}} {age}'
    yield "# TYPE finance_console_parked_messages gauge"
    parked = OutboxMessage.objects.filter(parked_at__isnull=False)[: late.COUNT_LIMIT + 1]
    yield f"finance_console_parked_messages {parked.count()}"
    yield "# TYPE finance_console_years_without_holidays gauge"
    yield f"finance_console_years_without_holidays {len(years_without_holidays(at))}"
