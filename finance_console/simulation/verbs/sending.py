"""Verbs about promises kept: paper that is sent and arrives, and the working-day calendar behind them."""

from datetime import date

from accounts.models import WorkdayOverride
from finance_console.simulation.language import (
    Answer,
    day,
    flag,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Malformed, Story
from finance_console.simulation.verbs.staff import staff
from invoicing.models import Invoice
from invoicing.services.shipping import sending

SHIPPER = "shipper"


@verb("ship", invoice=required(thing("invoice")), tracking=optional(text, ""))
def ship(story: Story, *, invoice: Invoice, tracking: str) -> Answer:
    """Somebody of the staff hands the paper invoice to the courier."""
    by = staff(story, SHIPPER, "ship_invoice")
    shipped = sending.ship(invoice=invoice, tracking=tracking, actor=by, at=story.now)
    return {"status": shipped.status}


@verb("receive", invoice=required(thing("invoice")), tracking=optional(text, ""))
def receive(story: Story, *, invoice: Invoice, tracking: str) -> Answer:
    """It has arrived, says the courier."""
    by = staff(story, SHIPPER, "ship_invoice")
    return {"status": sending.receive(invoice=invoice, actor=by, at=story.now).status}


@verb(
    "holiday", day=required(day), works=optional(flag, False), name=optional(text, "Public holiday")
)
def holiday(story: Story, *, day: date, works: bool, name: str) -> Answer:
    """A public holiday, or a weekend on which people work; not with --keep: operators keep that one."""
    if story.kept:
        raise Malformed("the calendar of a real database is kept in the admin, not by stories")
    WorkdayOverride.objects.update_or_create(day=day, defaults={"works": works, "name": name})
    return {}
