"""Stories that cannot be: the line at fault is named, and names are for one thing each."""

import json

import pytest

from finance_console.simulation.story import Story, forget_variants
from tests.builders import at
from tests.simulation.telling import ask, do, lines
from tests.simulation.test_language import stopped

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (do("code", ref="C", fund="cash", amount="1", valid_until="2027-01-01"), "fund: \"cash\" is not one of"),
        (do("code", ref="C", fund="gift", amount="1", valid_until="soon"), "valid_until: \"soon\" is not a moment"),
        (do("code", ref="C", fund="gift", amount="1", valid_until="2027-01-01", days=0), "days: 0 is not a number of"),
        (do("redeem", account="acme", code="C9"), "code: there is no code \"C9\""),
        (do("grant", account="acme", fund="gift", amount="1", product="p"), "product: there is no product \"p\""),
        (do("credit", account="acme", limit="much"), "limit: \"much\" is not a number"),
        (do("adjust", account="acme", amount="1", fund="gold"), "fund: \"gold\" is not one of cash,"),
        (do("lock_books", through="March"), "through: \"March\" is not a day"),
        (do("withdraw", account="acme", amount="1", decide="maybe"), "decide: \"maybe\" is not one of pay,"),
        (do("decide_withdrawal", withdrawal="W", decide="pay"), "there is no withdrawal \"W\""),
        (do("lift_hold", hold="H"), "there is no hold \"H\""),
        (do("member_transfer", account="acme", to="b", amount="1"), "to: there is no account \"b\""),
        (do("reverse_recharge"), "name one of"),
        (do("payment_callback", payment="P"), "there is no payment \"P\""),
        (do("bank_statement", lines=[{"reference": "B"}]), "lines: a line has reference, amount,"),
        (do("bank_statement", lines=[{"reference": "B", "amount": "1", "colour": "red"}]), "lines: a line has"),
        (do("bank_statement", lines="B"), "lines: \"B\" is not a list"),
        (do("usage_file", account="acme"), 'name either "file" or "lines"'),
        (do("usage_file", account="acme", file="nowhere.csv"), "nowhere.csv cannot be read: No such file"),
        (do("product", ref="Q", tax_key="S6", issuer="Kestrel"), '"issuer" and "service" go together'),
        (do("match_line", line="B", account="acme"), "there is no bank line \"B\""),
        (do("recharge", account="acme", amount="1", ref=""), "ref: \"\" is not a name"),
        (ask("statement", account="b"), "there is no account \"b\""),
        (ask("sources", order="O"), "there is no order \"O\""),
    ],
)  # fmt: skip
def test_a_malformed_line_stops_the_story_with_its_number(line, problem):
    message, answers = stopped(json.dumps(line))
    assert message.startswith("line 7: ")
    assert problem in message
    assert len(answers) == 4


def test_names_are_for_one_thing_each():
    line = lines(do("recharge", account="acme", amount="1", ref="R"), do("recharge", account="acme", amount="1", ref="R"))  # fmt: skip
    assert "there is already a recharge" in stopped(line)[0]


def test_a_kept_story_keeps_its_bank_references_apart():
    from finance_console.simulation.runner import play_line

    for prefix in ("S1", "S2"):
        story = Story(now=at("2026-03-01 09:00"), prefix=prefix, kept=True)
        play_line(story, json.dumps(do("account", ref="acme")))
        file = do("bank_statement", lines=[{"reference": "B1", "amount": "1.00", "into": "acme"}])
        assert play_line(story, json.dumps(file))["matched"] == 1
        forget_variants(story)
