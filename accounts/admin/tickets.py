"""Tickets in the admin: what waits for an answer, oldest first, and one page with the conversation."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin.facts import FactAdmin, coded, coded_filter
from accounts.forms.tickets import MessageForm
from accounts.models import Ticket, TicketMessage, UploadedFile, User
from accounts.services import tickets as service
from accounts.views.downloads import download_as_staff
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError

PAGE = "admin:accounts_ticket_change"
SHOWN = 200
STATES = {"open": _("To answer"), "answered": _("Waits for the customer"), "closed": _("Closed")}
STATUS = coded("status", _("status"), STATES)


class WaitingFilter(admin.SimpleListFilter):
    """What waits for us: the oldest first."""

    title, parameter_name = _("waiting"), "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("To answer"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(status=Ticket.Status.OPEN) if self.value() == "yes" else queryset


@admin.register(Ticket)
class TicketAdmin(FactAdmin):
    """Whoever may answer tickets does it here; others with the right to view may look."""

    list_display = ("__str__", "subject", "topic", "about", "customer", STATUS, "changed_at")
    list_select_related = ("customer",)
    list_filter = (WaitingFilter, coded_filter("status", _("status"), STATES), "topic")
    search_fields = ("=id", "about", "subject", "customer__code", "customer__name")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(service.PERMISSION) or super().has_view_permission(
            request, obj
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(service.PERMISSION) or super().has_module_permission(request)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        waiting = request.GET.get(WaitingFilter.parameter_name) == "yes"
        return ("changed_at", "pk") if waiting else ("-pk",)

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/answer/",
                guard(require_POST(self.answer_view)),
                name="accounts_ticket_answer",
            ),
            path(
                "<int:pk>/close/",
                guard(require_POST(self.close_view)),
                name="accounts_ticket_close",
            ),
            path(
                "<int:pk>/files/<int:file_id>/", guard(self.file_view), name="accounts_ticket_file"
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The conversation. Reading it changes nothing; nothing is saved here."""
        found = self.get_object(request, object_id)
        allowed = self.has_view_permission(request, found)
        if not allowed or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        if found is None:
            raise Http404
        return self._page(request, found, MessageForm())

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer, if nothing was written since the page was opened. POST only."""
        found = self._to_answer(request, pk)
        form = MessageForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                self._answer(request, found, form.cleaned_data)
            except DomainError as error:
                form.add_error(None, sentence(error))
            else:
                words = _("%(number)s is answered. The customer gets a message.")
                messages.success(request, words % {"number": found.number})
                return redirect(f"{reverse('admin:accounts_ticket_changelist')}?waiting=yes")
        return self._page(request, found, form)

    @transaction.atomic
    def _answer(self, request: HttpRequest, found: Ticket, values: dict[str, Any]) -> None:
        key = f"staff:{values['key']}"
        locked = service.lock_ticket(found.pk)
        known = locked.messages.filter(idempotency_key=key).exists()
        if not known and seen(locked) != request.POST.get("seen"):
            raise DomainError("changed_meanwhile")
        service.answer(
            ticket=locked,
            text=values["text"],
            files=values["attachments"],
            by=_person(request),
            idempotency_key=key,
            at=moment(),
        )

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close it; the customer is told. POST only."""
        found = self._to_answer(request, pk)
        try:
            service.close(ticket=found, by=_person(request), at=moment())
        except DomainError as error:
            messages.error(request, sentence(error))
        else:
            messages.success(request, _("%(number)s is closed.") % {"number": found.number})
        return redirect(reverse(PAGE, args=[pk]))

    def file_view(self, request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
        """A file of the conversation; who reads it leaves a line in the log."""
        found = self.get_object(request, str(pk))
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        written = TicketMessage.objects.filter(ticket=pk, files=file_id).values("files")
        file = UploadedFile.objects.filter(pk=file_id, pk__in=written).first()
        if found is None or file is None:
            raise Http404
        return download_as_staff(file, _person(request).get_username(), found.number)

    def _to_answer(self, request: HttpRequest, pk: int) -> Ticket:
        if not request.user.has_perm(service.PERMISSION):
            raise PermissionDenied
        found = self.get_object(request, str(pk))
        if found is None:
            raise Http404
        return found

    def _page(self, request: HttpRequest, found: Ticket, form: MessageForm) -> HttpResponse:
        files = Prefetch("files", UploadedFile.objects.order_by("pk"))
        written = found.messages.select_related("author").prefetch_related(files)
        messages_shown = list(reversed(written.order_by("-pk")[:SHOWN]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": found.number,
            "ticket": found,
            "status": STATES[found.status],
            "written": messages_shown,
            "evidence": [
                file
                for message in messages_shown
                if not message.from_staff
                for file in message.files.all()
            ],
            "form": form,
            "seen": request.POST.get("seen") if form.is_bound else seen(found),
            "may_answer": request.user.has_perm(service.PERMISSION),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/accounts/ticket.html", context, status=status)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        rows: QuerySet[Ticket] = super().get_queryset(request)
        return rows.select_related("customer")


def seen(ticket: Ticket) -> str:
    """What a person has seen of the conversation: it travels through the form."""
    return f"{ticket.status}.{ticket.messages.count()}"


def _person(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user
