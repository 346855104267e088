"""Applying for invoices: after the selection (`selecting`), the exact preview to confirm, then submitted."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.services.recipients import default_address
from accounts.views.acting import ConsoleRequest, acts
from accounts.views.submitting import key_of, keyed
from finance_console.doors import addresses, refusals
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount
from invoicing.domain import remarks
from invoicing.domain.profiles import Policy
from invoicing.forms.application import ApplicationForm
from invoicing.forms.selection import Selection, again
from invoicing.models import InvoiceApplication
from invoicing.presenters.applications import application_row, timeline
from invoicing.presenters.plan import plan_view
from invoicing.presenters.types import sent_within
from invoicing.queries import listings
from invoicing.queries.askable import askable
from invoicing.queries.policies import policy_of
from invoicing.services.asking import applying, members, previewing
from invoicing.services.asking.fixed_fields import log_fixed_fields
from invoicing.services.asking.terms import Ask
from invoicing.services.reviewing import changing
from invoicing.views.changed import changed_by, terms_of_application
from invoicing.views.selecting import select_page

AT_CONFIRM = {
    "title_missing",
    "title_incomplete",
    "title_mismatch",
    "no_address",
    "no_recipient",
    "kind_not_allowed",
    "medium_not_allowed",
    "enterprise_certification_required",
    "remarks_too_long",
    "plan_changed",
    "confirm_amount_changed",
    "reference_conflict",
}
"""Refusals that are put right on the confirm page; all others lead back to the selection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step2:
    """What the confirm page works with: the selection, the form, and the wish out of both.

    `changes`: the pending application that is asked for anew.
    """

    selection: Selection
    form: ApplicationForm
    policy: Policy
    ask: Ask
    changes: InvoiceApplication | None = None


@require_http_methods(["GET", "POST"])
@acts
@keyed
def confirm(request: ConsoleRequest) -> HttpResponse:
    """Step 2: the exact preview; posting submits it, or shows it anew for other terms."""
    at, data = moment(), request.POST if request.method == "POST" else request.GET
    try:
        step = _read(request, data)
    except DomainError as error:
        return select_page(request, data, at, error)
    if request.method != "POST" or "update" in data:
        return _confirm_page(request, step, at)
    if not step.form.is_valid():
        return _confirm_page(request, step, at, status=refusals.UNPROCESSABLE)
    if step.policy.confirm_amount and not data.get("confirm_amount"):
        problem = gettext("Tick the box: you approve the amount before it is submitted.")
        return _confirm_page(request, step, at, problem=problem, status=refusals.UNPROCESSABLE)
    if (words := _words(step)) and data.get("words_seen") != " ".join(words):
        return _confirm_page(request, step, at, status=refusals.UNPROCESSABLE)
    try:
        application = _submit(request, step, at)
    except DomainError as error:
        if error.code in AT_CONFIRM:
            return _confirm_page(request, step, at, error=error)
        if step.changes is not None:
            raise
        return select_page(request, data, at, error)
    log_fixed_fields(application=application, sent=dict(data.lists()), by=request.user, at=at)
    return addresses.redirect("invoicing:submitted", application.pk)


def _submit(request: ConsoleRequest, step: Step2, at: datetime) -> InvoiceApplication:
    """Submit it, in the place of the application that it changes if there is one."""
    data = _data(request)
    wish: dict[str, Any] = {
        "ask": step.ask,
        "at": at,
        "actor": request.user,
        "idempotency_key": f"console:{key_of(request)}",
        "plan_hash": data.get("plan_hash", ""),
        "shown": _shown(data, step.ask),
        "confirm_amount": _amount(data.get("confirm_amount", "")),
    }
    if step.changes is not None:
        return changing.change(application=step.changes, **wish)
    return applying.submit(customer=request.acting.customer, **wish)


def _read(request: ConsoleRequest, data: QueryDict) -> Step2:
    """Raises `invalid_amount`, `nothing_selected`, Http404."""
    customer = request.acting.customer
    policy, changes = policy_of(customer), changed_by(request, data)
    selection = Selection.read(QueryDict(again(changes).query) if changes else data, policy)
    bound = data if request.method == "POST" else None
    initial = terms_of_application(changes, customer.titles.all()) if changes else {}
    form = ApplicationForm(bound, customer=customer, policy=policy, initial=initial)
    chosen = form.chosen_type
    title, email = str(form["title"].value() or ""), form["recipient_email"].value()
    ask = selection.ask(
        customer.currency,
        kind=chosen.kind if chosen else "general",
        medium=chosen.medium if chosen else None,
        title_id=int(title) if title in {str(row.pk) for row in form.titles} else None,
        model=form.chosen_model,
        remarks=_typed_remarks(bound) if bound is not None else initial.get("remarks"),
        remark_parts=form.ticked if bound is not None or changes else None,
        recipient_email=email if email in {row.email for row in form.emails} else None,
    )
    return Step2(selection=selection, form=form, policy=policy, ask=ask, changes=changes)


def _words(step: Step2) -> list[str]:
    """Words in the remarks that may get the application returned (A45)."""
    return remarks.lint(step.form["remarks"].value() or "", step.policy.remark_words)


def _shown(data: QueryDict, ask: Ask) -> Ask:
    """The wish whose preview was on the page: what the customer chose on it since is no surprise."""
    title = data.get("shown_title", "")
    return replace(
        ask,
        kind=data.get("shown_kind", ask.kind),
        medium=data.get("shown_medium", ask.medium),
        title_id=int(title)
        if title.isascii() and title.isdigit() and len(title) < 19
        else ask.title_id,
        model=data.get("shown_model", ask.model),
    )


def _typed_remarks(bound: QueryDict | None) -> str | None:
    """What was typed, with the line ends a database keeps; None before anybody could type."""
    return None if bound is None else bound.get("remarks", "").replace("\r\n", "\n").strip()


def _confirm_page(
    request: ConsoleRequest,
    step: Step2,
    at: datetime,
    *,
    error: DomainError | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page with the preview as it is now; without one when the terms do not allow any."""
    if step.changes is None:
        return _shown_page(request, step, at, error=error, problem=problem, status=status)
    with changing.as_taken_back(application=step.changes, ask=step.ask, actor=request.user, at=at):
        return _shown_page(request, step, at, error=error, problem=problem, status=status)


def _shown_page(
    request: ConsoleRequest,
    step: Step2,
    at: datetime,
    *,
    error: DomainError | None,
    problem: str,
    status: int,
) -> HttpResponse:
    customer, plan, shown, reviews_itself = request.acting.customer, None, None, False
    try:
        preview = previewing.preview(customer=customer, ask=step.ask, at=at)
    except DomainError as refusal:
        if refusal.code not in AT_CONFIRM:
            return select_page(request, _data(request), at, error or refusal)
        error = error or refusal
    else:
        owners = members.owners(customer, step.ask.members)
        plan = plan_view(preview, askable(owners, step.policy, at).total)
        if not plan.rows:
            return render(request, "invoicing/offset_alone.html", {"step": step, "plan": plan})
        shown, reviews_itself = preview.terms, preview.reviews_itself
        words, parts = remarks.decompose(preview.remarks, preview.terms.buyer)
        step.form.initial.update(remarks=words, remark_parts=parts)
    text = step.form["remarks"].value() or ""
    words_found, chosen = _words(step), step.form.chosen_type
    paper = chosen is not None and chosen.medium == InvoiceApplication.Medium.PAPER
    context = {
        "step": step,
        "form": step.form,
        "plan": plan,
        "shown": shown,
        "error": problem or (refusals.sentence(error) if error else ""),
        "remedy": refusals.remedy(error) if error else None,
        "seen_total": _amount(_data(request).get("seen_total", "")),
        "changed": error is not None and error.code == "plan_changed",
        "remark_words": words_found,
        "words_seen": " ".join(words_found),
        "remark_count": len(text),
        "remark_limit": remarks.LIMIT,
        "may_withdraw": _may_withdraw(step),
        "paper": paper,
        "address": default_address(customer) if paper else "",
        "sent": sent_within(step.policy),
        "reviews_itself": reviews_itself,
    }
    code = refusals.status(error) if error else status
    return render(request, "invoicing/confirm.html", context, status=code)


def _may_withdraw(step: Step2) -> str:
    chosen = step.form.chosen_type
    return step.policy.cancel_window[chosen.medium] if chosen else "never"


def _data(request: ConsoleRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _amount(text: str) -> Decimal | None:
    try:
        return parse_amount(text)
    except DomainError:
        return None


@require_GET
@acts
def submitted(request: ConsoleRequest, application_id: int) -> HttpResponse:
    """Step 3: the number, what happens next, and the way back."""
    application = listings.application_detail(request.acting.customer, application_id)
    if application is None:
        raise Http404
    context = {
        "row": application_row(application, request.user, moment()),
        "steps": timeline(application, list(application.changes.all())),
        "members": listings.covered(application),
    }
    return render(request, "invoicing/submitted.html", context)
