"""Scenarios: orders with a term, and products that change hands, in the language of the runner."""

APRIL = {"starts_on": "2026-04-01", "ends_on": "2026-04-30"}


def test_an_order_is_renewed_downgraded_and_given_up(stage):
    story = stage("alibaba")
    story.recharge("1000.00", "2026-03-20 09:00")
    story.order("O1", "300.00", contract="CT-1", **APRIL)
    story.do("apply", ref="A1", account="acme", method="order", orders=["O1"])
    renewed = story.do("renew", "2026-03-21 09:00", ref="O2", order="O1")
    assert renewed == {"cash": "300.00", "starts_on": "2026-05-01", "ends_on": "2026-05-31"}
    assert story.refused("unsubscribe", order="O1")["refused"] == "renewal_first"
    given = story.do("unsubscribe", "2026-04-10 09:00", order="O2")
    assert given == {"returned": "300.00", "deficit": "0.00"}
    lowered = story.do("downgrade", order="O1", new_price="270.00")
    assert lowered == {"returned": "30.00", "deficit": "30.00"}
    given = story.do("unsubscribe", "2026-04-15 09:00", order="O1")
    assert given == {"returned": "120.00", "deficit": "150.00"}
    assert story.refused("downgrade", order="O1", returned="1.00")["refused"] == "wrong_state"
    assert story.ask("balance", account="acme")["cash"] == "850.00"


def test_a_product_changes_hands_in_mid_month(stage):
    story = stage("alibaba")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.do("product", ref="terminal", tax_key="S6")
    story.do("route", product="terminal", tax_key="H13", valid_from="2026-03-16")
    story.order("O1", "100.00", "2026-03-15 23:59", product="terminal")
    story.order("O2", "200.00", "2026-03-16 00:00", product="terminal")
    found = story.ask("invoiceable", account="acme")["by_key"]
    assert [(row["tax_key"], row["open"]) for row in found] == [("S6", "100.00"), ("H13", "200.00")]
    late = {"product": "terminal", "tax_key": "S6", "valid_from": "2026-03-16"}
    assert story.refused("route", **late)["refused"] == "route_in_use"
