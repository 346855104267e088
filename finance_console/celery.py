"""The Celery app: `celery -A finance_console worker` and `... beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init

from finance_console.operating import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finance_console.settings")

broker.use()
app = Celery("finance_console")
app.config_from_object("django.conf:settings", namespace="CELERY")
# These only shorten waits. That nothing is lost is the work of rows in the database.
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 300,  # more than twice the time limit
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
    },
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_soft_time_limit=90,
    task_time_limit=120,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=2000,  # WeasyPrint keeps a little memory with every document
    worker_soft_shutdown_timeout=20,
    worker_hijack_root_logger=False,
)
app.autodiscover_tasks()


@app.on_after_finalize.connect
def _read_the_schedule(sender: Celery, **_: Any) -> None:
    from finance_console.operating import schedule

    sender.conf.beat_schedule = schedule.beat_schedule()


@worker_init.connect
@beat_init.connect
def _work_as_the_application_role(**_: Any) -> None:
    """Before the pool is forked: its processes and threads open their own connections."""
    from finance_console.operating import database_role

    database_role.use()


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Being connected is enough: Celery leaves the logging of the settings alone."""
