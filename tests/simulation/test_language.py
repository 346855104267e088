"""The language: what a line may say, and how a bad one stops the story."""

import io
import json

import pytest

from finance_console.simulation.language import QUESTIONS, VERBS
from finance_console.simulation.runner import BadLine, play
from invoicing.domain import profiles
from ledger.models import LedgerAccount

pytestmark = pytest.mark.django_db

OPENING = """
# the stage
{"do":"entity","ref":"I1"}
{"do":"tax_key","ref":"S6","entity":"I1","rate":"0.06"}
{"do":"account","ref":"acme","profile":"alibaba","name":"Acme Ltd","at":"2026-03-01T09:00:00+08:00"}
{"do":"recharge","account":"acme","amount":"100.00"}
"""
LINES = 6  # of the opening, with the empty first one


def played(text):
    answers = []
    play(io.StringIO(OPENING + text), answers.append)
    return answers[4:]


def stopped(text):
    """The problem, and the answers that were given before it."""
    answers = []
    with pytest.raises(BadLine) as stop:
        play(io.StringIO(OPENING + text), answers.append)
    assert stop.value.number == LINES + text.count("\n") + (not text.endswith("\n"))
    return str(stop.value), answers


def test_blank_lines_and_comments_are_skipped_but_counted():
    (answer,) = played('\n  # nothing\n{"ask":"balance","account":"acme"}')
    assert answer["line"] == LINES + 3
    assert (answer["ok"], answer["cash"]) == (True, "100.00")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "this is not JSON"),
        ("[1]", "a line is one JSON object"),
        ('{"account":"acme"}', 'a line has either "do" or "ask"'),
        ('{"do":"rob","account":"acme"}', 'unknown verb "rob"'),
        ('{"ask":"why"}', 'unknown question "why"'),
        ('{"do":"recharge","account":"nobody","amount":"1.00"}', 'there is no account "nobody"'),
        ('{"do":"recharge","account":"acme","amount":"ten"}', 'amount: "ten" is not a number'),
        ('{"do":"recharge","account":"acme","amount":NaN}', "this is not JSON"),
        ('{"do":"recharge","account":"acme","amount":true}', "amount: true is not a number"),
        ('{"do":"recharge","account":"acme","amount":"１２"}', 'amount: "１２" is not a number'),
        (
            '{"do":"recharge","account":"acme","amount":"1.00","amount":"2.00"}',
            'the field "amount" is there twice',
        ),
        ('{"do":"recharge","account":"acme"}', 'recharge needs the field "amount"'),
        ('{"do":"recharge","account":"acme","sum":"1.00"}', 'recharge has no field "sum"'),
        ('{"do":"account","ref":"acme"}', 'there is already an account "acme"'),
        ('{"do":"account","ref":"b","profile":"none"}', "There is no profile 'none'"),
        ('{"do":"tax_key","ref":"X","entity":"I1","rate":"6"}', "rate: 6 is not a tax rate"),
        ('{"do":"order","ref":"O","account":"acme","amount":"1.00"}', 'either "product" or'),
        ('{"do":"close_month","month":"March"}', 'month: "March" is not a month'),
        ('{"do":"advance","to":"tomorrow"}', 'to: "tomorrow" is not a moment'),
        ('{"do":"advance","to":"2026-02-28T00:00"}', "time goes backward"),
        ('{"ask":"balance","account":"acme","at":"2026-02-28T00:00"}', "time goes backward"),
        ('{"ask":"invoice","invoice":"A9/1"}', 'there is no application "A9"'),
        (
            '{"do":"profile","name":"p","base":"baidu","set":{"colour":"red"}}',
            "profile key 'colour'",
        ),
    ],
)
def test_a_malformed_line_stops_the_story(line, problem):
    message, answers = stopped(line)
    assert problem in message
    assert len(answers) == 4


def test_every_word_of_the_language_is_known():
    verbs = """profile entity tax_key product account recharge grant order deliver fail_delivery bill usage
        close_month refund withdraw certify title apply_title decide_title address email apply claim approve
        reject cancel issue ship receive request_credit receive_return decide_credit reissue offset
        auto_invoicing close_account advance route renew downgrade unsubscribe reverse_recharge payment
        payment_callback bank_statement match_line ignore_line code redeem decide_withdrawal member_transfer hold
        lift_hold credit adjust lock_books reconcile holiday usage_file cancel_credit undo_offset change catch_up
        ticket answer_ticket close_ticket proforma"""
    questions = """balance invoiceable items preview application invoice actions messages auto_runs
        audit statement sources"""
    assert set(VERBS) == set(verbs.split())
    assert set(QUESTIONS) == set(questions.split())


def test_a_refusal_changes_nothing_and_the_story_goes_on():
    before = LedgerAccount.objects.count()
    refused, balance = played(
        '{"do":"order","ref":"O1","account":"acme","tax_key":"S6","amount":"100.01"}\n'
        '{"ask":"balance","account":"acme"}'
    )
    assert (refused["refused"], refused.get("ok")) == ("insufficient_balance", None)
    assert "100.01" in refused["message"]
    assert balance["cash"] == "100.00"
    assert LedgerAccount.objects.count() > before


def test_too_many_decimals_are_refused_as_an_amount():
    (refused,) = played('{"do":"recharge","account":"acme","amount":"1.005"}')
    assert refused["refused"] == "invalid_amount"


def test_amounts_may_be_json_numbers_and_stay_exact():
    (answer,) = played('{"do":"recharge","account":"acme","amount":0.10}')
    assert answer["balance"] == "100.10"


def test_a_bare_local_time_is_shanghai_time():
    (answer,) = played('{"do":"advance","to":"2026-03-01T09:00:01"}')
    assert answer["ran"] == []


def test_an_offset_counts():
    assert "backward" in stopped('{"do":"advance","to":"2026-03-01T00:59:59Z"}')[0]


def test_a_value_that_does_not_fit_is_malformed():
    line = {"do": "account", "ref": "long", "name": "x" * 101}
    assert "too long" in stopped(json.dumps(line))[0]


def test_two_entities_never_share_a_tax_id():
    text = '{"do":"entity","ref":"I2","tax_id":"1"}\n{"do":"entity","ref":"I3","tax_id":"1"}'
    assert "another entity has this tax ID" in stopped(text)[0]


def test_the_clock_starts_at_the_first_moment_of_the_story():
    play(io.StringIO(OPENING), [].append)
    recharged = LedgerAccount.objects.get(bucket="cash").entries.get().transfer.effective_at
    assert recharged.isoformat() == "2026-03-01T01:00:00+00:00"


def test_profiles_of_a_story_end_with_it():
    played('{"do":"profile","name":"mine","base":"baidu","set":{"bill_day":5}}')
    with pytest.raises(LookupError):
        profiles.get("mine")


def test_a_name_that_was_refused_is_still_free():
    first, again = played(
        '{"do":"order","ref":"O1","account":"acme","tax_key":"S6","amount":"500.00"}\n'
        '{"do":"order","ref":"O1","account":"acme","tax_key":"S6","amount":"50.00"}'
    )
    assert (first["refused"], again["cash"]) == ("insufficient_balance", "50.00")


def test_usage_keeps_its_decimals_until_the_bill():
    answers = played(
        '{"do":"usage","account":"acme","tax_key":"S6","amount":"0.0000000051"}\n'
        '{"do":"usage","account":"acme","tax_key":"S6","amount":"0.0049999949"}\n'
        '{"do":"close_month","month":"2026-03","at":"2026-04-03T08:00"}\n'
        '{"ask":"balance","account":"acme"}'
    )
    assert answers[2]["bills"] == 1
    assert answers[3]["cash"] == "99.99"  # 0.0050000000 rounds up to a cent
