"""Reading an OFD file by the standard, not by the program that wrote it: its structure, its texts, and how it looks."""

import io
import posixpath
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

NS = "{http://www.ofdspec.org/2016}"
PIXELS_PER_MM = 10
_FINE = 2  # drawn so many times larger, then reduced
_SCALE = PIXELS_PER_MM * _FINE


@dataclass(frozen=True)
class Run:
    """A text of a page: what, where its first character stands (mm), and the object it is in."""

    text: str
    x: float
    y: float
    element: Element

    @property
    def steps(self) -> list[float]:
        """The distance of each character from the one before, `g count step` written out."""
        code = _child(self.element, "TextCode")
        words, steps = code.get("DeltaX", "").split(), list[float]()
        while words:
            if words[0] == "g":
                steps += [float(words[2])] * int(words[1])
                words = words[3:]
            else:
                steps.append(float(words.pop(0)))
        return steps


class Ofd:
    """An opened OFD file."""

    def __init__(self, content: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(content))
        self.root = self.xml("OFD.xml")
        self.document_path = _text(self.root, "DocBody/DocRoot")
        self.document = self.xml(self.document_path)

    def xml(self, path: str) -> Element:
        return ElementTree.fromstring(self.archive.read(path))

    def beside(self, path: str, location: str) -> str:
        """The part that `location`, said in the part `path`, means."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), location))

    @cached_property
    def pages(self) -> dict[str, Element]:
        """The contents of the pages by their number, in order."""
        return {
            page.attrib["ID"]: self.xml(self.beside(self.document_path, page.attrib["BaseLoc"]))
            for page in self.document.iterfind(f"{NS}Pages/{NS}Page")
        }

    @cached_property
    def resources(self) -> dict[str, tuple[Element, str]]:
        """Fonts and pictures by number: the element, and the path of the file."""
        found = {}
        for kind, file in (("PublicRes", "FontFile"), ("DocumentRes", "MediaFile")):
            path = self.beside(self.document_path, _text(self.document, f"CommonData/{kind}"))
            listing = self.xml(path)
            for element in listing.iterfind(f"{NS}*/{NS}*"):
                location = posixpath.join(listing.attrib["BaseLoc"], _text(element, file))
                found[element.attrib["ID"]] = (element, self.beside(path, location))
        return found

    def resource(self, number: str) -> bytes:
        return self.archive.read(self.resources[number][1])

    @cached_property
    def attachments(self) -> dict[str, bytes]:
        path = self.beside(self.document_path, _text(self.document, "Attachments"))
        return {
            element.attrib["Name"]: self.archive.read(self.beside(path, _text(element, "FileLoc")))
            for element in self.xml(path)
        }

    @cached_property
    def custom_data(self) -> dict[str, str]:
        path = "/".join(
            f"{NS}{name}" for name in ("DocBody", "DocInfo", "CustomDatas", "CustomData")
        )
        return {element.attrib["Name"]: element.text or "" for element in self.root.iterfind(path)}

    @cached_property
    def tags(self) -> dict[str, list[str]]:
        """The texts that each custom tag points at, by the tag's path."""
        listing = self.beside(self.document_path, _text(self.document, "CustomTags"))
        path = self.beside(listing, _text(self.xml(listing), "CustomTag/FileLoc"))
        objects = {
            (number, text.attrib["ID"]): run.text
            for number in self.pages
            for run in self.runs(number)
            for text in [run.element]
        }
        found: dict[str, list[str]] = {}
        for prefix, element in _descend(self.xml(path)):
            for reference in element.iterfind(f"{NS}ObjectRef"):
                text = objects[reference.attrib["PageRef"], reference.text or ""]
                found.setdefault(prefix, []).append(text)
        return found

    def runs(self, page: str) -> Iterator[Run]:
        """The texts of the page with number `page`, from back to front."""
        for element in self.pages[page].iter(f"{NS}TextObject"):
            left, top, _, _ = _floats(element.attrib["Boundary"])
            code = _child(element, "TextCode")
            x, y = float(code.attrib["X"]), float(code.attrib["Y"])
            a, b, c, d, e, f = _floats(element.get("CTM", "1 0 0 1 0 0"))
            yield Run(code.text or "", left + a * x + c * y + e, top + b * x + d * y + f, element)

    def text(self, page: str) -> str:
        return "\n".join(run.text for run in self.runs(page))

    def picture(self, page: str) -> Image.Image:
        """The page in grey, 10 pixels to the millimetre, drawn with the embedded fonts."""
        content = self.pages[page]
        _, _, width, height = _floats(_text(content, "Area/PhysicalBox"))
        size = (round(width * _SCALE), round(height * _SCALE))
        image = Image.new("L", size, 255)
        draw = ImageDraw.Draw(image)
        for element in content.iter():
            if element.tag == f"{NS}PathObject":
                _draw_path(draw, element)
            elif element.tag == f"{NS}ImageObject":
                left, top, w, h = (round(v * _SCALE) for v in _floats(element.attrib["Boundary"]))
                with Image.open(io.BytesIO(self.resource(element.attrib["ResourceID"]))) as found:
                    image.paste(found.convert("L").resize((w, h)), (left, top))
        for run in self.runs(page):
            self._draw_text(image, run)
        return image.reduce(_FINE)

    def _draw_text(self, image: Image.Image, run: Run) -> None:
        element = run.element
        file = io.BytesIO(self.resource(element.attrib["Font"]))
        size = float(element.attrib["Size"]) * _SCALE
        font = ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
        a, b, c, d, _, _ = _floats(element.get("CTM", "1 0 0 1 0 0"))
        colour = _grey(_child(element, "FillColor"))
        x, y = run.x * _SCALE, run.y * _SCALE
        # Turned text is drawn flat on a sheet of its own first.
        flat = (a, b) == (1.0, 0.0)
        sheet = image if flat else Image.new("L", image.size, 255)
        draw = ImageDraw.Draw(sheet)
        at_x, at_y = (x, y) if flat else (0.0, 2 * size)
        for character, step in zip(run.text, [0.0, *run.steps], strict=True):
            at_x += step * _SCALE
            draw.text((at_x, at_y), character, fill=colour, font=font, anchor="ls")
        if not flat:
            back = (a, b, -(a * x + b * y), c, d, 2 * size - (c * x + d * y))
            turned = sheet.transform(
                image.size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR, fillcolor=255
            )
            image.paste(Image.composite(image, turned, image.point(lambda v: 255 * (v < 255))))


def problems(content: bytes, attachment: bytes) -> list[str]:
    """What is wrong with the structure of an OFD file; empty when nothing is."""
    ofd = Ofd(content)
    found = [f"part {name} twice" for name, n in Counter(ofd.archive.namelist()).items() if n > 1]
    found += _number_problems(ofd)
    if ofd.attachments != {"original_invoice": attachment}:
        found.append("the attachment differs")
    used = {posixpath.basename(path) for _, path in ofd.resources.values()}
    files = {posixpath.basename(name) for name in ofd.archive.namelist() if "/Res/" in name}
    if used != files:
        found.append(f"files and resources differ: {used ^ files}")
    fonts = {
        number: TTFont(io.BytesIO(ofd.resource(number)))
        for number, (element, _) in ofd.resources.items()
        if element.tag == f"{NS}Font"
    }
    for number, font in fonts.items():
        if "glyf" not in font:
            found.append(f"font {number} has no TrueType outlines")
    for page in ofd.pages:
        for run in ofd.runs(page):
            found += _run_problems(run, fonts)
        for image in ofd.pages[page].iter(f"{NS}ImageObject"):
            if image.attrib["ResourceID"] not in ofd.resources:
                found.append(f"no picture {image.attrib['ResourceID']}")
    return found


def _number_problems(ofd: Ofd) -> list[str]:
    numbers = [int(number) for number in (*ofd.resources, *ofd.pages)]
    for page in ofd.pages.values():
        numbers += [int(element.attrib["ID"]) for element in page.iter() if "ID" in element.attrib]
    found = [
        f"number {number} {times} times" for number, times in Counter(numbers).items() if times > 1
    ]
    if max(numbers) > int(_text(ofd.document, "CommonData/MaxUnitID")) or min(numbers) < 1:
        found.append("a number beyond MaxUnitID")
    return found


def _run_problems(run: Run, fonts: dict[str, TTFont]) -> Iterator[str]:
    if run.text != run.text.strip() or not run.text:
        yield f"spaces at the ends of {run.text!r}"
    if len(run.steps) != len(run.text) - 1:
        yield f"{len(run.steps)} steps for {run.text!r}"
    font = fonts.get(run.element.attrib["Font"])
    if font is None:
        yield f"no font {run.element.attrib['Font']}"
        return
    names = font.getBestCmap()
    for character in run.text:
        if ord(character) not in names:
            yield f"{character} is not in the character map of font {run.element.attrib['Font']}"
        elif not character.isspace() and not font["glyf"][names[ord(character)]].numberOfContours:
            yield f"{character} has no outline in font {run.element.attrib['Font']}"


def _draw_path(draw: ImageDraw.ImageDraw, element: Element) -> None:
    left, top, _, _ = _floats(element.attrib["Boundary"])
    width = round(float(element.attrib["LineWidth"]) * _SCALE)
    colour = _grey(_child(element, "StrokeColor"))
    for line in _lines(_text(element, "AbbreviatedData")):
        points = [((x + left) * _SCALE, (y + top) * _SCALE) for x, y in line]
        draw.line(points, fill=colour, width=width)


def _lines(data: str) -> Iterator[list[tuple[float, float]]]:
    words, line = data.split(), list[tuple[float, float]]()
    while words:
        letter = words.pop(0)
        count = {"M": 1, "L": 1, "B": 3, "C": 0}[letter]
        points = [(float(words.pop(0)), float(words.pop(0))) for _ in range(count)]
        if letter == "M":
            yield from [line] if line else []
            line = points
        elif letter == "L":
            line = line + points
        elif letter == "B":
            line = line + list(_curve(line[-1], *points))
        else:
            line = [*line, line[0]]
    yield line


def _curve(*points: tuple[float, float]) -> Iterator[tuple[float, float]]:
    for i in range(1, 13):
        t = i / 12
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x, y = (sum(w * p[axis] for w, p in zip(weights, points, strict=True)) for axis in (0, 1))
        yield x, y


def _grey(colour: Element) -> int:
    red, green, blue = _floats(colour.attrib["Value"])
    return round(0.299 * red + 0.587 * green + 0.114 * blue)


def _descend(element: Element, prefix: str = "") -> Iterator[tuple[str, Element]]:
    for child in element:
        path = f"{prefix}{child.tag.removeprefix(NS)}"
        yield path, child
        yield from _descend(child, f"{path}/")


def _child(element: Element, name: str) -> Element:
    found = element.find(f"{NS}{name}")
    assert found is not None, f"{element.tag} has no {name}"
    return found


def _text(element: Element, path: str) -> str:
    text = element.findtext("/".join(f"{NS}{name}" for name in path.split("/")))
    assert text, f"{element.tag} has no {path}"
    return text


def _floats(text: str) -> list[float]:
    return [float(word) for word in text.split()]
