"""The Celery app: `celery -A finance_console worker` and `... beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finance_console.settings")

app = Celery("finance_console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def _read_the_schedule(sender: Celery, **_: Any) -> None:
    from finance_console import schedule

    sender.conf.beat_schedule = schedule.beat_schedule()


@worker_init.connect
@beat_init.connect
def _work_as_the_application_role(**_: Any) -> None:
    """Before the pool is forked: its processes and threads open their own connections."""
    from finance_console import database_role

    database_role.use()


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Being connected is enough: Celery leaves the logging of the settings alone."""
