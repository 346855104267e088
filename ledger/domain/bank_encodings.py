"""In which encoding a bank file is really written, whatever it declares."""

import codecs
import re
from typing import IO

from ledger.domain.bank_files import Bounded

BLOCK = 1 << 16
CHINESE = ("gbk", "gb2312", "gb18030", "cp936")
HIGH = re.compile(rb"[\x80-\xff]+")
DECLARED = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def xml_encoding(stream: IO[bytes]) -> str | None:
    """The encoding an XML file must be read with; None leaves it to the parser. `stream` is read and rewound.

    A file that declares UTF-8 (or nothing) and is none is GBK where its high bytes come in pairs,
    else windows-1252. Raises Problem for a file that is too large, LookupError for an unknown name.
    """
    if not (hasattr(stream, "seekable") and stream.seekable()):
        return None
    try:
        beginning = stream.read(200)
        declared = DECLARED.match(beginning.removeprefix(codecs.BOM_UTF8).lstrip())
        if declared:
            codecs.lookup(declared[1].decode())
        if any(beginning.startswith(mark) for mark, _name in MARKS[1:]) or b"\x00" in beginning:
            return None
        name = declared[1].decode().lower() if declared else "utf-8"
        if name in CHINESE:
            return "gb18030"
        return None if name != "utf-8" else _utf8_or_else(stream)
    finally:
        stream.seek(0)


def _utf8_or_else(stream: IO[bytes]) -> str | None:
    stream.seek(0)
    bounded, decoder = Bounded(stream), codecs.getincrementaldecoder("utf-8")()
    pairs = singles = 0
    broken = False
    while block := bounded.read(BLOCK):
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            broken = True
            decoder.reset()
        for run in HIGH.finditer(block):
            even = len(run[0]) % 2 == 0
            pairs, singles = pairs + even, singles + (not even)
    if not broken:
        return None
    return "gb18030" if pairs > singles else "windows-1252"


class Recoded:
    """A bounded file, read as UTF-8 whatever it is written in."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = Bounded(stream)
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def read(self, size: int = -1) -> bytes:
        while True:
            block = self._stream.read(size)
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.encode()
