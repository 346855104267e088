"""Loading the demo: catalogue, customers, then the calendar from the FOCUS file of 2024 to today."""

from datetime import datetime
from functools import partial

from finance_console.demo import cast, catalogue, customers, month, overseas
from finance_console.demo.playing import Event, Player
from finance_console.demo.telling import Teller
from finance_console.demo.worker import Worker
from finance_console.operating.schedule import Job


def load(worker: Worker, teller: Teller, now: datetime) -> None:
    """Write the demo's business up to `now`. Raises what the services, the worker and the player raise."""
    with teller.step("catalogue, customers, logins"):
        products = catalogue.load()
        accounts = customers.load(overseas.START)
        people = customers.people()
        teller.say(f"  {len(products)} products, {len(accounts)} customers, {len(people)} logins")

    def send(job: Job, at: datetime) -> None:
        local = at.astimezone(month.TZ)
        with teller.happening(local, "Celery", job.name):
            worker.run(job, at)

    player = Player(overseas.START, send)
    for event in story(products, accounts, people, now):
        with teller.step(_step(event)):
            player.advance(event.at)
            with teller.happening(event.at, "people", event.what):
                player.play(event)
    with teller.step("until today"):
        player.advance(now)


def story(
    products: catalogue.Catalogue,
    accounts: customers.Accounts,
    people: customers.People,
    now: datetime,
) -> list[Event]:
    """Everything that people do, in order: autumn 2024 overseas, then the last two months in China."""
    make = partial(month.Month, customers=accounts, products=products, people=people)
    first, last = (make(period, number) for number, period in enumerate(month.months(now)))
    events = [
        *overseas.events(accounts[cast.OVERSEAS]),
        *first.events(),
        *last.events(),
        *month.today(last, now),
    ]
    return sorted(events, key=lambda event: event.at)


def _step(event: Event) -> str:
    return (
        "FOCUS file, bills, proformas" if event.at.year == 2024 else f"business of {event.at:%Y-%m}"
    )
