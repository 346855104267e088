"""What stands beside an amount or a button, so that nobody meets a dead end."""

from dataclasses import replace

import pytest

from accounts.models import CustomerAccount, Membership
from invoicing.models import InvoiceApplication
from ledger.models import Product
from ledger.ports.habits import Habits
from ledger.services.orders import paying
from tests.builders import at, make_entity, make_key, make_reviewer, make_story, yuan
from tests.doors.console import sign_in, text, viewer
from tests.doors.test_admin_orders import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
SELECT = "invoices/new/"
HELP = "https://provider.example/help"


def why_off(client, url=""):
    """What stands beside the button that is off; "" where it is on."""
    found = client.get(url).context["why_off"]
    assert ('disabled aria-describedby="why-off"' in client.get(url).content.decode()) == bool(
        found
    )
    return found


def test_with_nothing_to_invoice_the_overview_says_why_and_where_to_go():
    story = make_story("standard")
    client = sign_in(story)
    assert why_off(client).startswith("Nothing can be invoiced yet.")
    assert f'href="{client.home}recharge/">Recharge' in client.get("").content.decode()
    story.recharge("100", "2026-03-20 09:00")
    story.order("60.00", "2026-03-20 10:00", delivered=False)
    assert why_off(client) == "It can be invoiced once the resources are created."
    story.order("40.00", "2026-03-20 11:00")
    assert why_off(client) == ""


def uncertified():
    """A customer that may buy, but has not been certified."""
    other = make_story("standard")
    customer = CustomerAccount.objects.create(
        code="NEW", name="New Ltd", profile="standard", created_at=at("2026-03-01 09:00")
    )
    Membership.objects.create(user=other.user, customer=customer)
    Membership.objects.filter(customer=other.customer).delete()
    return replace(other, customer=customer)


def test_without_certification_nothing_can_be_issued_and_the_way_to_it_is_there():
    story = uncertified()
    story.recharge("100", "2026-03-20 09:00")
    story.order("60.00", "2026-03-20 10:00")
    client = sign_in(story)
    for url in ("", SELECT, f"{SELECT}?method=month", f"{SELECT}?method=amount"):
        assert why_off(client, url) == "Complete the certification of your account first."
        assert f'<a href="{client.home}certification/">' in client.get(url).content.decode()
    assert why_off(viewer(story)) == ""


def paid_by_agent():
    """An order of Shop Ltd that Agent Ltd paid."""
    agent, shop = make_story("alibaba", "Agent Ltd"), make_story("alibaba", "Shop Ltd")
    agent.recharge("300.00", "2026-03-01 09:00")
    placed = paying.pay_order(
        number="ORD-9",
        customer=shop.customer,
        payer=agent.customer,
        amount=yuan("300.00"),
        tax_category=agent.key,
        at=at("2026-03-02 10:00"),
    )
    return shop, agent, placed


def test_what_an_agent_paid_waits_with_who_may_ask_for_the_invoice():
    shop, agent, placed = paid_by_agent()
    shown = text(sign_in(shop).get(""))
    waits = "Orders that another account paid for ask Agent Ltd: who paid asks for the invoice"
    assert f"{waits} 300.00" in shown
    assert why_off(sign_in(shop)) == "Another account paid for it. Ask your agent for the invoice."
    assert "paid for" not in text(sign_in(agent).get(""))
    page = text(sign_in(agent).get(f"orders/{placed.pk}/"))
    assert "Agent Ltd paid for this order of Shop Ltd. Agent Ltd may ask for the invoice." in page


def test_where_the_right_is_the_users_the_order_says_so(monkeypatch):
    shop, _agent, placed = paid_by_agent()
    monkeypatch.setattr(
        "ledger.ports.habits.of_profile._given",
        lambda _code, _version: Habits(payer_invoices=False),
    )
    page = text(sign_in(shop).get(f"orders/{placed.pk}/"))
    assert "Agent Ltd paid for this order of Shop Ltd. Shop Ltd may ask for the invoice." in page


def asked_in_the_marketplace(**product):
    """An issued application for something that a provider sold in the marketplace."""
    story = make_story("alibaba")
    seller = make_entity("P1", support_url=HELP, name="Provider Ltd")
    sold = Product.objects.create(
        sku="crm", name="CRM", tax_category=make_key(seller), marketplace=True, **product
    )
    story.recharge("60.00", "2026-03-01 09:00")
    placed = paying.pay_order(
        number="ORD-1",
        customer=story.customer,
        amount=yuan("60.00"),
        product=sold,
        at=at("2026-03-01 10:00"),
    )
    paying.deliver_order(order=placed, at=at("2026-03-01 10:05"))
    asked = story.ask("2026-03-12 10:00", method="order", sources=("ORD-1",))
    return story, story.issue(asked, "2026-03-12 11:00")


def test_both_sides_see_who_answers_for_what_was_bought_in_the_marketplace():
    story, asked = asked_in_the_marketplace()
    page = sign_in(story).get(f"applications/{asked.pk}/")
    assert (
        f'<a href="{HELP}" rel="external noopener">Questions: ask Provider Ltd'
        in page.content.decode()
    )
    assert "Request a credit note" not in text(page)
    desk = client_of(make_reviewer()).get(f"/admin/invoicing/invoiceapplication/{asked.pk}/change/")
    assert f'<a href="{HELP}" rel="external noopener">' in desk.content.decode()


def test_for_what_the_operator_sells_there_itself_nobody_else_is_asked():
    story, asked = asked_in_the_marketplace(self_operated=True)
    page = sign_in(story).get(f"applications/{asked.pk}/")
    assert HELP not in page.content.decode()


def test_both_sides_see_which_members_an_application_covers_and_their_sums():
    parent = make_story("standard", "Group Ltd")
    members = []
    for name, amount in (("One Ltd", "106.00"), ("Two Ltd", "212.00")):
        member = make_story("standard", name)
        CustomerAccount.objects.filter(pk=member.customer.pk).update(parent=parent.customer)
        member.recharge(amount, "2026-03-01 09:00")
        member.order(amount, "2026-03-01 10:00")
        members.append(member.customer)
    ids = tuple(member.pk for member in members)
    asked = parent.ask("2026-03-02 10:00", amount="200.00", members=ids)
    page = text(sign_in(parent).get(f"applications/{asked.pk}/"))
    one, two = (member.code for member in members)
    assert f"Accounts it covers One Ltd {one} 106.00 Two Ltd {two} 94.00" in page
    desk = client_of(make_reviewer()).get(f"/admin/invoicing/invoiceapplication/{asked.pk}/change/")
    assert "It covers 2 accounts" in text(desk)
    assert f"One Ltd {one} 106.00 Two Ltd {two} 94.00" in text(desk)
    apart = parent.ask("2026-03-03 10:00", amount="118.00", members=ids[1:], by_member=True)
    assert "for Two Ltd" in text(sign_in(parent).get(f"applications/{apart.pk}/"))
    assert InvoiceApplication.objects.count() == 2


def test_an_application_of_ones_own_covers_no_members():
    story = make_story("standard")
    story.recharge("100.00", "2026-03-01 09:00")
    story.order("60.00", "2026-03-01 10:00")
    asked = story.ask("2026-03-02 10:00", amount="60.00")
    assert sign_in(story).get(f"applications/{asked.pk}/").context["members"] == []
