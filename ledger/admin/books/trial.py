"""The trial balance page: every system account per entity and currency, now or at the end of a day."""

from datetime import date

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.admin.facts import grouped
from ledger.queries.books import TrialBalance, trial_balance
from ledger.services.operators import CONTROL


def trial_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """`?day=` (ISO) for a day that is past. For controllers and whoever may view ledger accounts."""
    user = request.user
    if not (user.has_perm(CONTROL) or user.has_perm("ledger.view_ledgeraccount")):
        raise PermissionDenied
    text = request.GET.get("day", "")
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise Http404 from None
    context = {
        **site.each_context(request),
        "title": _("Trial balance"),
        "day": day,
        "currencies": [_shown(books) for books in trial_balance(day)],
    }
    return TemplateResponse(request, "admin/ledger/trial_balance.html", context)


def _shown(books: TrialBalance) -> dict[str, object]:
    return {
        "currency": books.currency,
        "rows": [
            (row.entity or "", row.words, _amount(row.debit), _amount(row.credit))
            for row in books.rows
        ],
        "debit": grouped(books.debit),
        "credit": grouped(books.credit),
        "difference": grouped(books.difference),
        "balanced": not books.difference,
    }


def _amount(value: object) -> str:
    return grouped(value) if value else ""  # type: ignore[arg-type]
