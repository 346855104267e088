"""A locking query reads one table: whoever waits for a row sees that row anew, and what was joined to it as it was.

PostgreSQL reads a row again once its lock is free, but keeps what the statement had joined. So a thing that is used
once must be judged by its own row, and whatever else is read comes in a second statement. The source is read here; what
the tests of the whole suite send to the database is watched by `tests/locking.py`.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.test_house_rules import ROOT, SOURCES
from tests.locking import joins_while_locking

LOOKUPS = {"in", "isnull", "gt", "gte", "lt", "lte", "exact", "iexact", "contains", "icontains"}
LOOKUPS |= {"startswith", "range", "date", "year", "month"}
Assigned = dict[str, list[ast.expr]]


def joined(source: str) -> list[str]:
    """Every way in which a locking query of the source reaches into another table."""
    functions = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [found for function in functions for found in _of_function(function)]


def _of_function(function: ast.AST) -> Iterator[str]:
    assigned: Assigned = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
    seen: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            calls = _chain(node, assigned, set())
            if any(name == "select_for_update" for name, _call in calls):
                for name, call in calls:
                    if id(call) not in seen:
                        seen.add(id(call))
                        yield from _reaching(name, call)


def _chain(node: ast.expr, assigned: Assigned, used: set[str]) -> list[tuple[str, ast.Call]]:
    """The methods called one after the other, through the names in between."""
    calls = []
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                calls.append((node.func.attr, node))
            node = node.func
        else:
            node = node.value
    if isinstance(node, ast.Name) and node.id not in used:
        for value in assigned.get(node.id, []):
            calls += _chain(value, assigned, used | {node.id})
    return calls


def _reaching(name: str, call: ast.Call) -> Iterator[str]:
    if name == "select_related":
        yield f"{call.lineno}: select_related"
    if name not in {"filter", "exclude", "get", "order_by", "annotate"}:
        return
    words = [word.arg for word in call.keywords if word.arg]
    for inner in ast.walk(call):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            words += [word.arg for word in inner.keywords if word.arg and inner.func.id == "Q"]
            words += [
                str(given.value)
                for given in inner.args
                if inner.func.id == "F" and isinstance(given, ast.Constant)
            ]
    if name == "order_by":
        words += [str(given.value) for given in call.args if isinstance(given, ast.Constant)]
    for word in words:
        if set(word.split("__")[1:]) - LOOKUPS:
            yield f"{call.lineno}: {word}"


def test_no_locking_query_of_the_source_reaches_into_another_table():
    found = {
        path.relative_to(ROOT).as_posix(): offences
        for path in SOURCES
        if (offences := joined(path.read_text()))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("body", "offence"),
    [
        ('A.objects.select_for_update().select_related("b").get(pk=1)', "2: select_related"),
        ("rows = A.objects.filter(b__c=1)\n    rows.select_for_update().get(pk=1)", "2: b__c"),
        ('rows = A.objects.select_for_update()\n    rows.exclude(x=F("b__c"))', "3: b__c"),
        ("A.objects.select_for_update().filter(Q(b__c__gt=1))", "2: b__c__gt"),
        ('A.objects.select_for_update().order_by("b__c")', "2: b__c"),
    ],
)
def test_every_form_of_a_join_is_found(body, offence):
    assert joined(f"def f():\n    {body}\n") == [offence]


def test_a_second_statement_is_no_offence():
    source = (
        'def f():\n    A.objects.select_for_update().filter(pk__in=x).prefetch_related("b__c")\n'
    )
    assert joined(source) == []


@pytest.mark.parametrize(
    ("sql", "offends"),
    [
        ('SELECT a FROM "t" WHERE id = 1 FOR NO KEY UPDATE OF "t"', False),
        ('SELECT a FROM "t" JOIN "u" ON true FOR NO KEY UPDATE OF "t"', True),
        ('SELECT a FROM "t" LEFT OUTER JOIN "u" ON true FOR UPDATE', True),
        ('SELECT a FROM "t" WHERE id IN (SELECT id FROM "u") FOR UPDATE', True),
        ('SELECT a FROM "t" JOIN "u" ON true', False),
    ],
)
def test_what_is_sent_to_the_database_is_judged_the_same(sql, offends):
    assert joins_while_locking(sql) is offends
