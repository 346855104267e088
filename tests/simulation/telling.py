"""Stories written as lines, and their answers."""

import json

from tests.simulation.test_language import played

OK = {"ok": True}


def lines(*stories):
    return "\n".join(json.dumps(line) for line in stories)


def do(verb, **fields):
    return {"do": verb, **fields}


def ask(question, **fields):
    return {"ask": question, **fields}


def told(*stories):
    """The answers, without their numbers; every story ends with books that hold."""
    *answers, audit = played(lines(*stories, ask("audit")))
    assert audit["violations"] == 0
    for answer in answers:
        answer.pop("line")
        answer.pop("message", None)
    return answers


BALANCE = ask("balance", account="acme")
