"""Asking for invoices: exactly the preview, once, and only what is allowed."""

from dataclasses import replace

import pytest

from accounts.models import Certification, RecipientEmail
from invoicing.models import Claim, Invoice, InvoiceApplication, InvoiceTitle
from invoicing.queries.invoiceable import invoiceable
from invoicing.services.asking.applying import submit
from invoicing.services.asking.previewing import preview
from invoicing.services.asking.terms import Ask
from tests.builders import at, close, make_story, yuan
from tests.refusing import refused
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db
NOON = at("2026-03-02 12:00")


@pytest.fixture
def story():
    made = make_story("alibaba")
    made.recharge("10000.00", "2026-03-01 09:00")
    made.order("300.00", "2026-03-01 10:00")
    made.order("200.00", "2026-03-01 11:00")
    return made


def _submit(story, ask, key="K", **options):
    return submit(
        customer=story.customer, ask=ask, at=NOON, actor=story.user, idempotency_key=key, **options
    )


def test_submitting_does_exactly_the_preview(story):
    ask = Ask(method="amount", amount=yuan("400.00"))
    seen = preview(customer=story.customer, ask=ask, at=NOON)
    application = _submit(story, ask, plan_hash=seen.token)
    assert application.plan_hash == seen.hash
    assert application.total.amount == seen.plan.total == yuan("400.00")
    assert [claim.amount for claim in Claim.objects.order_by("item")] == [
        yuan("300.00"),
        yuan("100.00"),
    ]
    now = invoiceable(story.customer, NOON)
    assert now.open == yuan("100.00")
    assert sum(line.amount for line in now.explanation) == now.open - now.deficit


def test_a_preview_writes_nothing(story):
    preview(customer=story.customer, ask=Ask(method="amount", amount=yuan("400.00")), at=NOON)
    assert not InvoiceApplication.objects.exists()
    assert invoiceable(story.customer, NOON).open == yuan("500.00")


def test_the_same_key_is_the_same_application(story):  # R02, R04
    ask = Ask(method="amount", amount=yuan("400.00"))
    assert _submit(story, ask) == _submit(story, ask)
    assert InvoiceApplication.objects.count() == 1


def test_the_same_key_with_another_wish_is_refused(story):  # R03, I03
    ask = Ask(method="amount", amount=yuan("400.00"))
    _submit(story, ask)
    refused("reference_conflict", lambda: _submit(story, replace(ask, amount=yuan("1.00"))))


def test_a_plan_that_moved_is_refused(story):
    ask = Ask(method="amount", amount=yuan("400.00"))
    seen = preview(customer=story.customer, ask=ask, at=NOON)
    _submit(story, Ask(method="amount", amount=yuan("50.00")), key="other")
    error = refused("plan_changed", lambda: _submit(story, ask, plan_hash=seen.token))
    assert error.values["difference"] == "0.00"
    assert str(error) == (
        "This changed since you looked: the invoices. The total is 400.00, as before."
    )


def test_a_plan_whose_order_is_gone_is_refused_with_what_is_left(story):
    first, second = story.customer.items.order_by("pk").values_list("source", flat=True)
    ask = Ask(method="order", sources=(first, second))
    seen = preview(customer=story.customer, ask=ask, at=NOON)
    _submit(story, Ask(method="order", sources=(first,)), key="other tab")
    error = refused("plan_changed", lambda: _submit(story, ask, plan_hash=seen.token))
    assert (error.values["total"], error.values["difference"]) == (yuan("200.00"), "−300.00")
    error = refused("insufficient_invoiceable", lambda: _submit(story, ask))
    assert error.values["available"] == yuan("200.00")


def test_another_customers_order_is_not_found(story):  # R41
    stranger = make_story("alibaba")
    stranger.recharge("100.00", "2026-03-01 09:00")
    theirs = stranger.order("100.00", "2026-03-01 10:00")
    refused("not_found", lambda: _submit(story, Ask(method="order", sources=(theirs.number,))))


def test_another_customers_title_is_not_found(story):  # R41
    title = make_story("alibaba").title
    ask = Ask(method="amount", amount=yuan("1.00"), title_id=title.pk)
    refused("not_found", lambda: _submit(story, ask))


def test_another_customers_email_is_no_recipient(story):  # R41
    email = make_story("alibaba").customer.emails.get().email
    ask = Ask(method="amount", amount=yuan("1.00"), recipient_email=email)
    refused("no_recipient", lambda: _submit(story, ask))


def _closed(story):
    close(story.customer)


def _overseas(story):
    story.customer.region = "HK"
    story.customer.save()


def _uncertified(story):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM accounts_certification")


def _individual(story):
    Certification.objects.create(
        customer=story.customer,
        version=2,
        kind="individual",
        name="Acme Ltd",
        certified_at=at("2020-01-01 00:00"),
    )


def _without_email(story):
    RecipientEmail.objects.filter(customer=story.customer).delete()


def _without_title(story):
    InvoiceTitle.objects.filter(customer=story.customer).delete()


def _without_phone(story):
    InvoiceTitle.objects.filter(customer=story.customer).update(phone="")


def _other_title(story):
    InvoiceTitle.objects.filter(customer=story.customer).update(name="Acme Limited")


def _nothing(story):
    """No preparation."""


ASK = Ask(method="amount", amount=yuan("100.00"))
REFUSALS = {
    "account_closed": (_closed, ASK),
    "overseas_proforma_only": (_overseas, ASK),
    "certification_required": (_uncertified, ASK),
    "enterprise_certification_required": (_individual, replace(ASK, kind="special")),
    "medium_not_allowed": (_nothing, replace(ASK, medium="paper")),
    "no_recipient": (_without_email, ASK),
    "title_missing": (_without_title, ASK),
    "title_incomplete": (_without_phone, replace(ASK, kind="special")),
    "title_mismatch": (_other_title, ASK),
    "nothing_selected": (_nothing, Ask(method="order")),
    "insufficient_invoiceable": (_nothing, replace(ASK, amount=yuan("500.01"))),
    "below_minimum": (_nothing, replace(ASK, amount=yuan("0.00"))),
    "remarks_too_long": (_nothing, replace(ASK, remarks="x" * 231)),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_an_ask_is_refused_and_nothing_happens(story, code):  # K09, C21
    prepare, ask = REFUSALS[code]
    prepare(story)
    refused(code, lambda: _submit(story, ask))


def test_the_missing_field_of_a_special_invoice_is_named(story):
    _without_phone(story)
    error = refused("title_incomplete", lambda: _submit(story, replace(ASK, kind="special")))
    assert error.values["fields"] == ("registered phone",)


def test_kingsoft_invoices_whole_statements_once_a_month_and_the_amount_is_confirmed():  # C20, I19
    story = make_story("kingsoft")
    story.recharge("10000.00", "2026-01-01 09:00")
    story.order("150.00", "2026-01-10 10:00")
    ask = Ask(method="month", months=("2026-01",))
    refused("not_yet_available", lambda: _later(story, ask, "2026-02-03 12:00"))
    refused("confirm_amount_changed", lambda: _later(story, ask, "2026-02-04 00:00"))
    refused(
        "confirm_amount_changed",
        lambda: _later(story, ask, "2026-02-04 00:00", confirm_amount=yuan("140.00")),
    )
    refused("method_not_allowed", lambda: _later(story, ASK, "2026-02-04 00:00"))
    made = _later(story, ask, "2026-02-04 00:00", confirm_amount=yuan("150.00"))
    assert (made.medium, made.mailing_address != "") == ("paper", True)
    refused("month_already_invoiced", lambda: _later(story, ask, "2026-02-05 00:00", key="again"))


def _later(story, ask, when, key="K", **options):
    return submit(
        customer=story.customer,
        ask=ask,
        at=at(when),
        actor=story.user,
        idempotency_key=key,
        **options,
    )


def test_planning_takes_the_same_queries_for_few_and_many_items(
    story, django_assert_max_num_queries
):
    ask = Ask(method="amount", amount=yuan("400.00"))
    with django_assert_max_num_queries(12):
        preview(customer=story.customer, ask=ask, at=NOON)
    for n in range(20):
        story.order("1.00", f"2026-03-01 12:{n:02d}")
    with django_assert_max_num_queries(12):
        preview(customer=story.customer, ask=ask, at=NOON)
    with django_assert_max_num_queries(40):
        _submit(story, Ask(method="amount", amount=yuan("520.00")))
    assert Invoice.objects.count() == 1
