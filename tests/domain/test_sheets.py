"""Tables of strangers are read within bounds; what an archive unpacks to is counted before a library sees it."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from finance_console.kernel.sheets import Bounds, Unreadable, rows_of

SMALL = Bounds()


def xlsx(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(name: str, body: bytes) -> bytes:
    """A workbook in which one part is another, or is there at all."""
    source, file = zipfile.ZipFile(io.BytesIO(xlsx(("a", "b")))), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in {*source.namelist(), name}:
            archive.writestr(part, body if part == name else source.read(part))
    return file.getvalue()


def unread(content: bytes, monkeypatch, bounds: Bounds = SMALL) -> str:
    """Why it is refused, without the library having been asked."""
    asked = []
    monkeypatch.setattr("openpyxl.load_workbook", lambda *args, **options: asked.append(1))
    with pytest.raises(Unreadable) as refused:
        list(rows_of(content, bounds))
    assert asked == []
    return str(refused.value)


def test_rows_of_both_kinds_come_with_their_numbers():
    assert [(n, list(row)[:2]) for n, row in rows_of(xlsx(("a", "b"), (1, None)), SMALL)] == [
        (1, ["a", "b"]), (2, [1, None]),
    ]  # fmt: skip
    assert list(rows_of("a,b\n1,2\n".encode("utf-8-sig"), SMALL)) == [
        (1, ["a", "b"]), (2, ["1", "2"]),
    ]  # fmt: skip


STRINGS = "xl/sharedStrings.xml"
HEAD = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.mark.parametrize("body", [
    HEAD + b"<si/>" * 2_000_000 + b"</sst>",  # 40 kB of archive, two million elements
    HEAD + b"<si>" * 100 + b"</si>" * 100 + b"</sst>",
    HEAD + b"<si><t>" + b"x" * 30_000_000 + b"</t></si></sst>",
    b'<!DOCTYPE a [<!ENTITY b "c">]>' + HEAD + b"</sst>",
])  # fmt: skip
def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_read(body, monkeypatch):
    content = with_part(STRINGS, body)
    assert len(content) < 100_000
    assert unread(content, monkeypatch) == "it is too large when it is unpacked."


def test_too_many_files_and_too_many_bytes_are_refused(monkeypatch):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}.xml", "")
    assert unread(file.getvalue(), monkeypatch) == "it is too large when it is unpacked."
    assert unread(b"a" * 11, monkeypatch, Bounds(content=10)) == "it is larger than 1 MB."


def test_a_sheet_that_says_to_be_huge_yields_no_more_rows_than_are_read():
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        b'<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    rows = list(rows_of(with_part("xl/worksheets/sheet1.xml", sheet), SMALL))
    assert len(rows) == SMALL.rows
    assert max(len(row) for _number, row in rows) <= SMALL.columns
