"""The remark on an invoice: what it starts with, how long it may be, which words make a reviewer refuse it."""

import re
from collections.abc import Iterable, Mapping, Sequence

LIMIT = 230
"""Characters that fit into the remark of an invoice."""

IRRELEVANT = ("urgent", "as soon as possible", "加急", "尽快")
"""Wishes, not remarks: they may get an application rejected (A45)."""


PARTS: Mapping[str, tuple[str, tuple[str, str]]] = {
    "address_phone": ("购买方地址、电话", ("address", "phone")),
    "bank_account": ("购买方开户行及账号", ("bank", "bank_account")),
}
"""What can be printed from the title by ticking a box (A44): code, words on the invoice, fields of the title."""


def part_line(code: str, buyer: Mapping[str, str]) -> str:
    """The line that the box `code` prints for this title; "" when the title has none of it."""
    words, fields = PARTS[code]
    values = " ".join(value for field in fields if (value := buyer.get(field, "").strip()))
    return f"{words}：{values}" if values else ""


def compose(text: str, parts: Sequence[str], buyer: Mapping[str, str]) -> str:
    """The whole remark: the words of the customer, then a line for each ticked box (A44)."""
    return "\n".join(filter(None, [text, *(part_line(code, buyer) for code in parts)]))


def decompose(remark: str, buyer: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The words of the customer and the boxes ticked, out of a whole remark and the title it was made with."""
    lines = remark.split("\n")
    ticked = [code for code in PARTS if (line := part_line(code, buyer)) and line in lines]
    printed = {part_line(code, buyer) for code in ticked}
    return "\n".join(line for line in lines if line not in printed), tuple(ticked)


def fitting(text: str, parts: Sequence[str], buyer: Mapping[str, str]) -> tuple[str, ...]:
    """The boxes to tick unasked: as many of `parts` as fit beside `text`, so that a default never refuses anybody."""
    ticked: tuple[str, ...] = ()
    for code in parts:
        if not excess(compose(text, (*ticked, code), buyer)):
            ticked = (*ticked, code)
    return ticked


def months_remark(months: Iterable[str]) -> str:
    """The months that the invoice covers, first to last: "2026-01 至 2026-02", in Chinese as the invoice is (A38, SC-29)."""
    ordered = sorted(set(months))
    if not ordered:
        return ""
    first, last = ordered[0], ordered[-1]
    return first if first == last else f"{first} 至 {last}"


def on_invoice(remark: str, period: str) -> str:
    """The remark of one invoice: its month where each month has its own, then that of the application."""
    return "\n".join(filter(None, [period, remark]))


def lint(text: str, words: Sequence[str] = IRRELEVANT) -> list[str]:
    """The `words` that appear in `text`, in their order: shown as a warning before submitting (A45, SC-45)."""
    spaced = " ".join(text.lower().split())
    return [word for word in words if re.search(_pattern(word.lower()), spaced)]


def excess(text: str) -> int:
    """By how many characters `text` is too long; 0 when it fits."""
    return max(0, len(text) - LIMIT)


def _pattern(word: str) -> str:
    """Latin words start at a word boundary ("urgently" counts, "insurgent" does not); Chinese has none."""
    return rf"\b{re.escape(word)}" if word.isascii() else re.escape(word)
