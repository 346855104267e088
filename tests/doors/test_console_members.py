"""A management account on the pages: choosing members, filters that see them, what a member sees."""

import pytest
from django.test.utils import CaptureQueriesContext

from accounts.models import CustomerAccount
from invoicing.models import InvoiceApplication
from ledger.services.orders.refunding import refund_charge
from tests.builders import at, make_key, make_story, yuan
from tests.doors.console import confirm, fields, sign_in, submit, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
PAGE = "invoices/new/"


def member_of(parent, name, amount, key=None):
    story = make_story("standard", name)
    story.customer.parent = parent.customer
    story.customer.save()
    story.recharge(amount, "2026-01-01 09:00")
    story.number = story.order(amount, "2026-01-10 09:00", key).number
    return story


@pytest.fixture
def group():
    parent = make_story("standard", "Group Ltd")
    one = member_of(parent, "One Ltd", "106.00")
    two = member_of(parent, "Two Ltd", "212.00")
    return parent, one, two


def test_sc_107_through_the_pages(group):
    parent, one, two = group
    client = sign_in(parent)
    ids = [one.customer.pk, two.customer.pk]
    page = client.get(PAGE)
    assert "Whose consumption? Your own account" in text(page)
    assert one.number not in text(page)
    page = client.get(PAGE, {"member": ids, "method": "order", "by_member": "on"})
    assert fields(page)["member"].count(str(one.customer.pk)) == 2  # chosen, and carried on
    assert f"{one.number} 2026-01-10 One Ltd" in text(page)
    assert "Invoiceable amount ¥318.00" in text(page)
    wish = {"method": "order", "source": [one.number, two.number], "member": ids}
    together = confirm(client, **wish)
    assert "6% 300.00 18.00 318.00" in text(together)
    assert "Left to invoice after this 0.00" in text(together)
    apart = confirm(client, **wish, by_member="on")
    assert "One set of invoices per account: Two Ltd" in text(apart)
    assert submit(client, apart).status_code == 302
    application = InvoiceApplication.objects.get()
    assert (application.members, application.by_member) == (ids, True)
    assert application.buyer["name"] == "Group Ltd"


def test_the_member_sees_what_the_managing_account_asked_for(group):
    parent, one, two = group
    client, ids = sign_in(parent), [one.customer.pk, two.customer.pk]
    submit(client, confirm(client, method="amount", amount="200.00", member=ids))
    number = InvoiceApplication.objects.get().number
    for story, amount in ((one, "106.00"), (two, "94.00")):
        page = text(sign_in(story).get(PAGE))
        assert f"{number} 2026-03-20 Group Ltd" in page
        assert page.endswith(amount) or f"{amount} " in page.split(number)[1]
    assert "Invoiced by your managing account" not in text(sign_in(parent).get(PAGE))


def test_a_member_that_does_not_allow_it_cannot_be_chosen(group):
    parent, one, _two = group
    CustomerAccount.objects.filter(pk=one.customer.pk).update(parent_may_invoice=False)
    client = sign_in(parent)
    page = client.get(PAGE, {"member": one.customer.pk})
    assert "One Ltd does not let the managing account ask for its invoices." in text(page)
    assert f'value="{one.customer.pk}" disabled' in page.content.decode()
    assert one.number not in text(page)
    forged = confirm(client, method="order", source=one.number, member=one.customer.pk)
    assert forged.status_code == 422
    assert "One Ltd does not let" in text(forged)


@pytest.mark.parametrize("member", ["0", "9" * 30, "x", "999999"])
def test_an_account_of_somebody_else_does_not_exist(group, member):
    parent, one, _two = group
    stranger = make_story("standard", "Other Ltd")
    for wrong in (member, stranger.customer.pk):
        page = sign_in(parent).get(PAGE, {"member": wrong})
        assert page.status_code == 200
    answer = confirm(
        sign_in(parent), method="order", source=one.number, member=stranger.customer.pk
    )
    assert answer.status_code == 404
    assert not InvoiceApplication.objects.exists()


def filtered(client, **query):
    page = client.get(PAGE, {"method": "order"} | query)
    return page.content.decode()


def test_a37_all_filters_narrow_the_list():
    story = make_story("standard")
    story.recharge("1000.00", "2026-01-01 09:00")
    hardware = make_key(story.key.entity, "0.13", content="硬件设备")
    first = story.order("10.00", "2026-01-10 09:00").number
    second = story.order("20.00", "2026-02-10 09:00", hardware).number
    story.customer.orders.filter(number=first).update(contract_number="CON-77")
    client = sign_in(story)
    assert "Expand all filters" in filtered(client)
    for query, shown, hidden in (
        ({"q": "CON-77"}, first, second),
        ({"content": "硬件"}, second, first),
        ({"product": "硬件"}, second, first),
        ({"last": "2026-01"}, first, second),
        ({"sign": "positive", "first": "2026-02"}, second, first),
    ):
        page = filtered(client, **query)
        assert f"Select {shown}" in page
        assert f"Select {hidden}" not in page


def test_refunds_after_invoicing_are_a_list_of_their_own_and_cannot_be_selected():
    story = make_story("standard")
    story.recharge("1000.00", "2026-01-01 09:00")
    owed = story.order("10.00", "2026-01-10 09:00")
    story.issue(story.ask("2026-01-11 09:00", amount="10.00"), "2026-01-11 10:00")
    other = story.order("20.00", "2026-02-10 09:00").number
    refund_charge(
        charge=owed.charge,
        amount=yuan("4.00"),
        reason="refund",
        reference="R",
        at=at("2026-02-11 09:00"),
    )
    client = sign_in(story)
    page = client.get(PAGE, {"method": "order", "sign": "negative"})
    assert f"{owed.number} 2026-01-10" in text(page)
    assert "Refunded after invoicing: offset first" in text(page)
    assert "−4.00" in text(page)
    assert "source" not in fields(page)
    assert other not in text(page)
    assert owed.number not in text(client.get(PAGE, {"method": "order", "sign": "positive"}))


def test_sc_45_wishes_have_to_be_sent_twice_and_the_boxes_are_ticked():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60.00")
    assert fields(page)["remark_parts"] == ["address_phone", "bank_account"]
    warned = submit(client, page, remarks="urgent")
    assert warned.status_code == 422
    assert "Your remarks contain “urgent”" in text(warned)
    assert not InvoiceApplication.objects.exists()
    kept = {**fields(warned), "remarks": "urgent", "remark_parts": []}
    assert client.post("invoices/new/confirm/", kept).status_code == 302
    assert InvoiceApplication.objects.get().remarks == "urgent"


def test_sc_44_the_model_column_is_chosen_on_the_page():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    client = sign_in(story)
    page = confirm(client, method="amount", amount="60.00")
    assert fields(page)["model"] == ["blank"]
    assert submit(client, page, model="golden").status_code == 422
    assert submit(client, page, model="none").status_code == 302
    assert InvoiceApplication.objects.get().model == "none"


def test_b61_the_button_that_is_off_says_why():
    story = make_story("baidu")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00", delivered=False)
    page = sign_in(story).get(PAGE)
    assert "It can be invoiced once the resources are created." in text(page)
    assert 'data-next disabled aria-describedby="why-off"' in page.content.decode()


def test_the_number_of_queries_does_not_grow_with_members_orders_or_refunds(
    group, django_assert_max_num_queries
):
    parent, one, two = group
    ids = [one.customer.pk, two.customer.pk]

    def queries():
        from django.db import connection

        client = sign_in(parent)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(PAGE, {"member": ids, "method": "order"}).status_code == 200
        return len(seen)

    before = queries()
    for n in range(5):
        ids.append(member_of(parent, f"More {n}", "50.00").customer.pk)
        one.recharge("100.00", "2026-01-02 09:00")
        one.order("20.00", f"2026-01-1{n} 10:00")
    assert queries() == before
