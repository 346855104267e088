"""The rows of a bank's CSV below its header, read by the bank's format."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from finance_console.kernel.errors import gettext_noop as _
from finance_console.kernel.money import ZERO
from ledger.domain import bank_files
from ledger.domain.bank_files import Head, Line, Problem, Skipped
from ledger.domain.bank_format import Format, header_key, split

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ours:
    """What a person says of a file that does not say it: our account, and its currency."""

    account: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns are, and what stands before them."""

    names: Sequence[str]
    before: Sequence[str]
    places: Mapping[str, int] = field(default_factory=dict)


class Reader:
    """Reads rows below a header, by a format."""

    def __init__(self, form: Format, header: Header) -> None:
        self._form, self._header = form, header

    def is_no_movement(self, row: Sequence[str]) -> bool:
        """Whether a row is a rule of dashes, or one that the format says to leave out (totals)."""
        first = next(cell for cell in row if cell)
        skips = self._form.words["skips"]
        return not first.strip("-—=*") or first.startswith(skips or ("\0",))

    def head(self, row: Sequence[str], ours: Ours) -> Head:
        """Account and currency: of the file, else as a person says. Raises Problem."""
        stated = bank_files.account_number(self._cell(row, "account_column") or self._labelled())
        typed = bank_files.account_number(ours.account)
        masked = "*" in stated
        if stated and typed and not masked and stated != typed:
            raise Problem(
                _("it is of the account %(stated)s, not of %(typed)s."), stated=stated, typed=typed
            )
        account = typed or ("" if masked else stated)
        if not account:
            raise Problem(
                _("it does not say which account it is of: enter our account beside the file.")
            )
        return Head(account, bank_files.known_currency(self._currency(row) or ours.currency))

    def line(self, number: int, row: Sequence[str], head: Head) -> Line | Skipped:
        """One movement. Raises Problem, with the column."""
        names = self._header.names
        if len(row) < len(names) and not any(names[len(row) :]):
            row = [*row, *[""] * (len(names) - len(row))]
        if len(row) < len(names) or any(row[len(names) :]):
            sentence = _("a line has %(count)s fields, but the header has %(wanted)s.")
            raise Problem(sentence, count=len(row), wanted=len(names))
        if not self._is_booked(row):
            return Skipped(number)
        direction = self._direction(row)
        amount = self._amount(row, head) if direction else ZERO
        if not amount:
            return Skipped(number)
        stated = self._cell(row, "account_column")
        if self._currency(row) not in ("", head.currency) or (
            stated and "*" not in stated and "".join(stated.split()) != head.account
        ):
            raise Problem(_("it is of another account or currency than the first line."))
        booked = self._cell(row, "booked_on")
        return Line(
            number=number,
            reference=self._reference(row),
            amount=abs(amount) * direction if self._form.has("direction") else amount,
            booked_on=self._of("booked_on", lambda: self._form.day(booked)),
            payer=bank_files.words(self._cell(row, "payer"), 140),
            payer_account=self._of(
                "payer_account",
                lambda: bank_files.account_number(self._cell(row, "payer_account")),
            ),
            paid_into=self._of(
                "paid_into", lambda: bank_files.account_number(self._cell(row, "paid_into"))
            ),
            remittance=bank_files.words(" ".join(self._cells(row, "remittance")), 300),
            balance=self._number(row, "balance", head) if self._cell(row, "balance") else None,
        )

    def _is_booked(self, row: Sequence[str]) -> bool:
        """Whether money moved, by the bank's word. Raises Problem for a word that the format does not know."""
        if not self._form.has("status"):
            return True
        return self._known(row, "status", "statuses_booked", "statuses_unmoved") == 0

    def _direction(self, row: Sequence[str]) -> int:
        """1 for money in, -1 for money out, 0 where the bank says neither. Raises Problem."""
        if not self._form.has("direction"):
            return 1
        return (1, -1, 0)[self._known(row, "direction", "incoming", "outgoing", "unmoved")]

    def _known(self, row: Sequence[str], column: str, *lists: str) -> int:
        """Which of the word lists has the cell's word; "word*" stands for all that begin like it."""
        said = self._raw(row, self._form.columns[column][0])
        for nth, name in enumerate(lists):
            for word in self._form.words[name]:
                if said == word or (word.endswith("*") and said.startswith(word[:-1])):
                    return nth
        problem = Problem(
            _("the word %(text)s is not one that the format knows: add it to the format."),
            text=bank_files.shown(said) or "?",
        )
        problem.column = self._form.columns[column][0]
        raise problem

    def _amount(self, row: Sequence[str], head: Head) -> Decimal:
        if self._form.has("amount"):
            return self._number(row, "amount", head)
        filled = [name for name in ("money_in", "money_out") if self._cell(row, name)]
        amounts = {name: self._number(row, name, head) for name in filled}
        if not filled or all(amounts.get(name) for name in ("money_in", "money_out")):
            raise Problem(_("money in and money out: one of the two must be filled."))
        return amounts.get("money_in", ZERO) - abs(amounts.get("money_out", ZERO))

    def _number(self, row: Sequence[str], column: str, head: Head) -> Decimal:
        text = self._cell(row, column)
        return self._of(column, lambda: bank_files.amount(self._form.number(text), head.currency))

    def _reference(self, row: Sequence[str]) -> str:
        """The bank's own reference; without one, what makes the line itself (time, balance)."""
        own = " ".join(self._cells(row, "reference"))
        if own:
            return self._of("reference", lambda: bank_files.reference(own))
        return bank_files.identifier(" ".join(self._cells(row, "identity")))

    def _currency(self, row: Sequence[str]) -> str:
        said = self._cell(row, "currency_column")
        return self._form.currencies.get(said, said) or self._form.definition.get("currency", "")

    def _labelled(self) -> str:
        """What follows the label of the account in the rows before the header."""
        labels = split(self._form.definition.get("account_label", ""))
        before = self._header.before
        for label in labels:
            for cell, following in zip(before, [*before[1:], ""], strict=True):
                rest = cell.partition(label)[2] if cell.startswith(label) else ""
                if cell.startswith(label):
                    words = rest.strip(":：[]【】 \t").split() or following.split()
                    if words:
                        return words[0].strip("[]【】")
        return ""

    def _of(self, field_name: str, made: Callable[[], T]) -> T:
        """What `made` makes of a cell; its Problem names the column."""
        try:
            return made()
        except Problem as problem:
            problem.column = problem.column or self._form.columns[field_name][0]
            raise

    def _raw(self, row: Sequence[str], name: str) -> str:
        place = self._header.places.get(header_key(name))
        return row[place] if place is not None and place < len(row) else ""

    def _cell(self, row: Sequence[str], column: str) -> str:
        return next(iter(self._cells(row, column)), "")

    def _cells(self, row: Sequence[str], column: str) -> list[str]:
        said = [self._raw(row, name) for name in self._form.columns.get(column, ())]
        return [text for text in said if not self._form.is_nothing(text)]
