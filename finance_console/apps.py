"""The app that puts the others together: commands, system checks, the Celery app."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from finance_console.kernel.ports import Port


class FinanceConsoleConfig(AppConfig):
    """Comes first in INSTALLED_APPS, so that its commands and templates win."""

    name = "finance_console"

    def ready(self) -> None:
        """Register the system checks, and make our Celery app the one that `shared_task` uses."""
        from finance_console.operating import checks  # noqa: F401


class ConsoleAdminConfig(AdminConfig):
    """Django's admin, with our site as the one that the apps register with."""

    default_site = "finance_console.site.admin.ConsoleAdminSite"

    def ready(self) -> None:
        """All apps are ready: refuse to start where one was not given what it needs."""
        super().ready()
        Port.require_all()
