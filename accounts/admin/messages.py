"""Messages: what customers were told, and a second chance for what could not be delivered."""

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.facts import FactAdmin
from accounts.messages import outbox
from accounts.models import InboxMessage, OutboxMessage
from finance_console.kernel.clock import moment

STATES = {
    "parked": (_("Parked: given up"), Q(parked_at__isnull=False)),
    "waiting": (_("Waiting"), Q(**outbox.WAITING)),
    "nobody": (_("Nobody to tell: no address"), Q(nobody_at__isnull=False)),
    "sent": (_("Sent"), Q(sent_at__isnull=False)),
}


class StateFilter(admin.SimpleListFilter):
    """Parked, waiting, without an address or sent."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(code, str(label)) for code, (label, _condition) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        state = STATES.get(self.value() or "")
        return queryset.filter(state[1]) if state else queryset


@admin.register(OutboxMessage)
class OutboxMessageAdmin(FactAdmin):
    list_display = (
        "topic", "channel", "customer", "created_at", "due_at", "tries", "sent_at", "parked_at", "nobody_at", "problem",
    )  # fmt: skip
    list_select_related = ("customer",)
    list_filter = (StateFilter, "channel", "topic")
    search_fields = ("customer__code", "dedup_key")
    actions = ("try_again",)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change messages may have them tried again; the rows stay read-only."""
        return request.user.has_perm("accounts.change_outboxmessage")

    @admin.action(description=_("Try parked messages again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Hand the chosen messages to the relay; those that are neither parked nor without an address are left alone."""
        ids = list(queryset.values_list("pk", flat=True))
        count = outbox.retry(message_ids=ids, at=moment())
        text = ngettext(
            "%(count)d parked message will be tried again.",
            "%(count)d parked messages will be tried again.",
            count,
        )
        messages.info(request, text % {"count": count})


@admin.register(InboxMessage)
class InboxMessageAdmin(FactAdmin):
    list_display = ("topic", "customer", "created_at", "read_at")
    list_select_related = ("customer",)
    list_filter = ("topic",)
    search_fields = ("customer__code",)
