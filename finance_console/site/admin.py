"""The admin as reviewers and operators meet it: the queue first, then the models by what they are about."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

QUEUES = (  # model, words, address, which rows
    (
        "InvoiceApplication",
        gettext_lazy("Applications to review"),
        "admin:invoicing_invoiceapplication_queue",
        "",
    ),
    (
        "InvoiceApplication",
        gettext_lazy("Late or given up"),
        "admin:invoicing_invoiceapplication_late",
        "",
    ),
    (
        "Invoice",
        gettext_lazy("Paper invoices to ship"),
        "admin:invoicing_invoice_to_ship",
        "",
    ),
    (
        "Ticket",
        gettext_lazy("Tickets to answer"),
        "admin:accounts_ticket_changelist",
        "?waiting=yes",
    ),
    (
        "CertificationRequest",
        gettext_lazy("Certifications to decide"),
        "admin:accounts_certificationrequest_changelist",
        "?waiting=yes",
    ),
    (
        "TitleApplication",
        gettext_lazy("Corporate titles to decide"),
        "admin:invoicing_titleapplication_changelist",
        "?waiting=yes",
    ),
    (
        "CreditRequest",
        gettext_lazy("Credits to decide"),
        "admin:invoicing_creditrequest_changelist",
        "?waiting=yes",
    ),
    (
        "CreditRequest",
        gettext_lazy("Credits that wait for their original"),
        "admin:invoicing_creditrequest_changelist",
        "?waiting=original",
    ),
    (
        "Withdrawal",
        gettext_lazy("Withdrawals to review or to pay"),
        "admin:ledger_withdrawal_changelist",
        "?waiting=yes",
    ),
    (
        "Payment",
        gettext_lazy("Payments left on closed accounts"),
        "admin:ledger_payment_changelist",
        "?left=yes",
    ),
)
ORDER = ("invoicing", "ledger", "accounts", "auth")


class ConsoleAdminSite(AdminSite):
    """Django's admin under our own name; what it shows is registered by the apps."""

    site_header = gettext_lazy("Finance review")
    site_title = gettext_lazy("Finance review")
    index_title = gettext_lazy("Work and records")
    site_url = "/console/"

    @property
    def login_form(self) -> Any:  # type: ignore[override]
        """The road into the admin has the brake of the console's."""
        from accounts.forms.signing_in import AdminSignInForm

        return AdminSignInForm

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The first page warns of what is late and of a working-day calendar without data."""
        from accounts.admin.holidays import warn_of_missing_years  # they register themselves here
        from invoicing.admin.late import warn_of_delays

        if request.user.has_perm("accounts.view_workdayoverride"):
            warn_of_missing_years(request)
        if request.user.has_perm("invoicing.review_application"):
            warn_of_delays(request)
        return super().index(request, extra_context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Paper, money, people; before them the queues of those who may see what is in them."""
        apps = super().get_app_list(request, app_label)
        apps.sort(key=lambda app: ORDER.index(app["app_label"]) if app["app_label"] in ORDER else 9)
        names = {model["object_name"] for app in apps for model in app["models"]}
        queues = [_queue(*queue) for queue in QUEUES if queue[0] in names]
        return [_queues(queues), *apps] if app_label is None and queues else apps


def _queue(of: str, words: Promise, address: str, rows: str) -> dict[str, Any]:
    return {
        "name": words,
        "object_name": f"{of}Queue",
        "admin_url": reverse(address) + rows,
        "add_url": None,
        "view_only": True,
        "perms": {"view": True},
    }


def _queues(queues: list[dict[str, Any]]) -> dict[str, Any]:
    """The queues, in the shape of an app of the stock list."""
    return {
        "name": _("Queues"),
        "app_label": "queues",
        "app_url": queues[0]["admin_url"],
        "has_module_perms": True,
        "models": queues,
    }
