"""Reading a finished PDF the way a stranger would: with other programs than the one that wrote it."""

import io
import re
import subprocess
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from PIL import Image
from pypdf import PdfReader

MM = 25.4 / 72
PIXELS_PER_MM = 10
_WORD = re.compile(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>')


@dataclass(frozen=True)
class Word:
    """A word and its box in mm from the top left corner of its page."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def pages(pdf: bytes) -> list[list[Word]]:
    """The words of each page as poppler finds them, all in one go."""
    command = ["pdftotext", "-bbox", "-", "-"]
    output = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    html = output.decode(errors="replace")  # poppler writes the file's title and author wrongly
    return [[_word(match) for match in _WORD.finditer(page)] for page in html.split("<page ")[1:]]


def words(pdf: bytes, page: int = 1) -> list[Word]:
    """The words on a page as poppler finds them."""
    return pages(pdf)[page - 1]


def _word(match: re.Match[str]) -> Word:
    *edges, text = match.groups()
    return Word(unescape(text), *(float(edge) * MM for edge in edges))


def word(pdf: bytes, text: str, page: int = 1) -> Word:
    """The only word on a page that is `text`."""
    (found,) = [candidate for candidate in words(pdf, page) if candidate.text == text]
    return found


def text(pdf: bytes) -> str:
    """All text of all pages, as pypdf finds it."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def picture(pdf: bytes, folder: Path, page: int = 1) -> Image.Image:
    """A page as poppler draws it, 10 pixels to the millimetre."""
    target = folder / "page"
    dpi = str(25.4 * PIXELS_PER_MM)
    command = ["pdftoppm", "-png", "-r", dpi, "-f", str(page), "-singlefile", "-", str(target)]
    subprocess.run(command, input=pdf, check=True)
    return Image.open(f"{target}.png").convert("RGB")


def fonts(pdf: bytes) -> list[tuple[str, bool]]:
    """Each font of the file: its name, and whether it is embedded."""
    found = []
    for reference in PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"].values():
        descendant = reference.get_object()["/DescendantFonts"][0].get_object()
        descriptor = descendant["/FontDescriptor"].get_object()
        found.append((descendant["/BaseFont"].split("+")[-1], "/FontFile2" in descriptor))
    return found


def streams(pdf: bytes) -> list[bytes]:
    """Whatever the file holds in streams, unpacked."""
    reader = PdfReader(io.BytesIO(pdf))
    found = (reader.get_object(number) for number in range(1, reader.trailer["/Size"]))
    return [each.get_data() for each in found if hasattr(each, "get_data")]
