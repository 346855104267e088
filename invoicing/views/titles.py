"""Titles and recipients: whose name stands on invoices and where they go."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.acting import ConsoleRequest, acts, console
from accounts.forms import AddressForm, EmailForm
from accounts.services.recipients import add_address, add_email
from finance_console.refusals import UNPROCESSABLE
from invoicing.forms import TitleForm
from invoicing.services.asking import PARTY_FIELDS
from invoicing.services.titles import save_title


@require_GET
@console
def titles(request: ConsoleRequest) -> HttpResponse:
    """Titles, emails and mailing addresses, defaults first."""
    customer = request.acting.customer
    context = {
        "titles": customer.titles.order_by("-is_default", "pk"),
        "emails": customer.emails.order_by("-is_default", "pk"),
        "addresses": customer.addresses.order_by("-is_default", "pk"),
        "certification": customer.certifications.order_by("-version").first(),
    }
    return render(request, "invoicing/titles.html", context)


@require_http_methods(["GET", "POST"])
@acts
def title_edit(request: ConsoleRequest, title_id: int | None = None) -> HttpResponse:
    """Add a title, or change one."""
    customer = request.acting.customer
    title = customer.titles.filter(pk=title_id).first() if title_id else None
    if title_id and title is None:
        raise Http404
    initial = {} if title else _certified(request)
    form = TitleForm(request.POST or None, instance=title, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        save_title(
            customer=customer,
            fields={name: values[name] for name in ("type", *PARTY_FIELDS)},
            is_default=values["is_default"],
            title_id=title_id,
        )
        return _saved(request, gettext("The title is saved."))
    heading = gettext("Change the title") if title else gettext("Add a title")
    return _form_page(request, form, heading)


def _certified(request: ConsoleRequest) -> dict[str, str]:
    """A new title starts with the certified name: nobody types what we know (WCAG 3.3.7)."""
    known = request.acting.customer.certifications.order_by("-version").first()
    return {"type": known.kind, "name": known.name, "tax_id": known.tax_id} if known else {}


@require_http_methods(["GET", "POST"])
@acts
def email_add(request: ConsoleRequest) -> HttpResponse:
    """Add an email for electronic invoices."""
    form = EmailForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        add_email(
            customer=request.acting.customer,
            email=values["email"],
            is_default=values["is_default"],
        )
        return _saved(request, gettext("The email is saved."))
    return _form_page(request, form, gettext("Add a recipient email"))


@require_http_methods(["GET", "POST"])
@acts
def address_add(request: ConsoleRequest) -> HttpResponse:
    """Add a mailing address for paper invoices."""
    form = AddressForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        add_address(customer=request.acting.customer, **form.cleaned_data)
        return _saved(request, gettext("The address is saved."))
    return _form_page(request, form, gettext("Add a mailing address"))


def _saved(request: ConsoleRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("invoicing:titles")


def _form_page(request: ConsoleRequest, form: forms.BaseForm, heading: str) -> HttpResponse:
    status = UNPROCESSABLE if form.is_bound else 200
    context: dict[str, Any] = {"form": form, "heading": heading}
    return render(request, "invoicing/title_form.html", context, status=status)
