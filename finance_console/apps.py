"""The app that puts the others together: commands, system checks, the Celery app."""

from django.apps import AppConfig


class FinanceConsoleConfig(AppConfig):
    """Comes first in INSTALLED_APPS, so that its commands and templates win."""

    name = "finance_console"

    def ready(self) -> None:
        """Register the system checks, and make our Celery app the one that `shared_task` uses."""
        from finance_console import celery, checks  # noqa: F401
