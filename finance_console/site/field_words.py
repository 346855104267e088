"""Words for columns whose models name none: Django would show the name of the field, in English only."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

FIELD_WORDS: Mapping[str, Any] = {
    "account": _("ledger account"),
    "actor": _("by"),
    "application": _("application"),
    "batch": _("file"),
    "bill": _("bill"),
    "bill line": _("bill line"),
    "certification": _("certification"),
    "chain": _("chain"),
    "charge": _("charge"),
    "code sha256": _("SHA-256 of the code"),
    "confirmed by": _("confirmed by"),
    "created by": _("created by"),
    "credit note": _("credit note"),
    "credit request": _("credit request"),
    "currency": _("currency"),
    "customer": _("customer"),
    "decided by": _("decided by"),
    "dedup key": _("key against sending twice"),
    "deficit item": _("deficit of"),
    "documents": _("documents"),
    "entity": _("seller"),
    "explained by": _("explained by"),
    "fingerprint": _("fingerprint"),
    "freeze": _("frozen by"),
    "giver": _("from account"),
    "granted by": _("allowed by"),
    "idempotency key": _("key against doing twice"),
    "imported by": _("imported by"),
    "invoice": _("invoice"),
    "item": _("order or bill"),
    "line": _("line"),
    "locked by": _("locked by"),
    "lot": _("came as"),
    "made by": _("made by"),
    "moved by": _("moved by"),
    "net": _("open or deficit"),
    "opened by": _("opened by"),
    "order": _("order"),
    "outbox": _("message sent"),
    "payer": _("paid by"),
    "plan hash": _("fingerprint of the preview"),
    "product": _("product"),
    "received by": _("received by"),
    "recharge": _("recharge"),
    "released by": _("released by"),
    "request": _("credit request"),
    "requested by": _("asked for by"),
    "reviewed by": _("reviewed by"),
    "scheduled by": _("scheduled by"),
    "settlement": _("settled by"),
    "signed by": _("signed by"),
    "snapshot sha256": _("SHA-256 of the content"),
    "source": _("posted by"),
    "statement": _("bank statement"),
    "submitted by": _("submitted by"),
    "taker": _("to account"),
    "tax category": _("tax category"),
    "ticket": _("ticket"),
    "title": _("invoice title"),
    "token": _("token"),
    "transfer": _("posted as"),
    "transfer in": _("posted to the receiver as"),
    "transfer out": _("posted to the giver as"),
    "user": _("person"),
    "users": _("people"),
    "waiting reason": _("waits, or waited, for"),
    "written by": _("written by"),
}


def name_fields(model: type[models.Model]) -> None:
    """Give the fields of `model` that have no words of their own those of the table."""
    for field in model._meta.get_fields():
        if isinstance(field, models.Field) and is_unnamed(field):
            name = str(field.verbose_name)
            field.verbose_name = FIELD_WORDS.get(name, name)


def is_unnamed(field: "models.Field[Any, Any]") -> bool:
    """Whether the model says no words for it: migrations know, and keep to what the model says."""
    return not field.primary_key and field.deconstruct()[3].get("verbose_name") is None
