"""Orders in the console: found, told with their money, renewed, given up; and by whom."""

from datetime import date

import pytest

from invoicing.models import CreditNote
from ledger.models import Order
from ledger.queries.balances import fund_balances, withdrawable
from ledger.services.orders import changing, paying
from tests.builders import at, make_story, yuan
from tests.doors.console import NOW, fields, sign_in, text, viewer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]


def place(payer, customer=None, number="ORD-1", **term) -> Order:
    """30 days around `NOW`, the 20th of March: 19 used with today, 11 left."""
    placed = paying.pay_order(
        **{
            "number": number,
            "customer": (customer or payer).customer,
            "payer": payer.customer,
            "amount": yuan("300.00"),
            "tax_category": payer.key,
            "contract_number": "CT-2026-7",
            "starts_on": date(2026, 3, 2),
            "ends_on": date(2026, 3, 31),
            "at": at("2026-03-02 10:00"),
        }
        | term
    )
    return paying.deliver_order(order=placed, at=at("2026-03-02 10:05"))


@pytest.fixture
def story():
    story = make_story("alibaba")
    story.recharge("700.00", "2026-03-01 09:00")
    story.grant("coupon", "30.00", "2026-03-01 10:00")
    return story


def page(story, placed, *more, client=None):
    return (client or sign_in(story)).get("/".join(["orders", str(placed.pk), *more, ""]))


def test_the_list_shows_term_contract_and_payer(story):
    place(story)
    shown = text(sign_in(story).get("orders/"))
    assert "ORD-1" in shown
    assert "2026-03-02 – 2026-03-31 Contract CT-2026-7" in shown


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("ord-1", ["ORD-1"]),
        (" CT-2026 ", ["ORD-1"]),
        ("OTHER", ["OTHER-2"]),
        ("%", []),
        ("", ["ORD-1", "OTHER-2"]),
    ],
)
def test_orders_are_found_by_order_or_contract_number(story, wanted, found):
    place(story)
    place(story, number="OTHER-2", contract_number="")
    answer = sign_in(story).get("orders/", {"q": wanted})
    assert sorted(row.number for row in answer.context["page"].rows) == found


def test_the_search_goes_on_over_pages(story):
    for n in range(22):
        place(story, number=f"A-{n:02d}", amount=yuan("1.00"))
        place(story, number=f"B-{n:02d}", amount=yuan("1.00"))
    client = sign_in(story)
    first = client.get("orders/?q=A-")
    older = f"?q=A-&amp;before={first.context['page'].older}"
    assert older in first.content.decode()
    second = client.get("orders/" + older.replace("&amp;", "&"))
    assert [row.number for row in second.context["page"].rows] == ["A-01", "A-00"]


def test_an_order_tells_its_story_and_which_money_paid(story):
    placed = place(story)
    changing.downgrade(
        order=placed, reference="D1", returned=yuan("20.00"), at=at("2026-03-10 09:00")
    )
    shown = text(page(story, placed))
    assert "Paid 2026-03-02 10:00 Delivered 2026-03-02 10:05" in shown
    assert "Downgrade 2026-03-10 09:00, ¥20.00" in shown
    assert "Cash Recharge R1 2026-03-01 09:00 270.00 20.00" in shown
    assert (
        f"Coupons Grant FD-{story.customer.lots.get(fund='coupon').pk:08d} 2026-03-01 10:00 30.00 0.00"
        in shown
    )
    assert "The price of this order changed since it was paid." in shown


def test_unsubscribing_shows_what_comes_back_and_does_it_once_confirmed(story):
    placed = place(story)
    client = sign_in(story)
    asked = page(story, placed, "unsubscribe", client=client)
    shown = text(asked)
    assert "19 of 30" in shown
    assert "Cash consumption that stays, to be invoiced at most 171.00" in shown
    assert "Cash returned to your balance ¥99.00" in shown
    assert "A deficit opens" not in shown
    assert fund_balances(story.customer)["cash"] == yuan("430.00")
    answer = client.post(asked.wsgi_request.path, fields(asked), follow=True)
    assert "ORD-1 is unsubscribed." in text(answer)
    assert fund_balances(story.customer)["cash"] == yuan("529.00")
    again = client.post(asked.wsgi_request.path, fields(asked))
    assert again["Location"] == client.at(f"orders/{placed.pk}/")
    assert fund_balances(story.customer)["cash"] == yuan("529.00")


def test_the_deficit_is_foretold_before_it_opens(story):
    placed = place(story)
    story.issue(story.ask("2026-03-03 09:00", amount="200.00"), "2026-03-03 10:00")
    assert "A deficit opens: 29.00 more is invoiced" in text(page(story, placed, "unsubscribe"))


def test_the_customer_chooses_between_a_deficit_and_a_credit_note(story):
    placed = place(story)
    story.issue(story.ask("2026-03-03 09:00", amount="200.00"), "2026-03-03 10:00")
    client = sign_in(story)
    asked = page(story, placed, "unsubscribe", client=client)
    shown = text(asked)
    assert "the deficits of the account are 29.00, and 500.00 can be withdrawn" in shown
    assert "the deficits of the account are 0.00, and 529.00 can be withdrawn" in shown
    assert not CreditNote.objects.exists()
    chosen = {**fields(asked), "way": "credit"}
    assert "is unsubscribed" in text(client.post(asked.wsgi_request.path, chosen, follow=True))
    assert CreditNote.objects.get().gross.amount == yuan("-29.00")
    assert withdrawable(story.customer).available == yuan("529.00")


def test_paper_leaves_only_the_deficit():
    story = make_story("standard")
    story.recharge("700.00", "2026-03-01 09:00")
    placed = place(story)
    sent = story.ask("2026-03-03 09:00", amount="230.00", medium="paper")
    story.issue(sent, "2026-03-03 10:00")
    client = sign_in(story)
    asked = page(story, placed, "unsubscribe", client=client)
    shown = text(asked)
    assert "the deficits of the account are 40.00, and 470.00 can be withdrawn" in shown
    assert "Also credit it" not in shown
    forced = client.post(asked.wsgi_request.path, {**fields(asked), "way": "credit"})
    assert forced.status_code == 422
    assert "Its invoices cannot be credited at once for 40.00." in text(forced)
    placed.refresh_from_db()
    assert placed.status == "delivered"


def test_what_was_confirmed_is_what_happens_or_nothing(story):
    placed = place(story)
    answer = sign_in(story).post(f"orders/{placed.pk}/unsubscribe/", {"seen": "100.00"})
    assert answer.status_code == 409
    assert "The amount is now 99.00" in text(answer)
    assert Order.objects.get().status == "delivered"


def test_renewing_shows_price_and_term_and_pays_once_confirmed(story):
    placed = place(story)
    client = sign_in(story)
    asked = page(story, placed, "renew", client=client)
    assert "2026-04-01 – 2026-04-30" in text(asked)
    answer = client.post(asked.wsgi_request.path, fields(asked), follow=True)
    assert "Renewed until 2026-04-30." in text(answer)
    renewed = Order.objects.get(renews=placed)
    assert (renewed.amount.amount, renewed.paid_at) == (yuan("300.00"), NOW)
    assert fund_balances(story.customer)["cash"] == yuan("130.00")
    again = client.post(asked.wsgi_request.path, fields(asked))
    assert again["Location"] == client.at(f"orders/{renewed.pk}/")
    assert fund_balances(story.customer)["cash"] == yuan("130.00")
    assert "Unsubscribe the renewal first." in text(page(story, placed))


def test_a_renewal_that_the_balance_does_not_cover_says_so(story):
    placed = place(story)
    place(story, number="ORD-2")
    asked = page(story, placed, "renew")
    answer = sign_in(story).post(asked.wsgi_request.path, fields(asked))
    assert answer.status_code == 422
    assert "The balance is 130.00, but 300.00 is needed." in text(answer)
    assert not Order.objects.filter(renews=placed).exists()


def test_a_renewal_offered_at_another_price_is_confirmed_again(story):
    placed = place(story)
    answer = sign_in(story).post(f"orders/{placed.pk}/renew/", {"seen": "1.00"})
    assert answer.status_code == 409
    assert "The amount is now 300.00" in text(answer)
    assert Order.objects.count() == 1


def test_the_customer_sees_what_its_agent_paid_but_not_the_agents_money(story):
    customer = make_story("alibaba", "Small Shop Ltd")
    placed = place(story, customer)
    listed = text(sign_in(customer).get("orders/"))
    assert f"paid by {story.customer.name}" in listed
    assert "270.00" not in listed
    shown = text(page(customer, placed))
    assert f"{story.customer.name} paid for this order of Small Shop Ltd." in shown
    assert f"{story.customer.name} may ask for the invoice." in shown
    assert "Only that account can unsubscribe it." in shown
    assert "R1" not in shown
    refused = sign_in(customer).post(f"orders/{placed.pk}/unsubscribe/", {"seen": "99.00"})
    assert refused.status_code == 422
    assert Order.objects.get().status == "delivered"


def test_the_agent_finds_what_it_paid_among_its_orders_to_invoice(story):
    customer = make_story("alibaba", "Small Shop Ltd")
    place(story, customer)
    agent = sign_in(story)
    assert "paid for Small Shop Ltd" in text(agent.get("orders/"))
    to_invoice = {"method": "order"}
    assert "ORD-1" in text(agent.get("invoices/new/", to_invoice))
    assert "ORD-1" not in text(sign_in(customer).get("invoices/new/", to_invoice))


def test_a_customer_renews_with_its_own_money(story):
    customer = make_story("alibaba", "Small Shop Ltd")
    customer.recharge("300.00", "2026-03-01 09:00")
    placed = place(story, customer)
    asked = page(customer, placed, "renew")
    sign_in(customer).post(asked.wsgi_request.path, fields(asked))
    assert fund_balances(customer.customer)["cash"] == yuan("0.00")
    assert fund_balances(story.customer)["cash"] == yuan("430.00")


def test_readers_see_the_order_and_are_offered_nothing(story):
    placed = place(story)
    reader = viewer(story)
    shown = page(story, placed, client=reader)
    assert "/renew/" not in shown.content.decode()
    assert "/unsubscribe/" not in shown.content.decode()
    for action in ("renew", "unsubscribe"):
        assert page(story, placed, action, client=reader).status_code == 403
        sent = reader.post(f"orders/{placed.pk}/{action}/", {"seen": "99.00"})
        assert sent.status_code == 403
    assert Order.objects.get().status == "delivered"


def test_orders_of_others_do_not_exist(story):
    placed = place(story)
    stranger = make_story("alibaba", "Other Ltd")
    for more in ((), ("renew",), ("unsubscribe",)):
        assert page(stranger, placed, *more).status_code == 404
        url = "/".join(["orders", str(placed.pk), *more, ""])
        assert sign_in(stranger).post(url, {"seen": "99.00"}).status_code in (404, 405)
    assert Order.objects.get().status == "delivered"
