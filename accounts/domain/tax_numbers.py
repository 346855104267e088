"""The unified social credit code of companies and organizations (GB 32100), checked where it is typed.

Doors check what a person types. Services take what they are given: an operator may keep an old number
of 15 or 20 characters, and certifications of long ago stay as they are.
"""

import unicodedata

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from finance_console.kernel.errors import DomainError
from finance_console.kernel.errors import gettext_noop as _

OLD_LENGTHS = frozenset({15, 20})
"""Numbers from before 2015: fit for ordinary invoices only, and kept by operators only."""


NEW_CODE_ONLY = _("a special invoice needs the credit code of 18 characters")


def normalise(text: str) -> str:
    """`text` as it is kept: without spaces and dashes, full-width figures narrowed, in capitals."""
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(c for c in narrow if not _is_separator(c)).upper()


def credit_code(text: str) -> str:
    """The normalised code. Raises `tax_id_invalid`, saying what is wrong with it."""
    code = normalise(text)
    try:
        uscc.validate(code)
    except InvalidLength:
        old = len(code) in OLD_LENGTHS
        raise _refusal(code, _OLD if old else _("it must have 18 characters")) from None
    except InvalidChecksum:
        raise _refusal(
            code, _("its last character does not match the others: look for a typing error")
        ) from None
    except ValidationError:
        raise _refusal(code, _("it holds a character that no such code has")) from None
    return code


def old_number(text: str) -> str:
    """The normalised old number of 15 or 20 characters. Raises `tax_id_invalid`."""
    code = normalise(text)
    if len(code) not in OLD_LENGTHS or not (code.isascii() and code.isalnum()):
        raise _refusal(code, _("an old number has 15 or 20 letters and digits"))
    return code


def _is_separator(character: str) -> bool:
    return unicodedata.category(character) in ("Zs", "Pd", "Cc", "Cf") or character == "\u2212"


_OLD = _("open a ticket to have an old number of 15 or 20 characters entered by us")


def _refusal(code: str, problem: str) -> DomainError:
    return DomainError("tax_id_invalid", tax_id=code, problem=problem)
