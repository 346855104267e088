"""The fields of an invoice by name, for programs that book it: custom data of the file, and custom tags that point at texts."""

from collections.abc import Iterator, Mapping, Sequence

from invoicing.documents.figures import chinese_date
from invoicing.documents.snapshot import InvoiceSnapshot

PRODUCER = "finance-console"
# The tag of each field of the face. A field that every page repeats is tagged where it first stands.
_TAGS: Mapping[str, str] = {
    "InvoiceNo": "number",
    "IssueDate": "date",
    "Buyer/BuyerName": "buyer-name",
    "Buyer/BuyerTaxID": "buyer-id",
    "Seller/SellerName": "seller-name",
    "Seller/SellerTaxID": "seller-id",
    "Item": "item-name",
    "Quantity": "item-quantity",
    "Price": "item-price",
    "Amount": "item-amount",
    "TaxScheme": "item-rate",
    "TaxAmount": "item-tax",
    "TaxExclusiveTotalAmount": "total-net",
    "TaxTotalAmount": "total-tax",
    "TaxInclusiveTotalAmount": "gross",
    "Note": "remarks",
    "InvoiceClerk": "drawer",
}

# The field, the number of its page and the number of its text, in the order of painting.
Place = tuple[str, int, int]


def custom_data(snapshot: InvoiceSnapshot) -> dict[str, str]:
    """What the file says of itself by name; amounts in yuan."""
    data = {
        "native-producer": PRODUCER,
        "发票号码": snapshot.number,
        "开票日期": chinese_date(snapshot.issued_on),
        "合计金额": str(snapshot.net),
        "合计税额": str(snapshot.tax),
        "价税合计": str(snapshot.gross),
        "购买方纳税人识别号": snapshot.buyer.tax_id,
        "销售方纳税人识别号": snapshot.seller.tax_id,
        "样张": "SPECIMEN" if snapshot.specimen else "",
    }
    return {name: value for name, value in data.items() if value}


def tag_elements(places: Sequence[Place]) -> str:
    """The elements of the tag file; `Buyer/BuyerName` stands inside `Buyer`."""
    written = ""
    opened = ""
    for path, field in _TAGS.items():
        references = "".join(
            f'<ofd:ObjectRef PageRef="{page}">{text}</ofd:ObjectRef>'
            for page, text in _where(field, places)
        )
        group, _, name = path.rpartition("/")
        if group != opened:
            written += f"</ofd:{opened}>" if opened else ""
            written += f"<ofd:{group}>" if group else ""
            opened = group
        if references:
            written += f"<ofd:{name}>{references}</ofd:{name}>"
    return written


def _where(field: str, places: Sequence[Place]) -> Iterator[tuple[int, int]]:
    places_of_field = [(page, text) for name, page, text in places if name == field]
    for page, text in places_of_field:
        if field.startswith("item-") or page == places_of_field[0][0]:
            yield page, text
