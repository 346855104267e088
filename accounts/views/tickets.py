"""Tickets in the console: the list, a new one, one with its conversation and files."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms.tickets import MessageForm, TicketForm, prefilled
from accounts.models import Ticket, TicketMessage, UploadedFile
from accounts.ports.documents import place_of
from accounts.services import tickets as service
from accounts.views.acting import ConsoleRequest, acts, console
from accounts.views.downloads import download
from accounts.views.submitting import key_of, keyed
from finance_console.doors import addresses, refusals
from finance_console.doors.paging import number, page
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError

BADGES = {"open": "pending", "answered": "approved", "closed": "issued"}
SHOWN = 200


@require_GET
@console
def tickets(request: ConsoleRequest) -> HttpResponse:
    """The customer's tickets, newest first."""
    shown = page(Ticket.objects.filter(customer=request.acting.customer), number(request.GET))
    rows = [(ticket, BADGES[ticket.status]) for ticket in shown.rows]
    return render(request, "accounts/tickets.html", {"page": shown, "rows": rows})


@require_http_methods(["GET", "POST"])
@acts
@keyed
def ticket_new(request: ConsoleRequest) -> HttpResponse:
    """Ask for something; the link that led here filled in what it knows."""
    if request.method == "POST":
        form = TicketForm(request.POST, request.FILES, customer=request.acting.customer)
    else:
        form = TicketForm(initial=prefilled(request.GET), customer=request.acting.customer)
    if form.is_valid():
        values = form.cleaned_data
        try:
            ticket = service.open_ticket(
                customer=request.acting.customer,
                topic=values["topic"],
                subject=values["subject"],
                text=values["text"],
                about=values["about"],
                files=values["attachments"],
                by=request.user,
                idempotency_key=f"console:{key_of(request)}",
                at=moment(),
            )
        except DomainError as error:
            _explain(form, error)
        else:
            words = gettext("Your ticket is %(number)s. We answer here and by email.")
            messages.success(request, words % {"number": ticket.number})
            return addresses.redirect("accounts:ticket", ticket.pk)
    status = refusals.UNPROCESSABLE if form.is_bound else 200
    return render(request, "accounts/ticket_new.html", {"form": form}, status=status)


@require_GET
@console
@keyed
def ticket(request: ConsoleRequest, ticket_id: int) -> HttpResponse:
    """One ticket: its conversation, what staff prepared, and a place to write."""
    return _page(request, _mine(request, ticket_id), MessageForm())


@require_POST
@acts
def ticket_write(request: ConsoleRequest, ticket_id: int) -> HttpResponse:
    """Write again; the ticket waits for staff then."""
    ticket = _mine(request, ticket_id)
    form = MessageForm(request.POST, request.FILES)
    if form.is_valid():
        values = form.cleaned_data
        try:
            service.ask_again(
                ticket=ticket,
                text=values["text"],
                files=values["attachments"],
                by=request.user,
                idempotency_key=f"console:{key_of(request)}",
                at=moment(),
            )
        except DomainError as error:
            _explain(form, error)
        else:
            return addresses.redirect("accounts:ticket", ticket.pk)
    return _page(request, ticket, form, refusals.UNPROCESSABLE)


@require_POST
@acts
def ticket_close(request: ConsoleRequest, ticket_id: int) -> HttpResponse:
    """Nothing is left to say."""
    ticket = _mine(request, ticket_id)
    service.close(ticket=ticket, by=request.user, at=moment())
    messages.success(request, gettext("%(number)s is closed.") % {"number": ticket.number})
    return addresses.redirect("accounts:ticket", ticket.pk)


@require_GET
@console
def ticket_file(request: ConsoleRequest, ticket_id: int, file_id: int) -> FileResponse:
    """A file of the conversation, to save."""
    written = TicketMessage.objects.filter(ticket__customer=request.acting.customer)
    files = UploadedFile.objects.filter(
        customer=request.acting.customer,
        pk__in=written.filter(ticket=ticket_id, files=file_id).values("files"),
    )
    file = files.filter(pk=file_id).first()
    if file is None:
        raise Http404
    return download(file)


def _mine(request: ConsoleRequest, ticket_id: int) -> Ticket:
    """The ticket with what hangs on it: the documents of the apps above are read by their names."""
    mine = Ticket.objects.filter(customer=request.acting.customer, pk=ticket_id)
    papers = mine.select_related("invoice_copy__invoice")
    ticket = papers.prefetch_related("proformas__entity", "proformas__sealed_scan").first()
    if ticket is None:
        raise Http404
    return ticket


def _page(
    request: ConsoleRequest, ticket: Ticket, form: MessageForm, status: int = 200
) -> HttpResponse:
    written = ticket.messages.select_related("author").order_by("-pk")
    files = Prefetch("files", UploadedFile.objects.order_by("pk"))
    place = place_of.given(request.acting.customer, ticket.about) if ticket.about else None
    context: dict[str, Any] = {
        "ticket": ticket,
        "about_href": addresses.url(place.page, *place.keys) if place else "",
        "badge": BADGES[ticket.status],
        "written": reversed(written.prefetch_related(files)[:SHOWN]),
        "form": form,
    }
    return render(request, "accounts/ticket.html", context, status=status)


def _explain(form: MessageForm, error: DomainError) -> None:
    form.add_error(
        "attachments" if error.code == "materials_missing" else None, refusals.sentence(error)
    )
