"""Taking an invoice back: asking for its credit, following that, correcting it in one step, deficits."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.views.acting import ConsoleRequest, acts, console
from accounts.views.submitting import key_of, keyed
from finance_console.doors import addresses, refusals
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.kernel.writing import money
from invoicing.forms.credit import PAPER, CreditForm, ReissueForm
from invoicing.forms.selection import selected
from invoicing.models import CreditRequest, Invoice, Offset
from invoicing.queries import deficits as workbench
from invoicing.queries.invoiceable import invoices_of
from invoicing.queries.policies import policy_of
from invoicing.services.asking import offset_alone
from invoicing.services.crediting import reissuing, requests, rules
from invoicing.services.crediting.preview import Effect, preview_credit
from invoicing.services.deficits import offsetting, undoing
from ledger.queries.balances import withdrawable


@require_http_methods(["GET", "POST"])
@acts
@keyed
def ask(request: ConsoleRequest, invoice_id: int) -> HttpResponse:
    """What is to be credited and why; then what that would do; then it is asked for (A49, K23)."""
    invoice, at = _mine(request, invoice_id), moment()
    form = CreditForm(request.POST or None, invoice=invoice)
    refusal: DomainError | None = None
    effect: Effect | None = None
    promise: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("confirmed"):
                made = requests.request_credit(
                    invoice=invoice,
                    actor=request.user,
                    at=at,
                    idempotency_key=key_of(request),
                    **form.asked,
                )
                return addresses.redirect("invoicing:credit", made.pk)
            effect = preview_credit(invoice=invoice, actor=request.user, at=at, **form.asked)
            promise = _promise(invoice, at, form.asked)
        except DomainError as error:
            refusal = error
    context = {
        "invoice": invoice,
        "form": form,
        "effect": effect,
        "closed": _why_not(invoice),
        "parts": rules.forms_of(invoice),
        **promise,
        **_refused(refusal),
    }
    failed = form.is_bound and not effect
    status = refusals.status(refusal) if refusal else 422 if failed else 200
    return render(request, "invoicing/credit_ask.html", context, status=status)


def _promise(invoice: Invoice, at: datetime, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Who will decide, and by when (D22)."""
    amount = asked["amount"] or rules.left_to_credit(invoice)
    evidence = {"recorded": asked["recorded"], "certified": asked["certified"]}
    return {
        "alone": rules.by_itself(invoice, amount, **evidence),
        "promised": rules.promised_by(invoice, amount, at, **evidence),
    }


def _why_not(invoice: Invoice, *checks: Callable[[Invoice], None]) -> str:
    """Why the invoice cannot be credited at all now; "" when it can."""
    try:
        for check in (rules.check_creditable, *checks):
            check(invoice)
    except DomainError as error:
        return refusals.sentence(error)
    return ""


@require_GET
@console
def credit(request: ConsoleRequest, request_id: int) -> HttpResponse:
    """Where a credit request stands: what is missing, what was decided, the credit note."""
    credit_request = _my_request(request, request_id)
    context = {
        "found": credit_request,
        "invoice": credit_request.invoice,
        "note": getattr(credit_request, "credit_note", None),
        "is_open": credit_request.status in CreditRequest.OPEN,
        "parts": rules.forms_of(credit_request.invoice),
    }
    return render(request, "invoicing/credit.html", context)


@require_POST
@acts
def cancel(request: ConsoleRequest, request_id: int) -> HttpResponse:
    """The customer takes the request back; the invoice is as before."""
    credit_request = _my_request(request, request_id)
    requests.cancel_credit(request=credit_request, actor=request.user, at=moment())
    messages.success(request, gettext("The request is taken back. The invoice is as before."))
    return addresses.redirect("invoicing:credit", credit_request.pk)


@require_http_methods(["GET", "POST"])
@acts
@keyed
def reissue(request: ConsoleRequest, invoice_id: int) -> HttpResponse:
    """Credit and apply again in one step, with another title or remark (B54, SC-86)."""
    invoice = _mine(request, invoice_id)
    form = ReissueForm(request.POST or None, invoice=invoice)
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = reissuing.reissue(
                invoice=invoice,
                actor=request.user,
                at=moment(),
                idempotency_key=key_of(request),
                title_id=form.cleaned_data["title"],
                remarks=form.cleaned_data["remarks"],
            )
        except DomainError as error:
            refusal = error
        else:
            return addresses.redirect("invoicing:submitted", made.pk)
    closed = _why_not(invoice, rules.check_at_once)
    if invoice.medium == PAPER:
        closed = refusals.sentence(DomainError("electronic_only"))
    context = {
        "invoice": invoice,
        "form": form,
        "left": rules.left_to_credit(invoice),
        "closed": closed,
        **_refused(refusal),
    }
    status = refusals.status(refusal) if refusal else 422 if form.is_bound else 200
    return render(request, "invoicing/reissue.html", context, status=status)


@require_GET
@console
def deficits(request: ConsoleRequest) -> HttpResponse:
    """Each deficit with where it comes from and how it ends; the offsets made, undone where unused."""
    customer, at = request.acting.customer, moment()
    rows = workbench.of(customer, at)
    context = {
        "found": rows,
        "can_offset": any(row.offsets for row in rows),
        "held": withdrawable(customer).held if rows else None,
        "offsets": workbench.offsets(customer),
        "can_undo": policy_of(customer).offset_timing != "eager",
    }
    return render(request, "invoicing/deficits.html", context)


@require_POST
@acts
def offset(request: ConsoleRequest) -> HttpResponse:
    """Offset the deficits with what is open now, or just with what was selected and shown (D07)."""
    customer, at, seen = request.acting.customer, moment(), request.POST.get("plan_hash", "")
    if seen:
        ask = selected(request.POST, policy_of(customer), customer.currency)
        done = offset_alone.offset_selected(
            customer=customer, ask=ask, at=at, actor=request.user, plan_hash=seen
        )
    else:
        done = offsetting.offset_now(customer=customer, at=at)
    words = (
        gettext("Offset: %(amount)s.")
        if done
        else gettext("Nothing open has the same tax category.")
    )
    messages.success(request, words % {"amount": money(done)} if done else words)
    return addresses.redirect("invoicing:deficits")


@require_POST
@acts
def undo_offset(request: ConsoleRequest, offset_id: int) -> HttpResponse:
    """Take an unused offset back."""
    pair = Offset.objects.filter(pk=offset_id, item__customer=request.acting.customer).first()
    if pair is None:
        raise Http404
    undoing.undo_offset(offset=pair, actor=request.user, at=moment())
    messages.success(request, gettext("The offset is undone."))
    return addresses.redirect("invoicing:deficits")


def _refused(refusal: DomainError | None) -> dict[str, Any]:
    return {
        "error": refusals.sentence(refusal) if refusal else "",
        "remedy": refusals.remedy(refusal) if refusal else None,
    }


def _mine(request: ConsoleRequest, invoice_id: int) -> Invoice:
    issued = invoices_of(request.acting.customer).filter(pk=invoice_id, number__isnull=False)
    invoice: Invoice | None = issued.select_related("application__customer", "entity").first()
    if invoice is None:
        raise Http404
    return invoice


def _my_request(request: ConsoleRequest, request_id: int) -> CreditRequest:
    mine = CreditRequest.objects.filter(customer=request.acting.customer, pk=request_id)
    credit_request: CreditRequest | None = mine.select_related(
        "invoice__application", "invoice__entity", "credit_note", "original"
    ).first()
    if credit_request is None:
        raise Http404
    return credit_request
