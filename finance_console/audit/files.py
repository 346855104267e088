"""The check of stored files: their bytes are there, or can be made again as they were (I13)."""

from invoicing.services.issuing import filing

NAME = "every filed document can be read, or made again with the same fingerprint"


def lost(limit: int) -> tuple[str, ...]:
    """What is lost, at most `limit` files. Bytes that could be made again are stored again on the way."""
    return tuple(f"file {problem}" for problem in filing.lost_files(limit))
