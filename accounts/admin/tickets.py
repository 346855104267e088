"""Tickets in the admin: what waits for an answer, oldest first, and one page with the conversation."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.desk import Desk, Route, person_with
from accounts.admin.facts import coded, coded_filter
from accounts.admin.waiting import only_waiting, waiting
from accounts.forms.tickets import MessageForm
from accounts.models import Ticket, TicketMessage, UploadedFile, User
from accounts.ports.documents import place_of
from accounts.services import tickets as service
from accounts.services.customers.locking import lock_again
from accounts.views.downloads import download_as_staff
from accounts.views.submitting import key_of
from finance_console.kernel.errors import DomainError

SHOWN = 200
STATES = {"open": _("To answer"), "answered": _("Waits for the customer"), "closed": _("Closed")}
STATUS = coded("status", _("status"), STATES)


@admin.register(Ticket)
class TicketAdmin(Desk):
    """Whoever may answer tickets does it here; others with the right to view may look."""

    list_display = ("__str__", "subject", "topic", "about", "customer", STATUS, "changed_at")
    list_select_related = ("customer",)
    list_filter = (
        waiting(_("To answer"), status=Ticket.Status.OPEN),
        coded_filter("status", _("status"), STATES),
        "topic",
    )
    search_fields = ("=id", "about", "subject", "customer__code", "customer__name")
    numbered = {"T": "id"}
    permission = service.PERMISSION
    routes = (
        Route(address="<int:pk>/answer/", view="answer_view", name="answer", only="POST"),
        Route(address="<int:pk>/close/", view="close_view", name="close", only="POST"),
        Route(
            address="<int:pk>/files/<int:file_id>/",
            view="file_view",
            name="file",
            permission="",
            only="GET",
        ),
    )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("changed_at", "pk") if only_waiting(request) else ("-pk",)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The conversation. Reading it changes nothing; nothing is saved here."""
        return self._page(request, self.opened(request, object_id), MessageForm())

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer, if nothing was written since the page was opened. POST only."""
        ticket, form = self.row(pk), MessageForm(request.POST, request.FILES)

        def act(by: User, at: datetime) -> str:
            values = form.cleaned_data
            locked = lock_again(ticket)
            if seen(locked) != request.POST.get("seen"):
                raise DomainError("changed_meanwhile")
            service.answer(
                ticket=locked,
                text=values["text"],
                files=values["attachments"],
                by=by,
                idempotency_key=f"staff:{key_of(request)}",
                at=at,
            )
            words = gettext("%(number)s is answered. The customer gets a message.")
            return words % {"number": locked.number}

        answered = self.fill(
            request, form, act, to=f"{self.url('changelist')}?waiting=yes", about=ticket
        )
        return answered or self._page(request, ticket, form)

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close it; the customer is told. POST only."""
        ticket = self.row(pk)

        def act(by: User, at: datetime) -> str:
            service.close(ticket=ticket, by=by, at=at)
            return gettext("%(number)s is closed.") % {"number": ticket.number}

        return self.carry_out(request, act, to=self.url("change", pk), about=ticket)

    def file_view(self, request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
        """A file of the conversation; who reads it leaves a line in the log."""
        ticket = self.row(pk)
        written = TicketMessage.objects.filter(ticket=pk, files=file_id).values("files")
        file = UploadedFile.objects.filter(pk=file_id, pk__in=written).first()
        if file is None:
            raise Http404
        reader = person_with(request, "")
        return download_as_staff(file, reader.get_username(), ticket.number)

    def _page(self, request: HttpRequest, ticket: Ticket, form: MessageForm) -> HttpResponse:
        files = Prefetch("files", UploadedFile.objects.order_by("pk"))
        written = ticket.messages.select_related("author").prefetch_related(files)
        messages_shown = list(reversed(written.order_by("-pk")[:SHOWN]))
        return self.show(
            request,
            "admin/accounts/ticket.html",
            status=422 if form.is_bound else 200,
            title=ticket.number,
            ticket=ticket,
            about_href=_about_href(ticket),
            written=messages_shown,
            evidence=[
                file
                for message in messages_shown
                if not message.from_staff
                for file in message.files.all()
            ],
            form=form,
            seen=request.POST.get("seen") if form.is_bound else seen(ticket),
            may_answer=self.may_act(request),
            ticket_status=STATES[ticket.status],
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        rows: QuerySet[Ticket] = super().get_queryset(request)
        return rows.select_related("customer")


def _about_href(ticket: Ticket) -> str:
    """The page of what the ticket is about; "" where its number names nothing of this customer."""
    place = place_of.given(ticket.customer, ticket.about) if ticket.about else None
    return reverse(f"admin:{place.model}_change", args=[place.pk]) if place else ""


def seen(ticket: Ticket) -> str:
    """What a person has seen of the conversation: it travels through the form."""
    return f"{ticket.status}.{ticket.messages.count()}"


def ticket_of(ticket_id: int) -> Ticket:
    """The ticket that something is done for. Raises Http404."""
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None:
        raise Http404
    return ticket


def page_of(ticket_id: int) -> str:
    """The address of its page."""
    return reverse("admin:accounts_ticket_change", args=[ticket_id])
