"""Logo and seal of a selling company: uploaded in the admin, drawn anew, on both English documents."""

import base64
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from invoicing.documents import png
from invoicing.models import Proforma
from invoicing.services.overseas import drafting
from invoicing.services.overseas.proforma import make_proformas, request_proforma
from ledger.models import InvoicingEntity
from tests.accounts.pictures import PDF, picture
from tests.accounts.test_tickets import make_support
from tests.builders import at, make_entity, make_story, make_user

pytestmark = pytest.mark.django_db
HIDDEN = "taken at home"


@pytest.fixture
def entity() -> InvoicingEntity:
    return make_entity()


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def save(client: Client, entity: InvoicingEntity, **changes: Any) -> Any:
    """The page of the entity saved with `changes`, everything else as it is."""
    plain = ("code", "name", "tax_id", "country", "address", "phone", "bank", "bank_account")
    form = {name: getattr(entity, name) for name in plain} | {"electronic": "on", "paper": "on"}
    answer = client.post(f"/admin/ledger/invoicingentity/{entity.pk}/change/", form | changes)
    entity.refresh_from_db()
    return answer


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def with_a_note(size: tuple[int, int]) -> bytes:
    """A picture in which something is hidden."""
    note, written = PngInfo(), io.BytesIO()
    note.add_text("Comment", HIDDEN)
    Image.new("RGBA", size, (200, 0, 0, 90)).save(written, "PNG", pnginfo=note)
    return written.getvalue()


def test_pictures_are_drawn_anew_and_made_small_enough(
    client: Client, entity: InvoicingEntity
) -> None:
    files = {
        "logo_file": upload("logo.jpg", picture("JPEG", (30, 20))),
        "seal_file": upload("seal.png", with_a_note((2400, 1200))),
    }
    assert save(client, entity, **files).status_code == 302
    logo, seal = bytes(entity.logo), bytes(entity.seal)
    assert HIDDEN.encode() not in seal
    with Image.open(io.BytesIO(seal)) as drawn:
        assert (drawn.format, drawn.mode, drawn.size) == ("PNG", "RGBA", (600, 300))
    with Image.open(io.BytesIO(logo)) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (30, 20))
    assert png.encode(seal)
    assert save(client, entity, no_logo="on").status_code == 302
    assert (bytes(entity.logo), bytes(entity.seal)) == (b"", seal)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (PDF, "it is no picture"),
        (with_a_note((9, 9)) + b"<script>", "a second file of another kind"),
        (with_a_note((9, 9))[:60], "it is damaged"),
        (b"<svg/>", "neither PDF nor PNG nor JPEG"),
    ],
)
def test_what_is_no_picture_is_refused_and_nothing_changes(
    client: Client, entity: InvoicingEntity, content: bytes, problem: str
) -> None:
    answer = save(client, entity, name="Another Ltd", seal_file=upload("seal.png", content))
    assert answer.status_code == 200
    assert problem in answer.content.decode()
    assert (bytes(entity.seal), entity.name == "Another Ltd") == (b"", False)


def test_both_documents_of_a_bill_carry_logo_and_seal() -> None:
    story = make_story("standard", "Harbour Trading Ltd", region="HK")
    pictures = {"logo": with_a_note((60, 20)), "seal": with_a_note((40, 40))}
    InvoicingEntity.objects.filter(pk=story.key.entity_id).update(**pictures)
    story.recharge("100.00", "2026-01-01 09:00")
    bill = story.bill("30.00", "2026-01-03 09:00")
    (proforma,) = request_proforma(sold=bill, by=story.user, at=at("2026-01-05 09:00"))
    (commercial,) = make_proformas(
        ticket=proforma.ticket,
        sold=bill,
        by=make_support(),
        at=at("2026-01-06 09:00"),
        form=Proforma.Form.COMMERCIAL,
    )
    for made in (proforma, commercial):
        frozen = drafting.frozen(made)
        for name, content in pictures.items():
            assert base64.b64decode(getattr(frozen, name)) == content
