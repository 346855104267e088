"""Downloads: the statement, orders, usage and bills as CSV, by month or by days."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

import structlog
from django.http import Http404, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from accounts.views.acting import ConsoleRequest, console
from finance_console.kernel.calendar import first_day, parse_day
from ledger.exports.tables import EXPORTS, Asked
from ledger.exports.writing import csv_lines

log = structlog.get_logger(__name__)


@require_GET
@console
def export(request: ConsoleRequest, kind: str) -> HttpResponseBase:
    """One file of the acting customer's own rows. `?month=`, or `?first=` and `?last=` (ISO days).

    404 for an unknown kind and for a month or day that is none: half a file would mislead.
    """
    if kind not in EXPORTS:
        raise Http404
    customer, asked = request.acting.customer, asked_for(request.GET)
    columns, rows = EXPORTS[kind]
    log.info(
        "export",
        kind=kind,
        customer=customer.code,
        user=request.user.pk,
        month=asked.month,
        first=str(asked.first or ""),
        last=str(asked.last or ""),
    )
    language, tz = translation.get_language(), customer.tz

    def lines() -> Iterator[str]:  # streamed after the view returned: say again for whom
        with translation.override(language), timezone.override(tz):
            yield from csv_lines(columns, rows(customer, asked))

    part = asked.month or "_".join(str(day) for day in (asked.first, asked.last) if day)
    name = "-".join(word for word in (kind, customer.code, part) if word)
    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def asked_for(query: QueryDict) -> Asked:
    """What part is asked for in the address. Raises Http404 for what is no month or no day."""
    month = query.get("month") or None
    try:
        if month:
            first_day(month)
        return Asked(month=month, first=_day(query, "first"), last=_day(query, "last"))
    except ValueError:
        raise Http404 from None


def _day(query: QueryDict, name: str) -> date | None:
    text = query.get(name)
    return parse_day(text) if text else None


def kept_days(query: QueryDict) -> str:
    """The days of the address, for the links of the page to older rows."""
    return urlencode({name: query[name] for name in ("first", "last") if query.get(name)})
