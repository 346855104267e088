"""Applications in the admin: the list of all, the review queue, and one page to decide about one."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.desk import Route, person_with
from accounts.admin.facts import amount, currency, number
from accounts.models import User
from finance_console.kernel.clock import moment
from invoicing.admin.late import LatePages
from invoicing.admin.review import queue
from invoicing.admin.review.address import AddressDesk, address_context
from invoicing.admin.review.decisions import (
    ACTIONS,
    FORMS,
    CancelForm,
    RejectForm,
    locked_as_seen,
    token,
)
from invoicing.admin.review.page import review_page
from invoicing.models import InvoiceApplication
from invoicing.services.roles import REVIEW

DONE = {
    "claim": gettext_lazy(
        "You are reviewing %(number)s: the customer can no longer withdraw it alone."
    ),
    "approve": gettext_lazy("%(number)s is approved. It will be issued shortly."),
    "reject": gettext_lazy("%(number)s is returned to the customer."),
    "cancel": gettext_lazy("%(number)s is cancelled, and the customer is told why."),
}


@admin.register(InvoiceApplication)
class InvoiceApplicationAdmin(AddressDesk, LatePages):
    """Reviewers come here with the right to review; others with the right to view may look."""

    list_display = (
        number, "customer", "status", "method", "kind", "medium", amount("total", gettext_lazy("total")),
        currency, "title_matches", "submitted_at", "review_due_at",
    )  # fmt: skip
    list_select_related = ("customer",)
    list_filter = ("status", "source", "method", "kind", "medium", "title_matches")
    search_fields = ("=id", "invoices__number", "customer__code", "customer__name")
    numbered = {"APP": "id"}

    permission = REVIEW
    routes = (
        Route(address="queue/", view="queue_view", name="queue", permission="", only="GET"),
        Route(address="<int:pk>/do/<slug:name>/", view="action_view", name="do", only="POST"),
    )

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """What waits for a person, the most urgent first; `?tab=`, `?behind=` continues a long list."""
        at, by = moment(), person_with(request, "")
        tab = _tab(request.GET.get("tab"))
        behind = request.GET.get("behind", "")
        numbers = queue.counts(by, at)
        return self.show(
            request,
            "admin/invoicing/queue.html",
            title=_("Invoice applications to review"),
            tab=tab,
            tabs=[(tab_code, numbers[code], code == tab) for code, tab_code in queue.TABS.items()],
            page=queue.page(tab, by, at, int(behind) if behind.isdecimal() else None),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page to decide. Reading it changes nothing; nothing is saved here."""
        return self._page(request, self.opened(request, object_id), None)

    def action_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Claim, approve or reject, then open the next one of the queue. POST only.

        403 for whoever may not review; any other refusal is a message on the page; a bug is a 500
        and nothing is kept of it.
        """
        application = self.row(pk)
        if name not in ACTIONS:
            raise Http404
        form = FORMS[name](request.POST, label_suffix="") if name in FORMS else None
        if form is not None and not form.is_valid():
            return self._page(request, application, form)
        tab = _tab(request.POST.get("tab"))

        def act(by: User, at: datetime) -> str:
            locked = locked_as_seen(pk, request.POST.get("seen", ""))
            ACTIONS[name](locked, by, form.reason if form else "", at)
            return DONE[name] % {"number": application.number}

        def onward(by: User) -> str:
            """The next one of the queue, where one was decided."""
            following = queue.next_to_decide(tab, application, by, moment())
            if following is None:
                messages.info(request, _("Nothing else is waiting here."))
                return f"{self.url('queue')}?tab={tab}"
            return f"{self.url('change', following.pk)}?tab={tab}"

        page = f"{self.url('change', pk)}?tab={tab}"
        decided = onward if name in {"approve", "reject"} else None
        return self.carry_out(request, act, to=page, onward=decided, about=application)

    def _page(
        self,
        request: HttpRequest,
        application: InvoiceApplication,
        form: RejectForm | CancelForm | None,
    ) -> HttpResponse:
        return self.show(
            request,
            "admin/invoicing/review.html",
            title=application.number,
            application=application,
            seen=token(application) if form is None else request.POST.get("seen", ""),
            tab=_tab(request.POST.get("tab") or request.GET.get("tab")),
            **review_page(application, person_with(request, ""), moment(), form),
            **address_context(application),
        )

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super().get_queryset(request).select_related("customer", "claimed_by", "submitted_by")
        )


def _tab(code: str | None) -> str:
    return code if code and code in queue.TABS else "review"
