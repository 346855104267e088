"""What the scenarios of credit notes begin with: an order that was invoiced, and its credit."""


def issued(stage, profile="standard", amount="500.00", **fields):
    """An order of S6 invoiced in full."""
    story = stage(profile)
    story.paid_order("O1", amount, "2026-03-01 10:00")
    story.do("advance", to="2026-04-04T00:00")
    if profile == "kingsoft":
        story.apply("A1", method="month", months=["2026-03"], confirm_amount=amount)
    else:
        story.apply("A1", method="order", orders=["O1"], **fields)
    story.issue("A1")
    return story


def credit(story, ref="CR1", amount=None, reason="sales_return", **fields):
    asked = story.do(
        "request_credit", ref=ref, invoice="A1/1", reason=reason, amount=amount, **fields
    )
    assert asked == {"status": "crediting"}
    return story.do("decide_credit", credit=ref, approve=True)
