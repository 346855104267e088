"""What a face can print is asked of the faces themselves, and what they say they can print both documents show."""

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from accounts.ports.paper import for_paper
from finance_console.kernel.errors import DomainError
from invoicing.documents.files import render_files
from invoicing.documents.printable import unprintable
from tests.documents import agreeing
from tests.documents.ofd_reading import Ofd
from tests.documents.samples import BUYER, invoice

RARE = "𬭎𠮷㐂㛃䶮𠀀"


def test_rare_characters_of_names_print_in_pdf_and_ofd_and_the_bytes_are_stable():
    frozen = invoice(buyer=replace(BUYER, name=f"{RARE}有限公司"), remarks=RARE)
    made = render_files(frozen)
    assert made.problems == {}
    assert render_files(frozen).files == made.files
    assert agreeing.in_pdf(made.files["pdf"])["buyer-name"] == f"{RARE}有限公司"
    assert agreeing.in_ofd(Ofd(made.files["ofd"]))["buyer-name"] == f"{RARE}有限公司"
    assert len(PdfReader(io.BytesIO(made.files["pdf"])).pages) == 1


def test_every_character_of_gb_2312_and_gbk_can_be_printed():
    codes = range(0x4E00, 0x9FA6)
    assert unprintable("".join(map(chr, codes))) == ""


def test_what_the_faces_lack_cannot_be_printed_and_making_it_fails_alike():
    assert unprintable("Rocket 🚀 公司") == "🚀"
    made = render_files(invoice(remarks="🚀"))
    assert set(made.problems) >= {"pdf"}


@pytest.mark.parametrize("text", ["שלום", "مرحبا", "e\u0301\u0302x", "\ue000"])
def test_scripts_from_the_right_and_loose_marks_are_not_printed(text):
    assert unprintable(text) != ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  青岛　海棠  ", "青岛 海棠"),
        ("ＡＢＣ１２３（青岛）", "ABC123（青岛）"),
        ("Cafe\u0301", "Café"),
        ("㐂𬭎", "㐂𬭎"),
    ],
)
def test_texts_are_tidied_as_they_are_kept(typed, kept):
    assert for_paper(typed) == kept


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("换行\n公司", "hidden_characters", "U+000A"),
        ("ctrl\x02Co", "hidden_characters", "U+0002"),
        ("\u202etfiws", "hidden_characters", "U+202E"),
        ("zero\u200bwidth", "hidden_characters", "U+200B"),
        ("Rocket 🚀 公司", "not_printable", "🚀 (U+1F680)"),
    ],
)
def test_what_cannot_be_seen_or_printed_is_refused_by_name(text, code, named):
    with pytest.raises(DomainError) as refusal:
        for_paper(text)
    assert (refusal.value.code, refusal.value.values) == (code, {"characters": named})


def test_a_remark_keeps_its_lines():
    assert for_paper("a\r\nb ", multiline=True) == "a\nb"
