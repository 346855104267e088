"""Auto-invoicing in the console: confirm to enable, members, a failed month and its way out."""

import pytest

from accounts.models import Certification, RecipientEmail
from invoicing.models import AutoInvoicing, AutoInvoicingRun, InvoiceApplication, InvoiceTitle
from invoicing.services.auto import settings as auto_invoicing
from ledger.models import Charge
from ledger.services.bills import generating
from ledger.services.orders import refunding
from tests.builders import at, make_story, yuan
from tests.doors.console import NOW, page_of, sign_in, text, viewer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
ON, MEMBERS = "auto-invoicing/on/", "auto-invoicing/members/"


@pytest.fixture
def story():
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-01-01 09:00")
    return story


def chosen(story, **fields):
    return {
        "title": story.title.pk,
        "type": "general-electronic",
        "recipient_email": story.customer.emails.get().email,
    } | fields


def switch_on(story, when="2026-01-20 09:00"):
    auto_invoicing.enable(
        customer=story.customer,
        title=story.title,
        kind="general",
        medium="electronic",
        recipient_email="",
        at=at(when),
    )


def test_a54_own_words_are_confirmed_and_kept(story):
    client = sign_in(story)
    values = chosen(story, populate="own", note="Contract 7")
    page = text(client.post(ON, values))
    assert "Confirm to enable" in page
    assert "Contract 7" in page
    assert text(client.post(ON, values | {"edit": "yes"})).count("Continue") == 1
    assert AutoInvoicing.objects.count() == 0
    answer = client.post(ON, values | {"confirm": "yes"})
    assert answer["Location"] == page_of(story, "invoicing:auto")
    assert AutoInvoicing.objects.get().remarks == "Contract 7"
    assert "Contract 7" in text(client.get(page_of(story, "invoicing:auto")))


def test_own_words_that_are_empty_are_asked_for(story):
    answer = sign_in(story).post(ON, chosen(story, populate="own", note=" "))
    assert answer.status_code == 422
    assert "Write the remark, or choose the usual one." in text(answer)


def test_sc_100_without_a_saved_email_there_is_a_link_to_set_one(story):
    values = chosen(story) | {"recipient_email": ""}
    RecipientEmail.objects.all().delete()
    client = sign_in(story)
    assert page_of(story, "invoicing:email_add") in client.get(ON).content.decode()
    answer = client.post(ON, values | {"confirm": "yes"})
    assert (answer.status_code, AutoInvoicing.objects.count()) == (422, 0)


def test_sc_100_an_email_that_is_not_saved_is_refused(story):
    values = chosen(story, recipient_email="other@acme.example", confirm="yes")
    assert sign_in(story).post(ON, values).status_code == 422
    assert AutoInvoicing.objects.count() == 0


def family():
    """A management account with three members, one of which does not let it ask for invoices."""
    manager = make_story("alibaba", "Group Ltd")
    members = [make_story("alibaba", f"Member {n} Ltd") for n in (1, 2, 3)]
    for member in members:
        member.customer.parent = manager.customer
        member.customer.save()
    members[2].customer.parent_may_invoice = False
    members[2].customer.save()
    return manager, members


def of_members(members, **fields):
    values = {"member": [one.customer.pk for one in members], "type": "general-electronic"}
    for one in members:
        values[f"title-{one.customer.pk}"] = one.title.pk
        values[f"email-{one.customer.pk}"] = one.customer.emails.get().email
    return values | fields


def test_sc_100_two_of_three_members_are_set_up_and_the_third_is_shown_with_the_reason():
    manager, members = family()
    client = sign_in(manager)
    page = client.get(MEMBERS).content.decode()
    disabled = f'id="member-{members[2].customer.pk}" name="member" value="{members[2].customer.pk}" disabled'
    assert disabled in page
    assert f'value="{members[0].customer.pk}" disabled' not in page
    assert "does not let this account ask for its invoices" in page or "Member 3 Ltd" in page
    answer = client.post(MEMBERS, of_members(members[:2]))
    assert "Enable auto-invoicing?" in text(answer)
    assert AutoInvoicing.objects.count() == 0
    client.post(MEMBERS, of_members(members[:2], confirm="yes"))
    settings = AutoInvoicing.objects.order_by("customer")
    assert [(row.customer, row.enabled, row.title) for row in settings] == [
        (one.customer, True, one.title) for one in members[:2]
    ]


def test_sc_100_a_forged_choice_of_the_third_sets_nothing_up():
    manager, members = family()
    sign_in(manager).post(MEMBERS, of_members(members[2:], confirm="yes"))
    assert AutoInvoicing.objects.count() == 0


def test_sc_100_members_settings_are_changed_together():
    manager, members = family()
    client = sign_in(manager)
    for words in ("", "Cost centre 9"):
        values = of_members(members[:2], confirm="yes", populate="own" if words else "default")
        client.post(MEMBERS, values | {"note": words})
    assert list(AutoInvoicing.objects.values_list("remarks", flat=True)) == ["Cost centre 9"] * 2


def test_sc_100_the_recipient_of_a_member_is_one_of_its_own():
    manager, members = family()
    values = of_members(members[:1], confirm="yes")
    values[f"email-{members[0].customer.pk}"] = manager.customer.emails.get().email
    answer = sign_in(manager).post(MEMBERS, values)
    assert answer.status_code == 422
    assert "Add a recipient email first." in text(answer)
    assert AutoInvoicing.objects.count() == 0


def test_members_without_title_or_email_are_unselectable():
    manager, members = family()
    InvoiceTitle.objects.filter(customer=members[0].customer).delete()
    RecipientEmail.objects.filter(customer=members[1].customer).delete()
    page = text(sign_in(manager).get(MEMBERS))
    assert "Add an invoice title first." in page
    assert "Add a recipient email first." in page
    assert Certification.objects.filter(customer=members[0].customer).exists()


def test_who_manages_nobody_has_no_such_page(story):
    assert sign_in(story).get(MEMBERS).status_code == 404


def a_month_that_is_too_much(story):
    """January: 800.00, and a refund of 300.00 of what was invoiced before (D12)."""
    story.order("300.00", "2025-12-02 09:00")
    story.issue(story.ask("2025-12-03 09:00", amount="300.00"), "2025-12-03 10:00")
    refunding.refund_charge(
        charge=Charge.objects.get(order__customer=story.customer),
        amount=yuan("300.00"),
        reason="refund",
        reference="R",
        at=at("2025-12-20 09:00"),
    )
    switch_on(story)
    story.order("800.00", "2026-01-21 09:00")
    auto_invoicing.run_due(at=at("2026-02-05 02:00"))


def test_d12_a_month_that_is_too_much_offers_the_reduced_amount_with_one_click(story):
    a_month_that_is_too_much(story)
    run = AutoInvoicingRun.objects.get(period="2026-01")
    assert (run.result, run.reason) == ("failed", "insufficient_amount")
    assert (str(run.total), str(run.offer)) == ("800.00", "500.00")
    client = sign_in(story)
    page = client.get("auto-invoicing/2026-01/")
    assert "Apply for 500.00" in text(page)
    link = "invoices/new/confirm/?method=month&amp;month=2026-01"
    assert link in page.content.decode()
    confirm = text(client.get(link.replace("&amp;", "&")))
    assert "500.00" in confirm
    assert "Apply for 500.00" not in text(viewer(story).get("auto-invoicing/2026-01/"))


def test_a_failed_month_is_tried_again_once_it_is_put_right(story):
    switch_on(story)
    story.order("80.00", "2026-01-21 09:00")
    saved = list(RecipientEmail.objects.values("customer", "email"))
    RecipientEmail.objects.all().delete()
    auto_invoicing.run_due(at=at("2026-02-05 02:00"))
    client = sign_in(story)
    page = client.get("auto-invoicing/2026-01/")
    assert "Add a recipient email first." in text(page)
    assert page_of(story, "invoicing:titles") in page.content.decode()
    assert client.post("auto-invoicing/2026-01/again/").status_code == 422
    assert AutoInvoicingRun.objects.get().result == "failed"
    RecipientEmail.objects.create(customer=story.customer, email=saved[0]["email"], is_default=True)
    for _ in range(2):
        answer = client.post("auto-invoicing/2026-01/again/")
        application = InvoiceApplication.objects.get()
        assert answer["Location"] == client.at(f"applications/{application.pk}/")
    assert (str(application.total.amount), application.submitted_at) == ("80.00", NOW)
    assert AutoInvoicingRun.objects.get().application == application


def settled_late(story):
    """A bill of February that was settled after its run, and March."""
    switch_on(story, "2026-02-01 09:00")
    story.use("1200.00", "2026-02-20 09:00")
    generating.close_months(at=at("2026-03-03 09:00"))
    auto_invoicing.run_due(at=at("2026-03-05 02:00"))
    story.recharge("500.00", "2026-03-07 09:00")
    story.order("80.00", "2026-03-10 09:00")


def test_what_an_earlier_month_left_is_shown_before_the_run_and_after_it(story):
    settled_late(story)
    page = sign_in(story).get("auto-invoicing/")
    assert "1,200.00 of 2026-02, which became invoiceable after its run." in text(page)
    assert "invoices/new/confirm/?method=month&amp;month=2026-02" in page.content.decode()
    viewed = viewer(story).get("auto-invoicing/")
    assert "1,200.00 of 2026-02" in text(viewed)
    assert "Apply for it now" not in text(viewed)
    auto_invoicing.run_due(at=at("2026-04-05 02:00"))
    page = text(sign_in(story).get("auto-invoicing/2026-03/"))
    assert "1,280.00 1,200.00 of 2026-02 80.00 of 2026-03" in page
    assert "From earlier months" not in text(sign_in(story).get("auto-invoicing/"))


def test_what_was_applied_for_by_hand_meanwhile_is_not_taken_along(story):
    settled_late(story)
    story.ask("2026-03-11 09:00", method="month", months=("2026-02",))
    assert "From earlier months" not in text(sign_in(story).get("auto-invoicing/"))
    auto_invoicing.run_due(at=at("2026-04-05 02:00"))
    run = AutoInvoicingRun.objects.get(period="2026-03")
    assert str(run.total) == "80.00"
    assert "80.00 of 2026-03" not in text(sign_in(story).get("auto-invoicing/2026-03/"))


def test_runs_are_filtered_by_result(story):
    switch_on(story)
    story.order("80.00", "2026-01-21 09:00")
    auto_invoicing.run_due(at=at("2026-02-05 02:00"))
    client = sign_in(story)
    assert "2026-01 Invoicing" in text(client.get("auto-invoicing/?result=issued"))
    assert "2026-01 Invoicing" not in text(client.get("auto-invoicing/?result=failed"))


def test_the_page_costs_the_same_after_three_years(story, django_assert_max_num_queries):
    switch_on(story, "2023-01-20 09:00")
    auto_invoicing.run_due(at=at("2026-02-05 02:00"))
    assert AutoInvoicingRun.objects.count() == 37
    client = sign_in(story)
    with django_assert_max_num_queries(16):
        client.get("auto-invoicing/")
