"""Applications in the admin: the list of all, the review queue, and one page to decide about one."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.admin.facts import FactAdmin, amount, currency, number
from accounts.models import User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.admin.late import LatePages
from invoicing.admin.review import queue
from invoicing.admin.review.address import AddressDesk, address_context
from invoicing.admin.review.decisions import ACTIONS, ChangedSinceOpened, RejectForm, decide, token
from invoicing.admin.review.page import review_page
from invoicing.models import InvoiceApplication
from invoicing.services.roles import REVIEW

DONE = {
    "claim": gettext_lazy(
        "You are reviewing %(number)s: the customer can no longer withdraw it alone."
    ),
    "approve": gettext_lazy("%(number)s is approved. It will be issued shortly."),
    "reject": gettext_lazy("%(number)s is returned to the customer."),
}
QUEUE = "admin:invoicing_invoiceapplication_queue"
PAGE = "admin:invoicing_invoiceapplication_change"


@admin.register(InvoiceApplication)
class InvoiceApplicationAdmin(AddressDesk, LatePages, FactAdmin):
    """Reviewers come here with the right to review; others with the right to view may look."""

    list_display = (
        number, "customer", "status", "method", "kind", "medium", amount("total", gettext_lazy("total")),
        currency, "title_matches", "submitted_at", "review_due_at",
    )  # fmt: skip
    list_select_related = ("customer",)
    list_filter = ("status", "source", "method", "kind", "medium", "title_matches")
    search_fields = ("=id", "customer__code", "customer__name")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(REVIEW) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(REVIEW) or super().has_module_permission(request)

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path("queue/", guard(self.queue_view), name="invoicing_invoiceapplication_queue"),
            path(
                "<int:pk>/do/<slug:name>/",
                guard(require_POST(self.action_view)),
                name="invoicing_invoiceapplication_do",
            ),
            *super().get_urls(),
        ]

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """What waits for a person, the most urgent first; `?tab=`, `?behind=` continues a long list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        at = moment()
        tab = _tab(request.GET.get("tab"))
        behind = request.GET.get("behind", "")
        numbers = queue.counts(_person(request), at)
        context = self._context(
            request,
            title=_("Invoice applications to review"),
            tab=tab,
            tabs=[(one, numbers[code], code == tab) for code, one in queue.TABS.items()],
            page=queue.page(tab, _person(request), at, int(behind) if behind.isdecimal() else None),
        )
        return TemplateResponse(request, "admin/invoicing/queue.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page to decide. Reading it changes nothing; nothing is saved here."""
        application = self.get_object(request, object_id)
        if not self.has_view_permission(request, application) or request.method not in {
            "GET",
            "HEAD",
        }:
            raise PermissionDenied
        if application is None:
            raise Http404
        return self._page(request, application, None)

    def action_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Claim, approve or reject, then open the next one of the queue. POST only.

        403 for whoever may not review; any other refusal is a message on the page; a bug is a 500
        and nothing is kept of it.
        """
        application = self.get_object(request, str(pk))
        if not request.user.has_perm(REVIEW):
            raise PermissionDenied
        if application is None or name not in ACTIONS:
            raise Http404
        form = RejectForm(request.POST, label_suffix="") if name == "reject" else None
        if form is not None and not form.is_valid():
            return self._page(request, application, form)
        at = moment()
        try:
            done = decide(
                name=name,
                application_id=pk,
                seen=request.POST.get("seen", ""),
                by=_person(request),
                reason=form.reason if form else "",
                at=at,
            )
        except DomainError as error:
            if error.code == "not_permitted":
                raise PermissionDenied from error
            messages.error(request, sentence(error))
            return self._back(request, application)
        except ChangedSinceOpened as changed:
            messages.error(request, str(changed))
            return self._back(request, application)
        messages.success(request, DONE[name] % {"number": done.number})
        if name == "claim":
            return self._back(request, done)
        return self._next(request, done)

    def _next(self, request: HttpRequest, done: InvoiceApplication) -> HttpResponse:
        tab = _tab(request.POST.get("tab"))
        following = queue.next_to_decide(tab, done, _person(request), moment())
        if following is not None:
            return self._back(request, following)
        messages.info(request, _("Nothing else is waiting here."))
        return redirect(f"{reverse(QUEUE)}?tab={tab}")

    def _back(self, request: HttpRequest, application: InvoiceApplication) -> HttpResponse:
        tab = _tab(request.POST.get("tab"))
        return redirect(f"{reverse(PAGE, args=[application.pk])}?tab={tab}")

    def _page(
        self, request: HttpRequest, application: InvoiceApplication, form: RejectForm | None
    ) -> HttpResponse:
        context = self._context(
            request,
            title=application.number,
            application=application,
            seen=token(application) if form is None else request.POST.get("seen", ""),
            tab=_tab(request.POST.get("tab") or request.GET.get("tab")),
            **review_page(application, _person(request), moment(), form),
            **address_context(application),
        )
        return TemplateResponse(request, "admin/invoicing/review.html", context)

    def _context(self, request: HttpRequest, **values: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, **values}

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super().get_queryset(request).select_related("customer", "claimed_by", "submitted_by")
        )


def _tab(code: str | None) -> str:
    return code if code and code in queue.TABS else "review"


def _person(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user
