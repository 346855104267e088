"""Certification in the console: what is certified, asking for it, changing name or subject, documents."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms.certification import CertificationForm, NameChangeForm
from accounts.models import CertificationRequest, CustomerAccount, UploadedFile
from accounts.services.requests.certifying import (
    cancel_certification,
    in_force,
    request_certification,
)
from accounts.views.acting import ConsoleRequest, acts, console
from accounts.views.downloads import download
from accounts.views.submitting import key_of, keyed
from finance_console.doors import addresses
from finance_console.doors.paging import number
from finance_console.doors.refusals import UNPROCESSABLE, sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError

Kind, Status = CustomerAccount.Kind, CertificationRequest.Status
SHOWN = 20
BADGES = {
    "submitted": "pending",
    "approved": "issued",
    "rejected": "rejected",
    "cancelled": "cancelled",
}
UNLOCKS = {
    Kind.INDIVIDUAL: (
        _("Ordinary invoices under your own name"),
        _("Special VAT invoices need the certification of a company or organization"),
    ),
    Kind.ENTERPRISE: (
        _("Ordinary and special VAT invoices"),
        _("Invoices carry the certified name"),
        _("Withdrawals go to a bank account under the certified name"),
    ),
    Kind.ORGANIZATION: (
        _("Ordinary and special VAT invoices"),
        _("Invoices carry the certified name"),
        _("Withdrawals go to a bank account under the certified name"),
    ),
}
"""What a certification of a kind makes possible (B25 to B28, A04, A06)."""


@require_GET
@console
def certification(request: ConsoleRequest) -> HttpResponse:
    """What is certified now, since when, what it unlocks, and what is asked for."""
    customer = request.acting.customer
    versions = list(customer.certifications.order_by("-version")[:SHOWN])
    requests = customer.certification_requests.prefetch_related("documents").order_by("-pk")
    asked = list(requests[:SHOWN])
    current = versions[0] if versions else None
    context = {
        "current": current,
        "versions": versions,
        "unlocks": UNLOCKS[Kind(current.kind)] if current else (),
        "is_company": current is not None and current.kind != Kind.INDIVIDUAL,
        "waiting": any(row.status == Status.SUBMITTED for row in asked),
        "asked": [(row, BADGES[row.status]) for row in asked],
    }
    return render(request, "accounts/certification.html", context)


@require_http_methods(["GET", "POST"])
@acts
@keyed
def certify(request: ConsoleRequest) -> HttpResponse:
    """The first certification, or a change of subject: another company, or a company after an individual."""
    current = in_force(request.acting.customer)
    options: dict[str, Any] = {"current": current, "initial": _resubmitted(request)}
    if request.method == "POST":
        form = CertificationForm(request.POST, request.FILES, **options)
    else:
        form = CertificationForm(**options)
    heading = gettext("Change of subject") if current else gettext("Certify your account")
    words = ""
    if current and current.kind == Kind.INDIVIDUAL:
        words = gettext(
            "Once you are certified as a company you cannot go back to an individual certification."
        )
    elif current:
        words = gettext("For another company or organization. Only the name changed? See there.")
    return _submit(request, form, heading, words)


@require_http_methods(["GET", "POST"])
@acts
@keyed
def change_name(request: ConsoleRequest) -> HttpResponse:
    """The same company under a new name (B52)."""
    current = in_force(request.acting.customer)
    if current is None:
        return addresses.redirect("accounts:certify")
    options: dict[str, Any] = {"current": current, "initial": _resubmitted(request)}
    if request.method == "POST":
        form = NameChangeForm(request.POST, request.FILES, **options)
    else:
        form = NameChangeForm(**options)
    words = gettext("You are certified as %(name)s; kind and tax ID stay as they are.")
    return _submit(request, form, gettext("Change of name"), words % {"name": current.name})


@require_POST
@acts
def cancel(request: ConsoleRequest, request_id: int) -> HttpResponse:
    """Take a request back that nobody has decided yet."""
    asked = _mine(request).filter(pk=request_id).first()
    if asked is None:
        raise Http404
    cancel_certification(request=asked, by=request.user, at=moment())
    messages.success(request, gettext("The request is taken back."))
    return addresses.redirect("accounts:certification")


@require_GET
@console
def upload(request: ConsoleRequest, file_id: int) -> FileResponse:
    """A file of this customer; somebody else's does not exist."""
    file = UploadedFile.objects.filter(customer=request.acting.customer, pk=file_id).first()
    if file is None:
        raise Http404
    return download(file)


def _mine(request: ConsoleRequest) -> Any:
    return request.acting.customer.certification_requests


def _resubmitted(request: ConsoleRequest) -> dict[str, str]:
    """What an earlier request said (`?again=`): nobody types it twice."""
    again = _mine(request).filter(pk=number(request.GET, "again")).first()
    return {"kind": again.kind, "name": again.name, "tax_id": again.tax_id} if again else {}


def _submit(request: ConsoleRequest, form: forms.Form, heading: str, words: str) -> HttpResponse:
    """Send the form's request, or show the form with what is wrong."""
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            request_certification(
                customer=request.acting.customer,
                kind=values["kind"],
                name=values["name"],
                tax_id=values["tax_id"],
                documents=values["documents"],
                by=request.user,
                idempotency_key=f"console:{key_of(request)}",
                at=moment(),
            )
        except DomainError as error:
            if error.code == "not_permitted":
                raise
            form.add_error(None, sentence(error))
        else:
            messages.success(request, gettext("Your request is being reviewed."))
            return addresses.redirect("accounts:certification")
    context = {
        "form": form,
        "heading": heading,
        "words": words,
        "button": gettext("Submit for review"),
        "back": "accounts:certification",
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "accounts/form.html", context, status=status)
