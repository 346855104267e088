"""Bank files are read exactly and within bounds; what is wrong is one sentence."""

import itertools
import tracemalloc
from collections import deque
from datetime import date
from decimal import Decimal

import pytest

from ledger.domain import bank_csv, bank_files, camt
from ledger.domain.bank_files import BadLine, Head, Line, Problem
from tests.bank_files import OURS, balance, csv_file, csv_line, entry, stream, transaction
from tests.bank_files import camt as camt_file


def read(content, reader=camt):
    head, lines = reader.read(stream(content))
    return head, list(lines)


def problem(content, reader=camt) -> str:
    with pytest.raises(Problem) as caught:
        read(content, reader)
    return str(caught.value)


def bad(content, reader=camt) -> str:
    lines = read(content, reader)[1]
    return next(str(line.problem) for line in lines if isinstance(line, BadLine))


# camt.053


def test_a_camt_file_becomes_a_head_and_its_lines():
    head, lines = read(
        camt_file(
            [
                entry(
                    "B-1",
                    "1234.50",
                    payer="云帆印刷有限公司",
                    paid_into="9550 0017 1",
                    remittance="三月  预付",
                ),
                entry(
                    "B-2",
                    "12.00",
                    direction="DBIT",
                    booked="<DtTm>2026-03-19T23:30:00+08:00</DtTm>",
                ),
            ],
            [balance("OPBD", "100.00"), balance("CLBD", "1322.50")],
        )
    )
    assert head == Head(OURS, "CNY", Decimal("100.00"), Decimal("1322.50"))
    assert lines == [
        Line(
            1, "B-1", Decimal("1234.50"), date(2026, 3, 19), "云帆印刷有限公司", "6200000000000077",
            "955000171", "三月 预付",
        ),
        Line(2, "B-2", Decimal("-12.00"), date(2026, 3, 19), "", "6200000000000077", "", "prepayment"),
    ]  # fmt: skip


def test_the_older_spelling_of_the_standard_is_read_too():
    old = camt_file([entry("B-1", "5.00", status="BOOK", payer="X")], version="02")
    old = old.replace("<Dbtr><Pty><Nm>X</Nm></Pty></Dbtr>", "<Dbtr><Nm>Acme Ltd</Nm></Dbtr>")
    iban = "DE89370400440532013000"
    head, lines = read(old.replace(f"<Othr><Id>{OURS}</Id></Othr>", f"<IBAN>{iban}</IBAN>"))
    assert (head.account, lines[0].payer) == (iban, "Acme Ltd")


def test_a_batch_becomes_a_line_for_each_transaction():
    details = transaction(amount="30.00", payer="A") + transaction(amount="20.00", reference="T-2")
    _head, lines = read(camt_file([entry("B-1", "50.00", details=details)]))
    assert [(line.reference, line.amount) for line in lines] == [
        ("B-1/1", Decimal("30.00")),
        ("T-2", Decimal("20.00")),
    ]


def test_pending_entries_wait_until_they_are_booked():
    assert read(camt_file([entry("B-1", "5.00", status="<Cd>PDNG</Cd>")]))[1] == []


def test_a_day_without_movements_is_a_statement():
    assert read(camt_file([], [balance("OPBD", "5.00", "DBIT")]))[0].opening == Decimal("-5.00")


@pytest.mark.parametrize(("content", "sentence"), [
    ("<Document/>", "it holds no statement (camt.053)."),
    ("<html/>", "it holds no statement (camt.053)."),
    ("<Document><Stmt>", "it is not well-formed XML, or it ends too early."),
    (camt_file([entry("B-1", "5.00")])[:-60], "it is not well-formed XML, or it ends too early."),
    (camt_file([], account=""), "it does not say which account it is of."),
    (camt_file([]).replace("<Ccy>CNY", "<Ccy>XTS"), "the currency XTS is unknown."),
    (camt_file([]).replace("</BkToCstmrStmt>", "<Stmt/></BkToCstmrStmt>"),
     "it holds several statements: import them one by one."),
    (camt_file([], prolog='<!DOCTYPE a [<!ENTITY b "c">]>'),
     "it declares document types or entities, which are not allowed."),
    (camt_file([], prolog='<!DOCTYPE a SYSTEM "file:///etc/passwd">'),
     "it declares document types or entities, which are not allowed."),
    (camt_file([], prolog='<?xml version="1.0" encoding="klingon"?>'), "its characters cannot be read."),
    ("<Document>" + "<a>" * 100, "its elements are nested too deeply."),
])  # fmt: skip
def test_an_xml_file_that_makes_no_sense_is_refused_in_one_sentence(content, sentence):
    assert problem(content) == sentence


@pytest.mark.parametrize(("line", "sentence"), [
    (entry("", "5.00"), "the bank reference is missing."),
    (entry("B-1", "5,00"), "the amount 5,00 is not a number."),
    (entry("B-1", "5.001"), "the amount 5.001 has too many digits for CNY."),
    (entry("B-1", "1e5"), "the amount 1e5 is not a number."),
    (entry("B-1", "0.00"), "the amount is zero."),
    (entry("B-1", "5.00", currency="USD"), "it is of another account or currency than the first line."),
    (entry("B-1", "5.00", booked="<Dt>19.03.2026</Dt>"), "the date 19.03.2026 is not written YYYY-MM-DD."),
    (entry("B-1", "5.00", booked=""), "the date  is not written YYYY-MM-DD."),
    (entry("B-1", "50.00", details=transaction(amount="30.00") * 2),
     "its transactions do not add up to its amount."),
    (entry("B-1", "50.00", details=transaction() * 2), "a transaction has no amount."),
    (entry("B" * 81, "5.00"),
     f"the reference or number {'B' * 60}… is longer than 80 characters or unreadable."),
])  # fmt: skip
def test_an_entry_that_makes_no_sense_is_one_sentence(line, sentence):
    good = entry("G-1", "1.00")
    assert bad(camt_file([good, line, good])) == sentence


def test_bad_entries_do_not_hide_the_others():
    lines = read(camt_file([entry("", "1.00"), entry("B-2", "2.00"), entry("", "3.00")]))[1]
    assert [type(line).__name__ for line in lines] == ["BadLine", "Line", "BadLine"]
    assert [line.number for line in lines] == [1, 2, 3]


# CSV


def test_a_csv_file_becomes_a_head_and_its_lines():
    content = "\ufeff" + csv_file(
        csv_line("B-1", "1234.5", payer='"Acme, Ltd"', paid_into="9550 0017 1"),
        "",
        csv_line("B-2", "-3"),
    ).replace("\n", "\r\n")
    head, lines = read(content, bank_csv)
    assert head == Head(OURS, "CNY")
    assert lines == [
        Line(2, "B-1", Decimal("1234.50"), date(2026, 3, 19), "Acme, Ltd", "", "955000171", ""),
        Line(4, "B-2", Decimal("-3.00"), date(2026, 3, 19)),
    ]


def test_columns_come_in_any_order_and_optional_ones_may_be_missing():
    header = "amount,booked_on,reference,currency,account"
    _head, (line,) = read(f"{header}\n7,2026-03-19,B-1,CNY,{OURS}", bank_csv)
    assert (line.amount, line.payer) == (Decimal("7.00"), "")


@pytest.mark.parametrize(("content", "sentence"), [
    ("", "it is empty."),
    (csv_file(), "it has no lines besides its header."),
    (csv_file(header="account,currency"), "the column reference is missing."),
    (csv_file(header="account,account,currency,reference,booked_on,amount"), "a column appears twice."),
    (csv_file(csv_line("B-1", "1", account="")), "it does not say which account it is of."),
    (csv_file(csv_line("B-1", "1", currency="XTS")), "the currency XTS is unknown."),
    (csv_file('"' + csv_line("B-1", "1")), "its quotes are broken or a field is too long."),
    (b"account,\xff\n", "it is not text in UTF-8."),
    (b"a" * 90_000, "a line is longer than 10000 characters."),
])  # fmt: skip
def test_a_csv_file_that_makes_no_sense_is_refused_in_one_sentence(content, sentence):
    assert problem(content, bank_csv) == sentence


@pytest.mark.parametrize(("line", "sentence"), [
    ("1,2", "a line has 2 fields, but the header has 9."),
    (csv_line("", "1"), "the bank reference is missing."),
    (csv_line("B-1", ""), "the amount ? is not a number."),
    (csv_line("B-1", "--5"), "the amount --5 is not a number."),
    (csv_line("B-1", "NaN"), "the amount NaN is not a number."),
    (csv_line("B-1", "٣"), "the amount ٣ is not a number."),
    (csv_line("B-1", "0"), "the amount is zero."),
    (csv_line("B-1", "100000000000000"), "the amount 100000000000000 has too many digits for CNY."),
    (csv_line("B-1", "1", booked_on="2026-02-30"), "the date 2026-02-30 is not written YYYY-MM-DD."),
    (csv_line("B-1", "1", account="other"), "it is of another account or currency than the first line."),
    (csv_line("B-1", "1", currency="USD"), "it is of another account or currency than the first line."),
])  # fmt: skip
def test_a_csv_line_that_makes_no_sense_is_one_sentence(line, sentence):
    good = csv_line("G-1", "1.00")
    assert bad(csv_file(good, line, good), bank_csv) == sentence


# Bounds


class Endless:
    """A file that never ends."""

    def __init__(self, beginning: str, again: str) -> None:
        self.parts = itertools.chain([beginning.encode()], itertools.repeat(again.encode()))

    def read(self, size: int = -1) -> bytes:
        return next(self.parts)[: size if size > 0 else None]


@pytest.mark.parametrize("reader", [camt, bank_csv])
def test_a_file_without_an_end_is_refused_and_memory_does_not_grow(reader, monkeypatch):
    beginning, again = (
        (camt_file([]).split("</Stmt>")[0], entry("B-1", "1.00") * 20)
        if reader is camt
        else (csv_file(), f"{csv_line('B-1', '1.00', remittance='x' * 900)}\n" * 60)
    )
    monkeypatch.setattr(bank_files, "MOST_BYTES", 3_000_000)
    tracemalloc.start()
    with pytest.raises(Problem, match=r"it is larger than 3 MB\."):
        deque(reader.read(Endless(beginning, again))[1], maxlen=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_500_000


@pytest.mark.parametrize("reader", [camt, bank_csv])
def test_more_lines_than_allowed_are_refused(reader, monkeypatch):
    monkeypatch.setattr(bank_files, "MOST_LINES", 2)
    content = (
        camt_file([entry(f"B-{n}", "1.00") for n in range(3)])
        if reader is camt
        else csv_file(*(csv_line(f"B-{n}", "1.00") for n in range(3)))
    )
    assert problem(content, reader) == "it has more than 2 lines."


def test_xml_is_known_by_its_beginning():
    assert [bank_files.is_xml(b) for b in (b"<?xml", b"\xef\xbb\xbf\n <D", b"account,", b"")] == [
        True,
        True,
        False,
        False,
    ]
