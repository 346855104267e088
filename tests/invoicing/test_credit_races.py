"""Several people at the same invoice at the same moment, on real PostgreSQL (R09, R16).

Whoever comes first decides; whoever comes second is told so; the books agree afterwards.
"""

import pytest

from invoicing.models import (
    CreditNote,
    CreditRequest,
    Invoice,
    InvoiceableItem,
    InvoiceApplication,
    PaperReturn,
)
from invoicing.services.crediting import originals, requests
from invoicing.services.crediting.after_refund import refund_and_credit
from invoicing.services.reviewing import deciding
from ledger.models import Charge, Refund
from tests.builders import Story, make_story, yuan
from tests.invoicing.at_once import NOON, WHEN, approve, ask, clean, race, refund, reissue
from tests.invoicing.paper_stage import reviewer

pytestmark = pytest.mark.django_db(transaction=True)


def invoiced(profile: str = "standard", medium: str = "electronic") -> tuple[Story, Invoice]:
    """A customer with one issued invoice of 500.00."""
    story = make_story(profile)
    story.recharge("500.00", "2026-03-01 09:00")
    order = story.order("500.00", "2026-03-01 10:00")
    asked = story.ask("2026-03-01 11:00", method="order", sources=(order.number,), medium=medium)
    return story, story.issue(asked, "2026-03-01 11:30").invoices.get()


def test_r16_a_credit_approved_twice_at_once_is_one_credit_note():
    story, invoice = invoiced()
    request, people = ask(story, invoice), [reviewer(), reviewer()]
    assert race(*[lambda by=by: approve(request, by) for by in people]) == ["done", "done"]
    assert CreditNote.objects.get().gross.amount == yuan("-500.00")
    assert InvoiceableItem.objects.get().open == yuan("500.00")
    clean()


def test_r16_one_approves_while_another_refuses():
    story, invoice = invoiced()
    request, first, second = ask(story, invoice), reviewer(), reviewer()
    outcomes = race(
        lambda: approve(request, first),
        lambda: requests.refuse_credit(request=request, reviewer=second, reason="no", at=NOON),
    )
    assert sorted(outcomes) == ["done", "wrong_state"]
    credited = outcomes[0] == "done"
    assert CreditNote.objects.exists() == credited
    assert Invoice.objects.get().status == ("credited" if credited else "issued")
    clean()


def test_r16_asked_for_twice_at_once_is_one_request():
    story, invoice = invoiced()
    outcomes = race(*[lambda key=key: ask(story, invoice, key, "300.00") for key in "AB"])
    assert sorted(outcomes) == ["done", "wrong_state"]
    assert CreditRequest.objects.count() == 1
    assert (
        race(
            *[lambda: ask(story, invoice, CreditRequest.objects.get().idempotency_key, "300.00")]
            * 2
        )
        == ["done"] * 2
    )
    assert CreditRequest.objects.count() == 1
    clean()


@pytest.mark.parametrize("profile", ["standard", "baidu"])
def test_r16_a_credit_racing_the_refund(profile):
    story, invoice = invoiced(profile)
    request, by = ask(story, invoice), reviewer()
    assert race(lambda: approve(request, by), refund) == ["done", "done"]
    item = InvoiceableItem.objects.get()
    assert (item.refunded, item.invoiced, item.net) == (
        yuan("200.00"), yuan("0.00"), yuan("300.00"),
    )  # fmt: skip
    clean()


def test_r16_a_refund_with_credit_racing_a_request_for_the_same_invoice():
    story, invoice = invoiced()

    def both() -> Refund:
        return refund_and_credit(
            charge=Charge.objects.get(),
            give_back=refund,
            actor=story.user,
            at=NOON,
            reference="R",
        )

    outcomes = race(both, lambda: ask(story, invoice))
    assert outcomes in (
        ["done", "over_credit"],  # only 300.00 was left
        ["not_credited_at_once", "done"],
    )
    assert InvoiceableItem.objects.get().deficit == yuan("0.00")
    assert Refund.objects.count() == CreditNote.objects.count() == (outcomes[0] == "done")
    clean()


def test_r16_two_reissues_of_one_invoice_at_once_are_one():
    story, invoice = invoiced()
    outcomes = race(*[lambda key=key: reissue(story, invoice, key) for key in "AB"])
    assert sorted(outcomes) == ["done", "wrong_state"]
    again = InvoiceApplication.objects.get(corrects=invoice)
    assert (again.total.amount, CreditNote.objects.count()) == (yuan("500.00"), 1)
    clean()


def test_r16_one_reissue_sent_twice_at_once_is_one():
    story, invoice = invoiced()
    assert race(*[lambda: reissue(story, invoice, "A")] * 2) == ["done", "done"]
    assert InvoiceApplication.objects.filter(corrects=invoice).count() == 1
    clean()


def test_r16_a_credit_racing_a_reissue():
    story, invoice = invoiced()
    outcomes = race(lambda: ask(story, invoice), lambda: reissue(story, invoice, "A"))
    assert sorted(outcomes) == ["done", "wrong_state"]
    assert CreditRequest.objects.count() == 1
    clean()


def test_k24_the_original_and_the_request_arrive_at_once():
    story, invoice = invoiced(medium="paper")
    by = reviewer()
    arrive = {"forms": ["invoice"], "freight_collect": False, "actor": by, "at": NOON}
    outcomes = race(
        lambda: ask(story, invoice),
        lambda: originals.receive_original(invoice=invoice, **arrive),
        lambda: originals.receive_original(invoice=invoice, **arrive),
    )
    assert outcomes == ["done"] * 3
    request = CreditRequest.objects.get()
    assert (request.status, PaperReturn.objects.get().request) == ("crediting", request)
    clean()


@pytest.mark.parametrize("profile", ["standard", "alibaba", "baidu"])
def test_r09_a_refund_racing_an_application(profile):
    story = make_story(profile)
    story.recharge("1000.00", "2026-03-01 09:00")
    number = story.order("1000.00", "2026-03-01 10:00").number
    outcomes = race(
        lambda: story.ask(WHEN, method="order", sources=(number,)), lambda: refund("400.00")
    )
    assert outcomes == ["done", "done"]
    item = InvoiceableItem.objects.get()
    application = InvoiceApplication.objects.get()
    if application.status == "withdrawn":  # it came first, and gave way
        assert (item.reserved, item.net) == (yuan("0.00"), yuan("600.00"))
    else:
        assert (application.total.amount, item.net) == (yuan("600.00"), yuan("0.00"))
    assert item.deficit == yuan("0.00")
    clean()


def test_r09_a_refund_racing_the_approval():
    story = make_story("standard")
    story.recharge("1000.00", "2026-03-01 09:00")
    number = story.order("1000.00", "2026-03-01 10:00").number
    application = story.ask("2026-03-02 10:00", method="order", sources=(number,))
    by = reviewer()
    outcomes = race(
        lambda: deciding.approve(application=application, reviewer=by, at=NOON),
        lambda: refund("400.00"),
    )
    item = InvoiceableItem.objects.get()
    if outcomes == ["done", "done"]:  # approved first: the deficit stays
        assert (item.reserved, item.deficit) == (yuan("1000.00"), yuan("400.00"))
    else:
        assert outcomes == ["wrong_state", "done"]
        assert (item.reserved, item.open) == (yuan("0.00"), yuan("600.00"))
    clean()
