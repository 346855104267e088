"""The parts of an OFD file and the archive that holds them: the same contents give the same bytes."""

import io
import itertools
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from invoicing.documents.face import title_of
from invoicing.documents.ofd.faces import Face
from invoicing.documents.ofd.objects import PageObject, TextObject, numbers
from invoicing.documents.ofd.tags import PRODUCER, Place, custom_data, tag_elements
from invoicing.documents.snapshot import InvoiceSnapshot

ATTACHMENT = "original_invoice.xml"
NAMESPACE = "http://www.ofdspec.org/2016"
_COMPRESSION = 6


@dataclass(frozen=True)
class Page:
    """A page: width and height in mm, and what is on it from back to front."""

    size: tuple[float, float]
    objects: Sequence[PageObject]


@dataclass(frozen=True)
class Contents:
    """What goes into the file. `pictures` are PNG files by the key that image objects use, with their file names."""

    snapshot: InvoiceSnapshot
    pages: Sequence[Page]
    faces: Mapping[str, Face]
    pictures: Mapping[str, tuple[str, bytes]]
    attachment: bytes


def package(contents: Contents) -> bytes:
    """The bytes of the OFD file, dated with the day of issue."""
    day = contents.snapshot.issued_on
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        for name, part in _parts(contents):
            info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            target.writestr(info, part, zipfile.ZIP_DEFLATED, _COMPRESSION)
    return archive.getvalue()


def _parts(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Every part with its name. One series of numbers runs through fonts, pictures, pages and what is on them."""
    series = itertools.count(1)
    resources = {key: next(series) for key in (*contents.faces, *contents.pictures)}
    places: list[Place] = []
    page_numbers = []
    written = []
    for page in contents.pages:
        page_numbers.append(next(series))
        layer = next(series)
        elements = []
        for item in page.objects:
            number_of = next(series)
            elements.append(item.xml(number_of, resources))
            if isinstance(item, TextObject):
                places.append((item.name, page_numbers[-1], number_of))
        written.append(_page(page, layer, elements))

    snapshot = contents.snapshot
    yield "OFD.xml", _root(snapshot)
    yield "Doc_0/Document.xml", _document(contents.pages[0], page_numbers, next(series))
    yield "Doc_0/PublicRes.xml", _fonts(contents.faces, resources)
    yield "Doc_0/DocumentRes.xml", _pictures(contents.pictures, resources)
    for i, part in enumerate(written):
        yield f"Doc_0/Pages/Page_{i}/Content.xml", part
    for key, face in contents.faces.items():
        yield f"Doc_0/Res/font_{resources[key]}.ttf", face.content
    for name, picture in contents.pictures.values():
        yield f"Doc_0/Res/{name}", picture
    yield "Doc_0/Attachs/Attachments.xml", _attachments(snapshot.issued_on, contents.attachment)
    yield f"Doc_0/Attachs/{ATTACHMENT}", contents.attachment
    tag = f'<ofd:CustomTag NameSpace="{NAMESPACE}">{_element("FileLoc", "CustomTag.xml")}</ofd:CustomTag>'
    yield "Doc_0/Tags/CustomTags.xml", _xml("CustomTags", tag)
    yield "Doc_0/Tags/CustomTag.xml", _xml("root", tag_elements(places))


def _root(snapshot: InvoiceSnapshot) -> bytes:
    data = "".join(
        f"<ofd:CustomData Name={quoteattr(name)}>{escape(value)}</ofd:CustomData>"
        for name, value in custom_data(snapshot).items()
    )
    info = (
        _element("DocID", snapshot.digest()[:32])
        + _element("Title", f"{title_of(snapshot)} {snapshot.number}")
        + _element("Author", snapshot.seller.name)
        + _element("CreationDate", snapshot.issued_on.isoformat())
        + _element("Creator", PRODUCER)
        + f"<ofd:CustomDatas>{data}</ofd:CustomDatas>"
    )
    body = f"<ofd:DocInfo>{info}</ofd:DocInfo>{_element('DocRoot', 'Doc_0/Document.xml')}"
    return _xml("OFD", f"<ofd:DocBody>{body}</ofd:DocBody>", ' Version="1.0" DocType="OFD"')


def _document(first: Page, pages: Sequence[int], last_number: int) -> bytes:
    common = (
        _element("MaxUnitID", str(last_number))
        + f"<ofd:PageArea>{_element('PhysicalBox', _box(first))}</ofd:PageArea>"
        + _element("PublicRes", "PublicRes.xml")
        + _element("DocumentRes", "DocumentRes.xml")
    )
    listed = "".join(
        f'<ofd:Page ID="{number_of}" BaseLoc="Pages/Page_{i}/Content.xml"/>'
        for i, number_of in enumerate(pages)
    )
    return _xml(
        "Document",
        f"<ofd:CommonData>{common}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>"
        + _element("CustomTags", "Tags/CustomTags.xml")
        + _element("Attachments", "Attachs/Attachments.xml"),
    )


def _fonts(faces: Mapping[str, Face], resources: Mapping[str, int]) -> bytes:
    fonts = "".join(
        f'<ofd:Font ID="{resources[key]}" FontName={quoteattr(face.name)}'
        f" FamilyName={quoteattr(face.family)}>"
        f"{_element('FontFile', f'font_{resources[key]}.ttf')}</ofd:Font>"
        for key, face in faces.items()
    )
    return _xml("Res", f"<ofd:Fonts>{fonts}</ofd:Fonts>", ' BaseLoc="Res"')


def _pictures(pictures: Mapping[str, tuple[str, bytes]], resources: Mapping[str, int]) -> bytes:
    media = "".join(
        f'<ofd:MultiMedia ID="{resources[key]}" Type="Image" Format="PNG">'
        f"{_element('MediaFile', name)}</ofd:MultiMedia>"
        for key, (name, _) in pictures.items()
    )
    return _xml("Res", f"<ofd:MultiMedias>{media}</ofd:MultiMedias>", ' BaseLoc="Res"')


def _page(page: Page, layer: int, elements: Sequence[str]) -> bytes:
    area = f"<ofd:Area>{_element('PhysicalBox', _box(page))}</ofd:Area>"
    content = f'<ofd:Layer ID="{layer}" Type="Body">{"".join(elements)}</ofd:Layer>'
    return _xml("Page", f"{area}<ofd:Content>{content}</ofd:Content>")


def _attachments(day: date, attachment: bytes) -> bytes:
    kilobytes = numbers((len(attachment) / 1024,))
    return _xml(
        "Attachments",
        f'<ofd:Attachment ID="A1" Name="original_invoice" Format="xml"'
        f' CreationDate="{day.isoformat()}T00:00:00" Size="{kilobytes}" Visible="true">'
        f"{_element('FileLoc', ATTACHMENT)}</ofd:Attachment>",
    )


def _box(page: Page) -> str:
    return numbers((0, 0, *page.size))


def _element(name: str, text: str) -> str:
    return f"<ofd:{name}>{escape(text)}</ofd:{name}>"


def _xml(root: str, content: str, attributes: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:{root} xmlns:ofd="{NAMESPACE}"{attributes}>'
        f"{content}</ofd:{root}>\n"
    ).encode()
