"""Bank transfers: dedicated accounts, imported statements, their lines."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import CustomerAccount
from ledger.models.books import AMOUNT
from ledger.models.orders import Recharge


class DedicatedAccount(models.Model):
    """The bank account number that only this customer pays into: what arrives there is theirs."""

    customer = models.OneToOneField(
        CustomerAccount,
        models.PROTECT,
        related_name="dedicated_account",
        verbose_name=_("customer"),
    )
    number = models.CharField(_("account number"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("dedicated account")
        verbose_name_plural = _("dedicated accounts")

    def __str__(self) -> str:
        return self.number


class BankFormat(models.Model):
    """A version of how a bank writes its CSV (`ledger.domain.bank_format`): it counts once another person approved.

    The newest approved version of a code is the one in force, before the one that is shipped under that code.
    """

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("defined by")
    )
    made_at = models.DateTimeField(_("defined at"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True)

    class Meta:
        verbose_name = _("bank format")
        verbose_name_plural = _("bank formats")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="bank_format_version"),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False)
                & ~Q(approved_by=F("made_by")),
                name="bank_format_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class BankStatement(models.Model):
    """One imported statement of our bank, known by the content of its file and its place there.

    `total` is the sum of all lines of the file, money out being negative; `left_out` of those that
    an earlier statement held.
    """

    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    part = models.PositiveIntegerField(_("statement of the file"), default=1, db_default=1)
    account = models.CharField(_("our account"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3)
    format = models.CharField(
        _("bank format"), max_length=40, blank=True, default="", db_default=""
    )
    lines_count = models.PositiveIntegerField(_("lines"))
    total = models.DecimalField(_("total of the lines"), **AMOUNT)
    left_out = models.DecimalField(_("of which held before"), **AMOUNT)
    opening = models.DecimalField(_("opening balance"), **AMOUNT, null=True)
    closing = models.DecimalField(_("closing balance"), **AMOUNT, null=True)
    begins = models.DateTimeField(_("from"), null=True)
    ends = models.DateTimeField(_("until"), null=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("imported by"),
    )
    imported_at = models.DateTimeField(_("imported at"))

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [models.UniqueConstraint(fields=["sha256", "part"], name="statement_once")]

    def __str__(self) -> str:
        return self.name


class BankLine(FSMModelMixin, models.Model):
    """One movement on a statement.

    ::

        UNMATCHED --match--> MATCHED --reopen--> UNMATCHED   (its recharge was wrong and reversed)
            +------ignore--> IGNORED    (not a recharge: a fee, our own payment; with a reason)

    Its identity is account, day, amount with its direction, reference, and `place` among the equal
    ones. `undoes`: the bank takes an earlier movement back. `doubtful`: an earlier statement may
    have held it; only a person credits it.
    """

    class Status(models.TextChoices):
        UNMATCHED = "unmatched", _("Unmatched")
        MATCHED = "matched", _("Matched")
        IGNORED = "ignored", _("Not a recharge")

    statement = models.ForeignKey(
        BankStatement, models.PROTECT, related_name="lines", verbose_name=_("bank statement")
    )
    position = models.PositiveIntegerField(_("line"))
    account = models.CharField(_("our account"), max_length=40)
    reference = models.CharField(_("bank reference"), max_length=80, blank=True)
    place = models.PositiveIntegerField(_("place among equal lines"), default=1, db_default=1)
    amount = models.DecimalField(_("amount"), **AMOUNT)
    currency = models.CharField(_("currency"), max_length=3)
    booked_on = models.DateField(_("booked on"))
    payer = models.CharField(_("payer"), max_length=140, blank=True)
    payer_account = models.CharField(_("payer's account"), max_length=40, blank=True)
    paid_into = models.CharField(_("dedicated account"), max_length=40, blank=True)
    remittance = models.CharField(_("remittance information"), max_length=300, blank=True)
    balance = models.DecimalField(_("balance after it"), **AMOUNT, null=True)
    undoes = models.BooleanField(_("reversal"), default=False, db_default=False)
    doubtful = models.BooleanField(_("perhaps imported before"), default=False, db_default=False)
    status = FSMField(_("status"), default=Status.UNMATCHED, choices=Status.choices, protected=True)
    recharge = models.OneToOneField(
        Recharge, models.PROTECT, null=True, related_name="bank_line", verbose_name=_("recharge")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "currency", "booked_on", "amount", "reference", "place"],
                name="bank_line_once",
            ),
            models.UniqueConstraint(fields=["statement", "position"], name="bank_line_position"),
            models.CheckConstraint(condition=~Q(amount=0), name="bank_line_not_zero"),
            models.CheckConstraint(
                condition=Q(status="matched", recharge__isnull=False)
                | ~Q(status="matched") & Q(recharge=None),
                name="bank_line_matched_has_recharge",
            ),
        ]
        indexes = [
            models.Index(
                fields=["booked_on", "id"],
                condition=Q(status="unmatched"),
                name="bank_line_unmatched",
            ),
            models.Index(
                fields=["payer_account"],
                condition=Q(status="matched"),
                name="bank_line_paid_from",
            ),
            models.Index(fields=["payer"], condition=Q(status="matched"), name="bank_line_paid_by"),
        ]

    def __str__(self) -> str:
        return self.reference or f"{self.booked_on} {self.amount}"

    @transition(field=status, source=Status.UNMATCHED, target=Status.MATCHED)
    def match(self, *, recharge: Recharge, at: datetime) -> None:
        self.recharge, self.decided_at = recharge, at

    @transition(field=status, source=Status.UNMATCHED, target=Status.IGNORED)
    def ignore(self, *, reason: str, at: datetime) -> None:
        self.reason, self.decided_at = reason, at

    @transition(field=status, source=Status.MATCHED, target=Status.UNMATCHED)
    def reopen(self) -> None:
        self.recharge = self.decided_by = self.decided_at = None
        self.reason = ""
