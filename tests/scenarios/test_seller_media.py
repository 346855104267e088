"""C04: a seller may issue in one medium only; an application takes the one that all its sellers offer."""

from tests.scenarios.stage import Stage


def shop(stage) -> Stage:
    """Acme bought from `I1`, which issues both, and from a seller that issues paper alone."""
    story = stage("standard")
    story.do("entity", ref="I9", electronic=False)
    story.do("tax_key", ref="P6", entity="I9", rate="0.06")
    story.paid_order("O1", "100.00", "2026-03-01 10:00")
    story.paid_order("O2", "50.00", tax_key="P6")
    return story


def test_c04_without_a_wish_the_medium_is_one_that_every_seller_issues(stage):
    story = shop(stage)
    seen = story.ask("preview", account="acme", method="order", orders=["O1", "O2"])
    assert [row["medium"] for row in seen["invoices"]] == ["paper", "paper"]
    alone = story.ask("preview", account="acme", method="order", orders=["O1"])
    assert [row["medium"] for row in alone["invoices"]] == ["electronic"]


def test_c04_a_medium_that_a_seller_does_not_issue_is_refused(stage):
    story = shop(stage)
    ask = {"account": "acme", "method": "order", "orders": ["O2"], "medium": "electronic"}
    assert story.refused("apply", ref="A1", **ask)["refused"] == "medium_not_allowed"
    story.do("apply", ref="A1", **ask | {"medium": "paper"})
