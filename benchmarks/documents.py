"""Documents: ours beside a plain WeasyPrint call on the same page, style and fonts, and beside a faster engine.

CPU milliseconds of one process, works taking turns, the best round of each: what else the machine does hardly counts.
Ratios travel between machines, milliseconds do not.
"""

import importlib.util
import io
import resource
import statistics
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path

from invoicing.documents import layout, painting, pdf
from invoicing.documents.face import place, title_of
from invoicing.documents.face_html import face_context
from invoicing.documents.files import render_files
from invoicing.documents.qr import qr_png, qr_text
from invoicing.documents.snapshot import InvoiceSnapshot, Party, SnapshotLine
from invoicing.documents.xml import render_einvoice

ROUNDS, SHORT_ROUNDS, EACH = 7, 3, 5
MEMORY, SHORT_MEMORY = (200, 2000), (100, 400)
GROWTH = 0.15
TARGETS = {"PDF": "1.15", "PDF + OFD + XML": "1.45"}


def snapshot(number: int = 0) -> InvoiceSnapshot:
    """An invented invoice of three rows, as most have."""
    rows = tuple(
        SnapshotLine(
            content=content,
            tax_code="3040201030000000000",
            short_name="信息技术服务",
            net=Decimal(net),
            rate=Decimal("0.06"),
            tax=Decimal(tax),
            gross=Decimal(net) + Decimal(tax),
            quantity=Decimal(1),
        )
        for content, net, tax in (
            ("云服务器", "4197.17", "251.83"),
            ("对象存储服务与内容分发网络加速流量包", "1166.79", "70.01"),
            ("云数据库", "421.42", "25.28"),
        )
    )
    return InvoiceSnapshot(
        number=f"26991{number:015d}",
        kind="special",
        medium="electronic",
        issued_on=date(2026, 3, 5),
        seller=Party("云杉示例科技（北京）有限公司", "91110108MA0EXAMP19"),
        buyer=Party("青岛海棠示例数据服务有限公司", "91370200MA3C8XTY1Q"),
        lines=rows,
        net=Decimal("5785.38"),
        tax=Decimal("347.12"),
        gross=Decimal("6132.50"),
        drawer="王晓琪",
        remarks="账期：2026年2月",
        specimen=True,
    )


def run(*, short: bool = False) -> None:
    """Print the figures, and whether they keep the targets. `short` takes a minute: fewer rounds, memory over fewer."""
    frozen = snapshot()
    html = _html(frozen)
    works: dict[str, Callable[[], object]] = {
        "plain WeasyPrint": lambda: _plain(html),
        "PDF": lambda: pdf.render_invoice(frozen, xml=b"<EInvoice/>"),
        "PDF + OFD + XML": lambda: render_files(frozen),
        "XML": lambda: render_einvoice(frozen),
    }
    if importlib.util.find_spec("reportlab"):
        works["reportlab"] = _reportlab(frozen)
    seen = milliseconds(works, SHORT_ROUNDS if short else ROUNDS)
    seen["OFD, on top of the PDF"] = seen["PDF + OFD + XML"] - seen["PDF"] - seen["XML"]
    limit = seen["plain WeasyPrint"]
    print(f"{'CPU per document':28}{'ms':>8}{'per second':>12}{'to plain':>10}{'target':>8}")
    for name, value in seen.items():
        target = TARGETS.get(name, "")
        print(f"{name:28}{value:8.1f}{1000 / value:12.1f}{value / limit:10.2f}{target:>8}")
    if "reportlab" not in seen:
        print("reportlab, a faster engine to compare with, is not installed (extra `bench`).")
    missed = [name for name, most in TARGETS.items() if seen[name] / limit > float(most)]
    missed += [] if _memory(*(SHORT_MEMORY if short else MEMORY)) else ["memory"]
    print(f"Missed: {', '.join(missed)}." if missed else "Every target is kept.")


def milliseconds(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """CPU milliseconds of each work: the best of `rounds` medians, the works taking turns."""
    best = dict.fromkeys(works, float("inf"))
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            times = []
            for _ in range(EACH):
                started = time.process_time()
                work()
                times.append(time.process_time() - started)
            best[name] = min(best[name], statistics.median(times) * 1000)
    return best


def _html(frozen: InvoiceSnapshot) -> str:
    context = face_context(place(frozen), qr_text(frozen))
    context |= {"title": title_of(frozen), "author": frozen.seller.name}
    return painting.fill("invoice", context, frozen.issued_on)


def _plain(html: str) -> object:
    """WeasyPrint on the filled page with what is shared per process, and nothing else of ours."""
    tools = painting.prepared()
    return tools.weasyprint.HTML(string=html, url_fetcher=tools.fetcher).write_pdf(
        font_config=tools.font_config,
        stylesheets=[tools.stylesheets["invoice"]],
        **painting.OPTIONS,
    )


def _reportlab(frozen: InvoiceSnapshot) -> Callable[[], bytes]:
    """The same texts, lines and picture at the same places, drawn without any layout: the limit."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    from invoicing.documents import fonts
    from invoicing.documents.font_cutting import cut

    by_name = {file.name: file for file in fonts.font_files()}
    files = {new: cut(by_name[name], family, new) for name, family, new in fonts._CUT}
    for name, file in files.items():
        pdfmetrics.registerFont(TTFont(name, str(file)))
    mm = 72 / 25.4

    def draw() -> bytes:
        written = io.BytesIO()
        canvas = Canvas(written, pagesize=(210 * mm, 140 * mm))
        for page in place(frozen):
            for rule in layout.RULES:
                canvas.line(rule.x1 * mm, (140 - rule.y1) * mm, rule.x2 * mm, (140 - rule.y2) * mm)
            picture = ImageReader(io.BytesIO(qr_png(qr_text(frozen), scale=4)))
            x, y, side = layout.QR
            canvas.drawImage(picture, x * mm, (140 - y - side) * mm, side * mm, side * mm)
            texts = [(layout.FIELDS[t.name], t.string, t.size) for t in page.texts]
            texts += [(box, string, box.size) for box, string in layout.LABELS.values()]
            for box, string, size in texts:
                canvas.setFont("Face Kai" if box.font == "kai" else "Face Song", size)
                for n, line in enumerate(string.split("\n")):
                    canvas.drawString(box.x * mm, (140 - box.y - (n + 0.8) * box.h) * mm, line)
            for n, row in enumerate(page.rows):
                for column, cell in zip(layout.COLUMNS, row, strict=True):
                    canvas.setFont("Face Song", cell.size)
                    canvas.drawString(column.x * mm, (80 - 4.5 * n) * mm, cell.string)
            canvas.showPage()
        canvas.save()
        return written.getvalue()

    return draw


def _memory(early: int, late: int) -> bool:
    """Print how much a worker grows from one document to a later one, in a process of its own; whether that is little."""
    with get_context("spawn").Pool(1) as pool:
        before, after = pool.apply(_grow, (early, late))
    grown = after / before - 1
    print(
        f"memory of a worker: {before:.0f} MB after {early} documents, {after:.0f} MB after {late:,}:"
        f" {grown:+.0%} (target: at most {GROWTH:+.0%})"
    )
    return grown <= GROWTH


def _grow(early: int, late: int) -> tuple[float, float]:
    """Megabytes after `early` and after `late` documents."""
    seen = []
    for number in range(1, late + 1):
        render_files(snapshot(number))
        if number in (early, late):
            seen.append(_resident())
    before, after = seen
    return before, after


def _resident() -> float:
    """Megabytes this process occupies now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
