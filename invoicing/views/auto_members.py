"""Auto-invoicing for several member accounts: choose, see it once more, confirm to enable (SC-100)."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import CustomerAccount
from accounts.views.acting import ConsoleRequest, acts
from finance_console.doors import addresses, refusals
from finance_console.doors.paging import number, page
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.domain import remarks
from invoicing.forms.auto import MembersForm
from invoicing.queries.policies import policy_of
from invoicing.services.auto.members import Candidate, Choice, candidates, enable_for_members


@dataclass(frozen=True, slots=True)
class Row:
    """A member account on the page: what can be chosen, what is chosen, and why not."""

    candidate: Candidate
    checked: bool
    title: str
    email: str
    reason: str

    @property
    def choice(self) -> Choice:
        return Choice(
            customer_id=self.candidate.customer.pk,
            title_id=int(self.title) if self.title.isdecimal() else 0,
            email=self.email,
        )

    @property
    def title_name(self) -> str:
        return next(
            (title.name for title in self.candidate.titles if str(title.pk) == self.title), ""
        )


@require_http_methods(["GET", "POST"])
@acts
def auto_members(request: ConsoleRequest) -> HttpResponse:
    """Accounts without permission, title or recipient are shown, unselectable, with the reason."""
    manager = request.acting.customer
    if not manager.members.exists():
        raise Http404
    certified = manager.certifications.order_by("-version").first()
    form = MembersForm(request.POST or None, policy=policy_of(manager), certification=certified)
    members_page = page(manager.members.all(), number(request.GET))
    rows = [_row(candidate, request.POST) for candidate in candidates(manager, members_page.rows)]
    context = {"form": form, "rows": rows, "page": members_page, "error": ""}
    if request.method == "GET" or "edit" in request.POST:
        return render(request, "invoicing/auto_members.html", context)
    chosen = [row for row in rows if row.checked]
    if form.is_valid() and chosen and "confirm" not in request.POST:
        wishes = remarks.lint(form.cleaned_data["note"], policy_of(manager).remark_words)
        context |= {"chosen": chosen, "type": form.chosen_type.label, "remark_words": wishes}
        return render(request, "invoicing/auto_members_confirm.html", context)
    if form.is_valid():
        try:
            done = _enable(request, manager, form, chosen)
        except DomainError as error:
            context["error"] = refusals.sentence(error)
        else:
            words = ngettext(
                "Auto-invoicing is on for %(count)s account.",
                "Auto-invoicing is on for %(count)s accounts.",
                done,
            )
            messages.success(request, words % {"count": done})
            return addresses.redirect("invoicing:auto_members")
    return render(request, "invoicing/auto_members.html", context, status=refusals.UNPROCESSABLE)


def _enable(
    request: ConsoleRequest, manager: CustomerAccount, form: MembersForm, chosen: list[Row]
) -> int:
    kind = form.chosen_type
    return enable_for_members(
        manager=manager,
        choices=[row.choice for row in chosen],
        kind=kind.kind,
        medium=kind.medium,
        note=form.cleaned_data["note"],
        by=request.user,
        at=moment(),
    )


def _row(candidate: Candidate, data: QueryDict) -> Row:
    pk, settings = candidate.customer.pk, candidate.settings
    first_title = str(candidate.titles[0].pk) if candidate.titles else ""
    first_email = candidate.emails[0] if candidate.emails else ""
    if settings is not None:
        first_title = str(settings.title_id)
        first_email = settings.recipient_email or first_email
    return Row(
        candidate=candidate,
        checked=candidate.refusal is None and str(pk) in data.getlist("member"),
        title=data.get(f"title-{pk}", first_title),
        email=data.get(f"email-{pk}", first_email),
        reason=refusals.sentence(candidate.refusal) if candidate.refusal else "",
    )
