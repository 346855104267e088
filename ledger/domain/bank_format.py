"""A bank's CSV as data: how its header is found, which column is what, how it writes amounts, days and words.

A definition is a flat table of texts, shipped as a TOML file of `bank_formats/` or kept in the database; several
values of one field are separated by " | ". `docs/bank-files.md` explains the fields.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from finance_console.kernel.errors import gettext_noop as _
from finance_console.kernel.money import CURRENCIES
from ledger.domain import bank_files
from ledger.domain.bank_files import Problem

SHIPPED = Path(__file__).parent / "bank_formats"
SINGLE_COLUMNS = (
    "account_column", "currency_column", "booked_on", "amount", "money_in", "money_out", "direction",
    "status", "payer", "payer_account", "paid_into", "balance",
)  # fmt: skip
JOINED_COLUMNS = ("reference", "identity", "remittance")
WORD_LISTS = (
    "incoming", "outgoing", "unmoved", "statuses_booked", "statuses_unmoved", "empty", "skips",
)  # fmt: skip
TEXTS = ("name", "delimiter", "decimal", "thousands", "currency", "account_label")
LISTS = ("encodings", "dates", "currencies", *JOINED_COLUMNS, *WORD_LISTS)
FIELDS = (*TEXTS, *LISTS, *SINGLE_COLUMNS)
ENCODINGS = ("utf-8", "gb18030", "windows-1252", "iso-8859-1", "utf-16", "big5", "shift_jis")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
MARKS = {"": "", "comma": ",", "dot": ".", "apostrophe": "'’", "blank": " \u00a0\u202f"}
LONGEST_FIELD = 1_000
TOKENS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "hh": "%H", "mm": "%M", "ss": "%S"}
_TOKEN = re.compile("|".join(TOKENS))
_DIGITS = re.compile(r"\d+", re.ASCII)
_QUIET = "`'\u200b\u200e\u200f\ufeff"
_SIGNS = str.maketrans("", "", "¥￥$€£")


@dataclass(frozen=True, slots=True)
class Format:
    """One bank's CSV. Columns are the header's own names; `definition` is what it was made of."""

    code: str
    definition: Mapping[str, str]
    columns: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]
    currencies: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.definition["name"]

    @property
    def digest(self) -> str:
        """Changes when the definition does."""
        return hashlib.sha256(repr(sorted(self.definition.items())).encode()).hexdigest()[:16]

    @property
    def encodings(self) -> tuple[str, ...]:
        return split(self.definition.get("encodings", "")) or ("utf-8",)

    @property
    def delimiter(self) -> str:
        return DELIMITERS[self.definition.get("delimiter") or "comma"]

    @property
    def named(self) -> frozenset[str]:
        """Every column that the format names, as `header_key` writes it."""
        return frozenset(header_key(name) for names in self.columns.values() for name in names)

    def has(self, field: str) -> bool:
        return field in self.columns

    def is_nothing(self, text: str) -> bool:
        """Whether a cell says that it is empty: blank, dashes, or a word of the bank for it."""
        return not text.strip("-—") or text in self.words["empty"]

    def day(self, text: str) -> date:
        """The day of a cell. Raises Problem, which says how this bank writes days."""
        for pattern in split(self.definition["dates"]):
            try:
                given = datetime.strptime(text, _strptime(pattern)).date()  # noqa: DTZ007 - a day
            except ValueError:
                continue
            return bank_files.plausible(given, text)
        raise Problem(
            _("the date %(text)s is not written %(wanted)s."),
            text=bank_files.shown(text) or "?",
            wanted=self.definition["dates"],
        )

    def number(self, text: str) -> str:
        """A cell's amount as a plain decimal number ("-1234.50"). Raises Problem.

        A mark between thousands must stand between groups of three: else it may be a decimal mark.
        """
        plain = text.translate(_SIGNS).strip().upper()
        sign = 1
        if plain.startswith("(") and plain.endswith(")"):
            plain, sign = plain[1:-1], -1
        for ending, meaning in (("CR", 1), ("DR", -1), ("-", -1), ("+", 1)):
            if plain.endswith(ending):
                plain, sign = plain.removesuffix(ending).strip(), sign * meaning
        if plain[:1] in ("-", "+", "−"):
            plain, sign = plain[1:].strip(), sign if plain[0] == "+" else -sign
        whole, mark, fraction = plain.partition(MARKS[self.definition.get("decimal") or "dot"])
        thousands = MARKS[self.definition.get("thousands", "")]
        groups = re.split(f"[{re.escape(thousands)}]", whole) if thousands else [whole]
        grouped = len(groups) == 1 or (
            1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
        )
        digits = [*groups, fraction] if mark else groups
        if not (grouped and all(_DIGITS.fullmatch(part) for part in digits)):
            raise Problem(
                _("the amount %(text)s is not a number."), text=bank_files.shown(text) or "?"
            )
        return f"{'-' if sign < 0 else ''}{''.join(groups)}.{fraction or '0'}"


def parse(code: str, definition: Mapping[str, str]) -> Format:
    """The format that `definition` says. Raises Problem when it makes none; its column is the field at fault."""
    given = {
        name: str(value).strip() for name, value in definition.items() if str(value).strip(" \n")
    }
    for name, value in given.items():
        _require(
            name in FIELDS and len(value) <= LONGEST_FIELD,
            name,
            _("this is no field, or it is too long."),
        )
    for name in ("name", "dates", "booked_on"):
        _require(name in given, name, _("it is needed."))
    _require(("amount" in given) != ("money_in" in given), "amount", _("name the column of the amount, or the two of money in and money out."))  # fmt: skip
    _require(("money_in" in given) == ("money_out" in given), "money_out", _("money in and money out go together."))  # fmt: skip
    _require("direction" not in given or {"incoming", "outgoing"} <= given.keys(), "incoming", _("a column of direction needs its words for in and out."))  # fmt: skip
    _require("status" not in given or "statuses_booked" in given, "statuses_booked", _("a column of status needs the words with which money moved."))  # fmt: skip
    _require("currency" in given or "currency_column" in given, "currency", _("name the currency or its column."))  # fmt: skip
    _require(given.get("currency", "CNY") in CURRENCIES, "currency", _("we keep no books in it."))
    _require(
        set(split(given.get("encodings", ""))) <= set(ENCODINGS), "encodings", _("it is not known.")
    )
    for name, known in (("delimiter", DELIMITERS), ("decimal", MARKS), ("thousands", MARKS)):
        _require(given.get(name, "") in ("", *known), name, _("it is not known."))
    _require((given.get("decimal") or "dot") != given.get("thousands"), "thousands", _("it is the decimal mark too."))  # fmt: skip
    for pattern in split(given["dates"]):
        tokens = _TOKEN.findall(pattern)
        whole = {"MM", "DD"} <= set(tokens) and len({"YYYY", "YY"} & set(tokens)) == 1
        _require(whole and "%" not in pattern, "dates", _("a day is written with YYYY, MM and DD."))
    pairs = [word.partition("=") for word in split(given.get("currencies", ""))]
    _require(all(code in CURRENCIES for _word, _is, code in pairs), "currencies", _("write each as word=CNY."))  # fmt: skip
    return Format(
        code=code,
        definition=given,
        columns={
            **{name: (given[name],) for name in SINGLE_COLUMNS if name in given},
            **{name: split(given[name]) for name in JOINED_COLUMNS if name in given},
        },
        words={name: split(given.get(name, "")) for name in WORD_LISTS},
        currencies={word.strip(): code.strip() for word, _is, code in pairs},
    )


def _require(holds: bool, field: str, sentence: str) -> None:  # noqa: FBT001
    if not holds:
        problem = Problem(sentence)
        problem.column = field
        raise problem


def split(text: str) -> tuple[str, ...]:
    """The values of a field that may hold several."""
    return tuple(part.strip() for part in text.split("|") if part.strip())


def header_key(name: str) -> str:
    """A column's name as names are compared: full-width and half-width, blanks and capitals aside."""
    return "".join(unicodedata.normalize("NFKC", clean(name)).split()).casefold()


def clean(cell: str) -> str:
    """A cell without what spreadsheets and exports put around it: blanks, tabs, a quote, ="…"."""
    text = cell.strip().strip(_QUIET).strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1].strip()
    return text


@cache
def _strptime(pattern: str) -> str:
    return _TOKEN.sub(lambda token: TOKENS[token[0]], pattern)


@cache
def shipped() -> Mapping[str, Format]:
    """The formats that come with the product, by code."""
    return {
        file.stem: parse(file.stem, tomllib.loads(file.read_text()))
        for file in sorted(SHIPPED.glob("*.toml"))
    }
