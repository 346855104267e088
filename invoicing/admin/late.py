"""The list of broken promises in the admin: what is late, how late, and a second try for what was given up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.desk import Desk, Route
from accounts.admin.holidays import warn_of_missing_years
from accounts.models import CustomerAccount, User
from finance_console.doors import paging
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.channels import NO_ANSWER
from invoicing.models import CreditRequest, Invoice, InvoiceApplication
from invoicing.presenters.deadline import Deadline, deadline
from invoicing.queries import late
from invoicing.services.crediting.invoice_actions import SHIP
from invoicing.services.issuing import sweeping
from invoicing.services.roles import REVIEW

PAGE = 50
PROBLEMS: Mapping[str, Any] = {
    NO_ANSWER: gettext_lazy("No answer yet: it may exist already"),
    "refused_by_channel": gettext_lazy("Refused by the channel"),
}
UNPRINTABLE = frozenset({"hidden_characters", "not_printable"})
OF_INVOICE = ("application__customer", "entity")
RELATED: Mapping[str, Sequence[str]] = {
    "shipping": OF_INVOICE,
    "files": OF_INVOICE,
    "credit_files": ("invoice__application__customer", "invoice__entity"),
    "credit": ("invoice__application__customer",),
}


@dataclass(frozen=True, slots=True)
class LateRow:
    """A row of the list: what it is about, how late it is, and what the channel or the renderer said last."""

    application: InvoiceApplication
    invoice: Invoice | None
    deadline: Deadline | None
    problem: str | Promise
    credit: CreditRequest | None = None

    @property
    def customer(self) -> CustomerAccount:
        return self.application.customer


@dataclass(frozen=True, slots=True)
class LatePage:
    """A page of a kind; `next_from` continues behind it, None on the last page."""

    rows: Sequence[LateRow]
    next_from: int | None


def page(kind: late.Kind, at: datetime, behind: int | None = None) -> LatePage:
    """A page in at most three queries; `behind`: the row to continue after."""
    rows_late = late.late(kind, at)
    if behind and (last := rows_late.model._default_manager.filter(pk=behind).first()):
        rows_late = late.behind(kind, rows_late, last)
    rows = list(rows_late.select_related(*RELATED.get(kind.code, ("customer",)))[: PAGE + 1])
    shown = rows[:PAGE]
    problems = _problems(shown) if kind.code not in RELATED else {}
    return LatePage(
        [_row(kind, row, at, problems) for row in shown],
        shown[-1].pk if len(rows) > PAGE else None,
    )


def _row(kind: late.Kind, row: Any, at: datetime, problems: Mapping[int, str]) -> LateRow:
    credit = row if isinstance(row, CreditRequest) else None
    invoice = row if isinstance(row, Invoice) else getattr(row, "invoice", None)
    application = invoice.application if invoice else row
    due = row.issue_breach_at if kind.code == "parked" else getattr(row, kind.due)
    problem = problems.get(application.pk, "")
    if kind.code in ("files", "credit_files"):
        problem = row.filing_problem
    words = deadline(due, at, application.customer.tz) if due else None
    return LateRow(application, invoice, words, problem_words(problem), credit)


def problem_words(problem: str) -> str | Promise:
    """A noted problem in the language of the page; what nobody has words for stays as it is."""
    code, _, characters = problem.partition(": ")
    if code in UNPRINTABLE:
        return sentence(DomainError(code, characters=characters))
    return PROBLEMS.get(problem, problem)


def _problems(applications: Sequence[InvoiceApplication]) -> dict[int, str]:
    """The last word of the channel, by application. One query."""
    failed = Invoice.objects.filter(application__in=applications, status=Invoice.Status.FAILED)
    return dict(failed.order_by("pk").values_list("application", "problem"))


class LatePages(Desk):
    """The addresses of the list, for the admin of applications."""

    routes: tuple[Route, ...] = (
        Route(address="late/", view="late_view", name="late", permission="", only="GET"),
        Route(address="<int:pk>/retry/", view="retry_view", name="retry", only="POST"),
    )

    def late_view(self, request: HttpRequest) -> HttpResponse:
        """What is late, the longest overdue first; `?kind=`, `?behind=` continues a long list."""
        warn_of_missing_years(request)
        at = moment()
        kind = late.KINDS.get(request.GET.get("kind", ""), late.KINDS["review"])
        return self.show(
            request,
            "admin/invoicing/late.html",
            title=_("Late"),
            kind=kind,
            kinds=[
                (late.KINDS[code], number, code == kind.code)
                for code, number in shown_counts(at).items()
            ],
            page=page(kind, at, paging.number(request.GET, "behind")),
            may_retry=request.user.has_perm(REVIEW),
            may_ship=request.user.has_perm(SHIP),
        )

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try a parked application again now. POST only."""
        application = self.row(pk)

        def act(by: User, at: datetime) -> str:
            sweeping.retry_parked(application=application, by=by, at=at)
            return _("%(number)s is tried again now.") % {"number": application.number}

        parked = f"{self.url('late')}?kind=parked"
        return self.carry_out(request, act, to=parked, about=application)


def warn_of_delays(request: HttpRequest) -> None:
    """A warning on this page that counts what is late or given up, when anything is."""
    late_kinds = [
        f"{late.KINDS[code].label} {number}"
        for code, number in shown_counts(moment()).items()
        if number != "0"
    ]
    if late_kinds:
        messages.warning(
            request, _("Promises are broken: %(kinds)s.") % {"kinds": ", ".join(late_kinds)}
        )


def shown_counts(at: datetime) -> dict[str, str]:
    """How many of each kind, as people read it: "99+" when there are more."""
    limit = late.COUNT_LIMIT
    return {
        code: f"{limit}+" if number > limit else str(number)
        for code, number in late.counts(at).items()
    }
