"""The Celery app: `celery -A finance_console worker` and `... beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finance_console.settings")

app = Celery("finance_console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def _read_the_schedule(sender: Celery, **_: Any) -> None:
    from finance_console import schedule

    sender.conf.beat_schedule = schedule.beat_schedule()


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Being connected is enough: Celery leaves the logging of the settings alone."""
