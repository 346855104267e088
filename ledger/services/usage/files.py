"""Usage files as they come: plain or gzip, read twice, known by what they say."""

import gzip
import hashlib
import io
import shutil
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from finance_console.kernel.errors import DomainError
from ledger.domain import focus
from ledger.domain.focus_values import Problem

BLOCK = 1 << 16
GZIP_MAGIC = b"\x1f\x8b"
MOST_UNPACKED = 20_000_000_000
BLANK = b" \t\n"


class UsageFileError(DomainError):
    """The file was refused and nothing of it was kept.

    `lines` are the first bad lines (at most `MOST_SHOWN`), each with its number and a sentence;
    empty when the file as a whole is wrong.
    """

    def __init__(self, problem: str, lines: Sequence[tuple[int, str]] = ()) -> None:
        self.lines = tuple(lines)
        super().__init__("file_rejected", problem=problem)


def rewindable(stream: IO[bytes], spool: IO[bytes]) -> IO[bytes]:
    """The content can be read twice: a stream that cannot is copied to disk first."""
    if stream.seekable():
        return stream
    shutil.copyfileobj(stream, spool, BLOCK)
    return spool


def fingerprint(content: IO[bytes]) -> str:
    """The SHA-256 of what the file says, so that it is known again however it was packed and ended.

    Of the uncompressed content without carriage returns, and without blanks and line ends after
    the last line. Raises `UsageFileError` for damaged gzip data.
    """
    digest, waiting, size = hashlib.sha256(), b"", 0
    unpacked = _opened(content)
    try:
        while block := unpacked.read(BLOCK):
            size += len(block)
            if size > MOST_UNPACKED:
                raise UsageFileError(gettext("it is too large when it is unpacked."))
            plain = waiting + block.replace(b"\r", b"")
            kept = plain.rstrip(BLANK)
            waiting = plain[len(kept) :]
            digest.update(kept)
            if len(waiting) > BLOCK:  # a file of nothing but blanks stays no larger in memory
                digest.update(waiting)
                waiting = b""
    except EOFError:
        raise UsageFileError(gettext("it is truncated: the gzip data ends too early.")) from None
    except (gzip.BadGzipFile, zlib.error):
        raise UsageFileError(gettext("its gzip data is damaged.")) from None
    return digest.hexdigest()


def text_lines(content: IO[bytes]) -> Iterator[str]:
    """The file's lines, at most one character longer than the longest that is allowed.

    UTF-8; a file whose header is none, but GB 18030, is read as that.
    """
    encoding = _encoding(content)
    text = io.TextIOWrapper(_opened(content), encoding=encoding, newline="")
    try:
        while line := text.readline(focus.LONGEST_LINE):
            yield line
    except UnicodeDecodeError:
        raise Problem(_("it is not text in UTF-8.")) from None
    finally:
        with suppress(ValueError):  # the caller has closed it already
            text.detach()  # closing the stream is the caller's business


def _encoding(content: IO[bytes]) -> str:
    header = _opened(content).read(BLOCK).partition(b"\n")[0]
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            header.decode(encoding)
            return "utf-8-sig" if encoding == "utf-8" else encoding
    return "utf-8-sig"


def _opened(content: IO[bytes]) -> IO[bytes]:
    """The uncompressed content, from its beginning."""
    content.seek(0)
    magic = content.read(len(GZIP_MAGIC))
    content.seek(0)
    return gzip.GzipFile(fileobj=content) if magic == GZIP_MAGIC else content  # type: ignore[return-value]
