"""Celery is set up so that a killed worker delays work and never loses or grows it."""

import pytest

from finance_console.celery import app
from finance_console.operating import schedule


def test_the_settings_that_make_redelivery_quick_and_safe() -> None:  # R23, R26
    conf = app.conf

    assert (conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True)
    assert (conf.worker_prefetch_multiplier, conf.task_ignore_result) == (1, True)
    assert (conf.task_soft_time_limit, conf.task_time_limit) == (90, 120)
    assert conf.worker_soft_shutdown_timeout == 20
    assert conf.accept_content == ["json"]
    assert conf.timezone == "Asia/Shanghai"
    assert conf.broker_transport_options["visibility_timeout"] > 2 * conf.task_time_limit
    assert conf.broker_transport_options["unacked_restore_interval"] == 5
    assert conf.broker_transport_options["unacked_restore_throttle"] == 1


def test_beat_knows_the_schedule() -> None:
    app.finalize()  # as worker and beat do when they start

    assert app.conf.beat_schedule == schedule.beat_schedule() != {}


def test_a_shared_task_uses_our_app() -> None:
    from celery import current_app

    assert current_app.main == "finance_console"


def test_a_channel_whose_connection_is_closed_has_lost_redis_and_ends_no_worker() -> None:
    connection = app.connection_for_read()
    transport = connection.transport
    channel = transport.Channel.__new__(transport.Channel)
    channel.connection, transport.client = transport, None  # as kombu leaves it behind

    with pytest.raises(transport.connection_errors, match="was closed"):
        channel._connparams()
