"""MT940 files become statements and lines; what is wrong is one sentence."""

import io
from datetime import date
from decimal import Decimal

import pytest

from ledger.domain import mt940
from ledger.domain.bank_files import Head, Line, Problem

STATEMENT = """:20:STARTUMS
:25:10020030/1234567
:28C:00001/001
:60F:C261119EUR1000,00
:61:2611201120CR100,00NTRFNONREF//BANK1
:86:166?00GUTSCHRIFT?20SVWZ+Invoice 5?30DEUTDEFF?31DE02500105170137075030?32Müller GmbH
:61:2611201120DR12,50NCHGNONREF
:86:Fee
:61:2611201120RC100,00NTRFNONREF//BANK1
:86:Back
:61:2611201120RD3,00NTRFNONREF//BANK2
:86:Back
:62F:C261120EUR990,50
-
"""
HEAD = Head("10020030/1234567", "EUR", Decimal("1000.00"), Decimal("990.50"))


def read(text: str, encoding: str = "utf-8"):
    head, parts = mt940.read(io.BytesIO(text.encode(encoding)))
    return head, list(parts)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
def test_a_statement_becomes_a_head_and_its_lines(encoding):
    head, lines = read(STATEMENT, encoding)
    day = date(2026, 11, 20)
    assert mt940.is_mt940(STATEMENT.encode(encoding))
    assert head == HEAD
    assert lines == [
        Line(1, "BANK1", Decimal("100.00"), day, "Müller GmbH", "DE02500105170137075030",
             remittance="Invoice 5", balance=Decimal("1100.00")),
        Line(2, "NONREF", Decimal("-12.50"), day, remittance="Fee", balance=Decimal("1087.50")),
        Line(3, "BANK1", Decimal("-100.00"), day, remittance="Back", balance=Decimal("987.50"), undoes=True),
        Line(4, "BANK2", Decimal("3.00"), day, remittance="Back", balance=Decimal("990.50"), undoes=True),
    ]  # fmt: skip


def test_several_statements_of_a_file_are_each_read_and_line_ends_may_be_those_of_windows():
    _head, parts = read((STATEMENT + STATEMENT.replace("1234567", "7")).replace("\n", "\r\n"))
    assert [part.account for part in parts if isinstance(part, Head)] == ["10020030/7"]
    assert sum(isinstance(part, Line) for part in parts) == 8


@pytest.mark.parametrize(("text", "sentence"), [
    ("hello", "it is no MT940 file, or it is broken."),
    (":20:A\n:28C:1\n", "the file has no field :25:."),
    (STATEMENT.replace(":60F:C261119EUR1000,00\n", "").replace(":62F:C261120EUR990,50\n", ""),
     "the file has no field :60F:."),
    (STATEMENT.replace("EUR", "XTS"), "the currency XTS is unknown."),
])  # fmt: skip
def test_a_file_that_makes_no_sense_is_refused_in_one_sentence(text, sentence):
    with pytest.raises(Problem) as caught:
        read(text)
    assert str(caught.value) == sentence
