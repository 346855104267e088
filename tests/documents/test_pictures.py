"""The pictures in docs/screenshots/ show what is rendered today; somebody looked at them."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.documents import pictures

NAMES = (
    "invoice-special", "invoice-general", "invoice-red", "invoice-pages", "invoice-copy", "invoice-credited",
    "invoice-detail", "proforma", "commercial",
)  # fmt: skip


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    return pictures.documents()


def test_each_kind_has_its_picture(documents: dict[str, bytes]) -> None:
    assert set(documents) == set(NAMES)
    folder = {path.stem for path in Path(pictures.FOLDER).glob("*.png")}
    assert set(NAMES) <= folder


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_of_today(name: str, documents: dict[str, bytes]) -> None:
    kept = Image.open(pictures.FOLDER / f"{name}.png").convert("L")
    today = pictures.picture(documents[name]).convert("L")
    assert kept.size == today.size
    difference = ImageChops.difference(kept, today).point(lambda value: 255 * (value > 96))
    assert sum(difference.histogram()[1:]) < kept.width * kept.height / 1000
