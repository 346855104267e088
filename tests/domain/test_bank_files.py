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
            "955000171", "三月 预付", Decimal("1334.50"),
        ),
        Line(
            2, "B-2", Decimal("-12.00"), date(2026, 3, 19), "", "6200000000000077", "", "prepayment",
            Decimal("1322.50"),
        ),
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
     "it does not say which account it is of."),
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
    (entry("B-1", "5,00"), "the amount 5,00 is not a number."),
    (entry("B-1", "5.001"), "the amount 5.001 has too many digits for CNY."),
    (entry("B-1", "1e5"), "the amount 1e5 is not a number."),
    (entry("B-1", "5.00", currency="USD"), "it is of another account or currency than the first line."),
    (entry("B-1", "5.00", booked="<Dt>19.03.2026</Dt>"), "the date 19.03.2026 is not written YYYY-MM-DD."),
    (entry("B-1", "5.00", booked="<Dt>0226-03-19</Dt>"),
     "the date 0226-03-19 is not plausible: check its year."),
    (entry("B-1", "5.00", booked="").replace("2026-03-20", ""), "the booking date is missing."),
    (entry("B" * 81, "5.00"),
     f"the reference or number {'B' * 60}… is longer than 80 characters or unreadable."),
])  # fmt: skip
def test_an_entry_that_makes_no_sense_is_one_sentence(line, sentence):
    good = entry("G-1", "1.00")
    assert bad(camt_file([good, line, good])) == sentence


def test_bad_entries_do_not_hide_the_others():
    lines = read(camt_file([entry("B-1", "x"), entry("B-2", "2.00"), entry("B-3", "y")]))[1]
    assert [type(line).__name__ for line in lines] == ["BadLine", "Line", "BadLine"]
    assert [line.number for line in lines] == [1, 2, 3]


@pytest.mark.parametrize("details", [
    transaction(amount="30.00") * 2,  # charges were kept
    transaction() * 2,  # no amounts
    transaction(amount="25.00").replace("CNY", "USD") * 2,
])  # fmt: skip
def test_a_batch_that_does_not_add_up_is_one_line_of_what_was_booked(details):
    assert [
        (line.reference, line.amount)
        for line in read(camt_file([entry("B-1", "50.00", details=details)]))[1]
    ] == [("B-1", Decimal("50.00"))]


def test_without_a_booking_day_the_value_day_counts():
    (line,) = read(camt_file([entry("B-1", "5.00", booked="")]))[1]
    assert line.booked_on == date(2026, 3, 20)


def test_an_entry_of_nothing_is_no_line():
    assert read(camt_file([entry("B-1", "0.00")]))[1] == []


def test_a_file_holds_several_statements_in_any_envelope():
    one = camt_file([entry("B-1", "5.00")], prolog="")
    statement = one[one.index("<Stmt>") : one.index("</BkToCstmrStmt>")]
    both = one.replace("</BkToCstmrStmt>", statement.replace(OURS, "777") + "</BkToCstmrStmt>")
    head, parts = read(f"<BizMsgEnvlp xmlns='x'><AppHdr><Id>1</Id></AppHdr>{both}</BizMsgEnvlp>")
    assert (head.account, [type(part) for part in parts]) == (OURS, [Line, Head, Line])
    assert parts[1].account == "777"


@pytest.mark.parametrize(("declared", "encoding"), [
    ("UTF-8", "utf-8-sig"), ("UTF-16", "utf-16"), ("ISO-8859-1", "iso-8859-1"),
    ("windows-1252", "windows-1252"), ("UTF-8", "windows-1252"),
])  # fmt: skip
def test_western_encodings_are_read_as_they_are(declared, encoding):
    prolog = f'<?xml version="1.0" encoding="{declared}"?>'
    content = camt_file(
        [entry("B-1", "5.00", payer="Müller & Söhne".replace("&", "&amp;"))], prolog=prolog
    )
    beginning = content.encode(encoding)
    assert bank_files.is_xml(beginning[:200])
    assert read(beginning)[1][0].payer == "Müller & Söhne"


@pytest.mark.parametrize("declared", ["UTF-8", "GBK"])
def test_chinese_encodings_are_read_as_they_are(declared):
    prolog = f'<?xml version="1.0" encoding="{declared}"?>'
    content = camt_file([entry("B-1", "5.00", payer="云帆印刷有限公司")], prolog=prolog)
    assert read(content.encode("gbk"))[1][0].payer == "云帆印刷有限公司"


def test_a_balance_that_is_no_number_is_as_if_it_were_not_there():
    head, _lines = read(camt_file([], [balance("OPBD", "n/a"), balance("CLBD", "5.00")]))
    assert (head.opening, head.closing) == (None, Decimal("5.00"))


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
    (csv_line("B-1", "-3.000"), "the amount -3.000 has too many digits for CNY."),
    (csv_line("2.02611E+19", "1"), "the reference 2.02611E+19 was rounded by a spreadsheet: export the file again and do not save it there."),
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


def test_an_entry_with_too_many_parts_is_refused_before_it_is_all_in_memory(monkeypatch):
    monkeypatch.setattr(camt, "MOST_PARTS", 100)
    entries = [entry(f"B-{n}", "1.00") for n in range(20)]
    assert len(read(camt_file(entries))[1]) == 20
    many = entry("B-1", "9.00", details=transaction(amount="1.00") * 9)
    assert problem(camt_file([many])) == "one of its entries has too many parts."


def test_a_file_with_too_many_elements_is_refused_wherever_they_are(monkeypatch):
    monkeypatch.setattr(camt, "MOST_ELEMENTS", 200)
    inside = camt_file([entry("B-1", "1.00")]).replace("<Acct>", "<X/>" * 300 + "<Acct>")
    for content in (inside, "<Document><BkToCstmrStmt>" + "<GrpHdr/>" * 300):
        assert problem(content) == "it has too many parts."


def test_xml_is_known_by_its_beginning():
    assert [bank_files.is_xml(b) for b in (b"<?xml", b"\xef\xbb\xbf\n <D", b"account,", b"")] == [
        True,
        True,
        False,
        False,
    ]
