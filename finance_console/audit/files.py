"""The checks of stored files: their bytes are there, or can be made again as they were, and a row names them (I13)."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from finance_console.kernel import clock
from invoicing.services.issuing import filing

IN_THE_MAKING: Final = timedelta(hours=1)  # a file without a row may be about to get one
NAME = "every filed document can be read, or made again with the same fingerprint"
NAMED = "every stored document is the file of an invoice, a credit note or a proforma"


def lost(limit: int, read: Collection[str]) -> tuple[str, ...]:
    """What is lost, at most `limit` files. Bytes that could be made again are stored again on the way.

    The size of every file is looked at, and the bytes of those whose fingerprint begins with one of `read`.
    """
    return tuple(f"file {problem}" for problem in filing.lost_files(limit, read=read))


def orphans(limit: int, among: Collection[str]) -> tuple[str, ...]:
    """Files that no row names, at most `limit`, of the parts `among`."""
    before = clock.moment() - IN_THE_MAKING
    return tuple(filing.files_without_row(limit, among=among, before=before))
