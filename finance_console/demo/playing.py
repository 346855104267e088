"""Playing the calendar: the clock moves from event to event, and whatever falls due on the way is done by Celery."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from finance_console.operating import schedule
from finance_console.operating.schedule import Job

MOST_REPEATS = 50


class NoProgress(RuntimeError):
    """A job was done again and again and is still due; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that people do at a moment. `act` is given that moment."""

    at: datetime
    what: str
    act: Callable[[datetime], None]


class Player:
    """A clock that only moves forward. `send` does one job for a moment and returns when it is done."""

    def __init__(self, start: datetime, send: Callable[[Job, datetime], None]) -> None:
        self.now = start
        self._send = send

    def play(self, event: Event) -> None:
        """Do what is due before the event, then the event itself. Raises ValueError for one in the past."""
        if event.at < self.now:
            raise ValueError(f"The clock is at {self.now}: {event.what} is in the past.")
        self.advance(event.at)
        event.act(event.at)

    def advance(self, until: datetime) -> None:
        """Move the clock to `until`, doing every job that falls due on the way, in order."""
        last: tuple[str, datetime] | None = None
        repeats = 0
        while (due := schedule.next_job(self.now, until)) is not None:
            job, moment = due
            repeats = repeats + 1 if last == (job.name, moment) else 0
            if repeats == MOST_REPEATS:
                raise NoProgress(
                    f"The task {job.name} ran {repeats} times for {moment:%Y-%m-%d %H:%M} and is still due."
                )
            last = job.name, moment
            self.now = moment
            self._send(job, moment)
        self.now = until
