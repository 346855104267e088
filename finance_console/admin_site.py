"""The admin as reviewers and operators meet it: the queue first, then the models by what they are about."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

QUEUE = "admin:invoicing_invoiceapplication_queue"
ORDER = ("invoicing", "ledger", "accounts", "auth")


class ConsoleAdminSite(AdminSite):
    """Django's admin under our own name; what it shows is registered by the apps."""

    site_header = gettext_lazy("Finance review")
    site_title = gettext_lazy("Finance review")
    index_title = gettext_lazy("Work and records")
    site_url = "/console/"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Paper, money, people; the review queue comes first for those who may see applications."""
        apps = super().get_app_list(request, app_label)
        apps.sort(key=lambda app: ORDER.index(app["app_label"]) if app["app_label"] in ORDER else 9)
        names = {model["object_name"] for app in apps for model in app["models"]}
        return [_queues(), *apps] if app_label is None and "InvoiceApplication" in names else apps


def _queues() -> dict[str, Any]:
    """The queues, in the shape of an app of the stock list."""
    url = reverse(QUEUE)
    model = {
        "name": _("Applications to review"),
        "object_name": "Queue",
        "admin_url": url,
        "add_url": None,
        "view_only": True,
        "perms": {"view": True},
    }
    return {
        "name": _("Queues"),
        "app_label": "queues",
        "app_url": url,
        "has_module_perms": True,
        "models": [model],
    }
