"""Titles and recipients: the page with all of them, and what is done with a title."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.services.requests.certifying import in_force
from accounts.views.acting import ConsoleRequest, acts, console
from accounts.views.submitting import keyed
from finance_console.doors import addresses
from finance_console.doors.refusals import UNPROCESSABLE, sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.domain.title_rules import PARTY_FIELDS
from invoicing.forms.titles import TitleForm
from invoicing.models import InvoiceTitle
from invoicing.presenters.titles import titles_page
from invoicing.services.titles.keeping import (
    delete_title,
    make_default,
    save_title,
    update_to_certification,
)


@require_GET
@console
def titles(request: ConsoleRequest) -> HttpResponse:
    """Titles, applications for titles, emails and mailing addresses, defaults first."""
    return render(request, "invoicing/titles.html", titles_page(request.acting.customer))


@require_http_methods(["GET", "POST"])
@acts
@keyed
def title_edit(request: ConsoleRequest, title_id: int | None = None) -> HttpResponse:
    """Add a title, or change one."""
    title = own_title(request, title_id) if title_id else None
    initial = {} if title else _certified(request)
    form = TitleForm(
        request.POST or None,
        instance=title,
        initial=initial,
        label_suffix="",
        customer=request.acting.customer,
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            save_title(
                customer=request.acting.customer,
                fields={name: values[name] for name in ("type", *PARTY_FIELDS)},
                is_default=values["is_default"],
                title_id=title_id,
                by=request.user,
                at=moment(),
            )
        except DomainError as error:
            form.add_error(None, sentence(error))
        else:
            for name in form.namesakes:
                words = gettext(
                    "Your title %(name)s has the same tax ID: one of the two may be wrong."
                )
                messages.warning(request, words % {"name": name})
            return saved(request, gettext("The title is saved."))
    heading = gettext("Change the title") if title else gettext("Add a title")
    return form_page(request, form, heading)


@require_POST
@acts
def title_default(request: ConsoleRequest, title_id: int) -> HttpResponse:
    """Use this title unless another one is chosen."""
    title = own_title(request, title_id)
    make_default(customer=request.acting.customer, title_id=title.pk, by=request.user, at=moment())
    return saved(request, gettext("%(name)s is the default now.") % {"name": title.name})


@require_http_methods(["GET", "POST"])
@acts
def title_delete(request: ConsoleRequest, title_id: int) -> HttpResponse:
    """Ask once, then delete."""
    title = own_title(request, title_id)
    words = gettext("Applications and invoices keep it as it is printed on them.")
    if request.method == "GET":
        return confirm_delete(request, title.name, words)
    try:
        delete_title(
            customer=request.acting.customer, title_id=title.pk, by=request.user, at=moment()
        )
    except DomainError as error:
        return confirm_delete(request, title.name, words, error)
    return saved(request, gettext("%(name)s is deleted.") % {"name": title.name})


@require_POST
@acts
def update_titles(request: ConsoleRequest) -> HttpResponse:
    """Bring the titles up to the latest real-name information (A07)."""
    count = update_to_certification(customer=request.acting.customer, by=request.user, at=moment())
    words = ngettext("%(count)d title was updated.", "%(count)d titles were updated.", count)
    return saved(request, words % {"count": count})


def own_title(request: ConsoleRequest, title_id: int) -> InvoiceTitle:
    """The customer's own title. Raises Http404."""
    title = request.acting.customer.titles.filter(pk=title_id).first()
    if title is None:
        raise Http404
    return title


def _certified(request: ConsoleRequest) -> dict[str, str]:
    """A new title starts with the certified name: nobody types what we know (WCAG 3.3.7)."""
    known = in_force(request.acting.customer)
    return {"type": known.kind, "name": known.name, "tax_id": known.tax_id} if known else {}


def saved(request: ConsoleRequest, words: str) -> HttpResponse:
    """Back to the page of titles and recipients, with what was done."""
    messages.success(request, words)
    return addresses.redirect("invoicing:titles")


def form_page(
    request: ConsoleRequest, form: forms.BaseForm, heading: str, words: str = "", button: str = ""
) -> HttpResponse:
    """The form, with what is wrong with it."""
    context: dict[str, Any] = {
        "form": form,
        "heading": heading,
        "words": words,
        "button": button or gettext("Save"),
        "back": "invoicing:titles",
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "accounts/form.html", context, status=status)


def confirm_delete(
    request: ConsoleRequest, name: str, words: str = "", error: DomainError | None = None
) -> HttpResponse:
    """One question before something goes; with the refusal when it may not."""
    context = {"name": name, "words": words, "refusal": sentence(error) if error else ""}
    status = UNPROCESSABLE if error else 200
    return render(request, "invoicing/delete.html", context, status=status)
