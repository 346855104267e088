"""A month of business, then the console: `manage.py demo [--port N] [--no-serve] [--reset]`."""

import argparse
import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from redis import Redis

from accounts.services.holidays import load_holidays
from finance_console.demo import cast, database, loading, summary, ties, tour
from finance_console.demo.database import NotOurs
from finance_console.demo.playing import NoProgress
from finance_console.demo.telling import Teller
from finance_console.demo.ties import DoesNotTie
from finance_console.demo.worker import Worker, WorkerProblem
from finance_console.embedded import processes
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from finance_console.operating import database_role
from finance_console.operating.checks import check_documents
from ledger.services import application_role

PROBLEMS: Final = (
    processes.PortInUse, NotOurs, NoProgress, WorkerProblem, DoesNotTie, DomainError, CommandError,
)  # fmt: skip
STOPPED: Final = 130


class Command(BaseCommand):
    """Loads the demo unless it is there, says what came of it, and serves it."""

    help = "Load a month of invented business through the real services and tasks, then serve the console."
    requires_system_checks = ()  # they are run first of all, and said in one sentence

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the web server (8000)")
        parser.add_argument("--no-serve", action="store_true", help="load, print the summary, stop")
        parser.add_argument(
            "--reset", action="store_true", help="wipe the demo data and load again"
        )

        parser.add_argument(
            "--reload", action="store_true", help="for changing it: DEBUG, and reload what changes"
        )

    def handle(
        self,
        *args: Any,
        port: int,
        no_serve: bool,
        reset: bool,
        reload: bool = False,
        **options: Any,
    ) -> None:
        signal.signal(signal.SIGINT, _interrupt)  # also where the caller had it ignored
        signal.signal(signal.SIGTERM, _interrupt)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(
                    errors="replace"
                )  # a terminal without Chinese is no reason to stop
        try:
            _verify_here(port)
            status = self._run(None if no_serve else port, reset=reset, reload=reload)
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
            status = STOPPED
        except PROBLEMS as problem:
            self.stderr.write(str(problem))
            status = 1
        if status:
            raise SystemExit(status)

    def _run(self, port: int | None, *, reset: bool, reload: bool) -> int:
        if port is not None:
            processes.check_port(port)
        if problems := check_documents():
            raise CommandError(" ".join(str(problem.msg) for problem in problems))
        with Redis.from_url(settings.REDIS_URL) as redis:
            redis.ping()
        with database.shared():
            is_there = database.state() == "loaded" and not reset
        if is_there:
            call_command("migrate", verbosity=0)
            load_holidays()
            self._say("The demo data is already there (--reset loads it afresh).", "")
            self._say(*summary.lines({}))
        else:
            with database.exclusive():
                if reset or database.state() != "loaded":
                    self._load(reset=reset)
        if port is None:
            return 0
        with database.shared():
            self._say("", *_addresses(port), "", "Ctrl-C stops everything.", "")
            _use_the_application_role()
            os.environ.setdefault("LOG_LEVEL", "WARNING")  # the addresses stay in sight
            if reload:
                os.environ["DEBUG"] = "true"
            return processes.serve(port, reload=reload)

    def _load(self, *, reset: bool) -> None:
        teller = Teller(self._say)
        with teller.step("database"):
            self._prepare(reset=reset)
        _use_the_application_role()
        with Worker() as worker:
            loading.load(worker, teller, moment())
        with teller.step("totals and audit"):
            count = ties.check()
            call_command("audit", stdout=self.stdout)
        database.mark("loaded")
        self._say(f"  {count} totals tie to the ledger.", "", *summary.lines(teller.seconds))

    def _prepare(self, *, reset: bool) -> None:
        state = database.state()
        database.require_ours()
        if state == "foreign" and not reset:
            raise NotOurs("The embedded database holds data of your own: --reset wipes it.")
        if state == "loading":
            self._say("An earlier start did not finish loading: starting afresh.")
        if state != "empty":
            database.wipe()
            self._say("  demo data wiped")
        database.mark("loading")
        call_command("migrate", verbosity=0)
        load_holidays()
        self._say("  tables made")

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.stdout.write(line)
        self.stdout.flush()


def _verify_here(port: int) -> None:
    """Let the links on documents lead to this very console, in this process and in those that it starts."""
    here = os.environ.setdefault("VERIFICATION_BASE_URL", f"http://{processes.HOST}:{port}")
    settings.VERIFICATION_BASE_URL = here


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _use_the_application_role() -> None:
    """Let web and worker, which start after this, work as the role that owns nothing, where it exists."""
    if database_role.is_usable():
        os.environ.setdefault("DATABASE_ROLE", application_role.name())


def _addresses(port: int) -> list[str]:
    root = f"http://{processes.HOST}:{port}"
    logins = [
        f"  {login:<9} {password:<20} {what}" for login, (password, what) in cast.LOGINS.items()
    ]
    return [
        f"Console  {root}/console/",
        f"Admin    {root}/admin/",
        "",
        *logins,
        "",
        *tour.lines(root),
    ]
