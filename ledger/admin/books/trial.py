"""The trial balance page: every system account per entity and currency, now or at the end of a day."""

from typing import Any

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from finance_console.kernel.calendar import parse_day
from finance_console.kernel.writing import money
from ledger.queries.books import TrialBalance, trial_balance


def trial_page(query: QueryDict) -> dict[str, Any]:
    """What the page shows; `?day=` (ISO) for a day that is past. Raises Http404 for no day."""
    text = query.get("day", "")
    try:
        day = parse_day(text) if text else None
    except ValueError:
        raise Http404 from None
    return {
        "title": _("Trial balance"),
        "day": day,
        "currencies": [_shown(books) for books in trial_balance(day)],
    }


def _shown(books: TrialBalance) -> dict[str, object]:
    return {
        "currency": books.currency,
        "rows": [
            (row.entity or "", row.words, _amount(row.debit), _amount(row.credit))
            for row in books.rows
        ],
        "debit": money(books.debit),
        "credit": money(books.credit),
        "difference": money(books.difference),
        "balanced": not books.difference,
    }


def _amount(value: object) -> str:
    return money(value) if value else ""  # type: ignore[arg-type]
