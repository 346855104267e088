"""Recipient emails and mailing addresses: add, change, choose the default, delete."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.account import AddressForm, EmailForm
from accounts.models import Address, RecipientEmail
from accounts.services.recipients import (
    FIELDS,
    Recipient,
    add_address,
    add_email,
    change_address,
    choose_default,
)
from accounts.views.acting import ConsoleRequest, acts
from accounts.views.submitting import keyed
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.services.titles.recipients import delete_address, delete_email
from invoicing.views.titles import confirm_delete, form_page, saved


@require_http_methods(["GET", "POST"])
@acts
@keyed
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
        return saved(request, gettext("The email is saved."))
    return form_page(request, form, gettext("Add a recipient email"))


@require_POST
@acts
def email_default(request: ConsoleRequest, email_id: int) -> HttpResponse:
    """Send to this email unless another one is chosen."""
    return _default(request, RecipientEmail, email_id)


@require_http_methods(["GET", "POST"])
@acts
def email_delete(request: ConsoleRequest, email_id: int) -> HttpResponse:
    """Ask once, then delete."""
    row = _own(request, RecipientEmail, email_id)
    if request.method == "GET":
        return confirm_delete(request, str(row))
    try:
        delete_email(
            customer=request.acting.customer, email_id=row.pk, by=request.user, at=moment()
        )
    except DomainError as error:
        return confirm_delete(request, str(row), error=error)
    return _deleted(request, row)


@require_http_methods(["GET", "POST"])
@acts
@keyed
def address_edit(request: ConsoleRequest, address_id: int | None = None) -> HttpResponse:
    """Add a mailing address for paper invoices, or change one."""
    row = _own(request, Address, address_id) if address_id else None
    form = AddressForm(request.POST or None, instance=row, label_suffix="")
    if request.method == "POST" and form.is_valid():
        values, customer = form.cleaned_data, request.acting.customer
        if row is None:
            add_address(customer=customer, **values)
        else:
            change_address(
                customer=customer,
                address_id=row.pk,
                fields={name: values[name] for name in FIELDS},
                is_default=values["is_default"],
                by=request.user,
                at=moment(),
            )
        return saved(request, gettext("The address is saved."))
    heading = gettext("Change the address") if row else gettext("Add a mailing address")
    words = gettext("Applications that are under way keep the address they were sent with.")
    return form_page(request, form, heading, words if row else "")


@require_POST
@acts
def address_default(request: ConsoleRequest, address_id: int) -> HttpResponse:
    """Send to this address unless another one is chosen."""
    return _default(request, Address, address_id)


@require_http_methods(["GET", "POST"])
@acts
def address_delete(request: ConsoleRequest, address_id: int) -> HttpResponse:
    """Ask once, then delete."""
    row = _own(request, Address, address_id)
    if request.method == "GET":
        return confirm_delete(request, str(row))
    try:
        delete_address(
            customer=request.acting.customer, address_id=row.pk, by=request.user, at=moment()
        )
    except DomainError as error:
        return confirm_delete(request, str(row), error=error)
    return _deleted(request, row)


def _own(request: ConsoleRequest, model: type[Recipient], pk: int) -> Recipient:
    row: Recipient | None = model._default_manager.filter(
        customer=request.acting.customer, pk=pk
    ).first()
    if row is None:
        raise Http404
    return row


def _default(request: ConsoleRequest, model: type[Recipient], pk: int) -> HttpResponse:
    row = _own(request, model, pk)
    choose_default(
        customer=request.acting.customer, model=model, pk=row.pk, by=request.user, at=moment()
    )
    return saved(request, gettext("%(name)s is the default now.") % {"name": row})


def _deleted(request: ConsoleRequest, row: Recipient) -> HttpResponse:
    return saved(request, gettext("%(name)s is deleted.") % {"name": row})
