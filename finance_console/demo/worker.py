"""A real Celery worker for the time of the demo, and the news of what becomes of the tasks sent to it.

It listens on a queue of this run alone: tasks left over by others (with another idea of the time) cannot disturb it.
"""

import logging
import os
import queue
import signal
import subprocess
import threading
import time
import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from celery.events import EventReceiver

from finance_console.celery import app
from finance_console.embedded.guardian import die_with_parent
from finance_console.embedded.leases import BASE_DIR, leases, var_dir
from finance_console.embedded.processes import programs
from finance_console.operating.schedule import Job

START_SECONDS: Final = 60
STOP_SECONDS: Final = (
    3  # nothing is lost: its tasks are safe to break off, and a broken load starts afresh
)
TASK_SECONDS: Final = 130  # more than the hard time limit of a task


class WorkerProblem(RuntimeError):
    """A task failed or was not done; the message is one sentence."""


class Worker:
    """`with Worker() as worker: worker.run(job, at)`. On the way out the worker has ended."""

    def __init__(self) -> None:
        self.queue = f"demo-{uuid.uuid4().hex[:12]}"
        self.log = var_dir() / "log" / "demo-worker.log"
        self._news: queue.Queue[dict[str, Any]] = queue.Queue()

    def __enter__(self) -> Self:
        self._listen()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [*programs(0)["worker"], "-E", "-Q", self.queue, "-n", f"{self.queue}@%h"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                pass_fds=leases(),
                preexec_fn=die_with_parent,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def run(self, job: Job, at: datetime) -> None:
        """Send the job's task for the moment `at` and wait until a worker process has done it.

        Raises WorkerProblem when it failed, or the worker ended, or nothing was heard in time.
        """
        sent = job.task.apply_async(
            kwargs={"at": at.isoformat()}, queue=self.queue, expires=TASK_SECONDS
        )
        last = time.monotonic() + TASK_SECONDS
        while time.monotonic() < last:
            news = self._next_news()
            if news is None or news.get("uuid") != sent.id:
                continue
            if news["type"] == "task-succeeded":
                return
            raise WorkerProblem(
                f"The task {job.name} failed at {at:%Y-%m-%d %H:%M} ({news.get('exception')}): see {self._shown}."
            )
        raise WorkerProblem(
            f"The task {job.name} was not done in {TASK_SECONDS} seconds: see {self._shown}."
        )

    @property
    def _shown(self) -> Path:
        return self.log.relative_to(BASE_DIR) if self.log.is_relative_to(BASE_DIR) else self.log

    def _next_news(self) -> dict[str, Any] | None:
        with suppress(queue.Empty):
            return self._news.get(timeout=0.5)
        if self._process.poll() is not None:
            raise WorkerProblem(
                f"The Celery worker ended with status {self._process.returncode}: see {self._shown}."
            )
        return None

    def _listen(self) -> None:
        """Hear the worker's events from before it starts; a thread collects them."""
        logging.getLogger("kombu.mixins").setLevel(logging.WARNING)
        heard = dict.fromkeys(("task-succeeded", "task-failed", "task-revoked"), self._news.put)
        self._connection = app.connection()
        receiver = _Receiver(self._connection, handlers=heard)

        def listen() -> None:
            with suppress(Exception):  # the connection is closed when the demo is over
                receiver.capture(limit=None, timeout=None, wakeup=False)

        threading.Thread(target=listen, daemon=True).start()
        if not receiver.ready.wait(START_SECONDS):
            raise WorkerProblem("Redis does not pass on the events of Celery.")


class _Receiver(EventReceiver):
    """Tells when it is subscribed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ready = threading.Event()

    def on_consume_ready(self, *args: Any, **kwargs: Any) -> None:
        super().on_consume_ready(*args, **kwargs)
        self.ready.set()
