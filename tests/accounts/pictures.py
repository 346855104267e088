"""Small files to upload, made here."""

import io

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def picture(form: str = "PNG", size: tuple[int, int] = (4, 3), **options: object) -> bytes:
    """A picture in one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, "navy").save(file, form, **options)
    return file.getvalue()
