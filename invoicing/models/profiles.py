"""Versions of policy profiles that operators define, beside the built-in ones."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import User


class ProfileVersion(FSMModelMixin, models.Model):
    """One version of a profile: a base with changes, in force from a date on (docs/profiles.md).

    ::

        DRAFT --schedule--> SCHEDULED --put_in_force--> IN_FORCE
          |                     +--drop--> DROPPED
          +--drop--> DROPPED

    A draft can be edited. From scheduling on it is immutable (a trigger keeps it so); putting it
    in force moves the customers of `code` to `version`, and what was judged before keeps its own.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        IN_FORCE = "in_force", _("In force")
        DROPPED = "dropped", _("Dropped")

    code = models.CharField(_("profile"), max_length=32)
    version = models.PositiveSmallIntegerField(_("version"))
    base = models.CharField(_("based on"), max_length=32)
    base_version = models.PositiveSmallIntegerField(_("version of the base"))
    changes = models.JSONField(_("changes"), default=dict)
    data = models.JSONField(_("all keys"), default=dict)
    status = FSMField(_("status"), default=Status.DRAFT, choices=Status.choices, protected=True)
    effective_from = models.DateField(_("in force from"), null=True)
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    scheduled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("scheduled by")
    )
    scheduled_at = models.DateTimeField(_("scheduled at"), null=True)
    in_force_at = models.DateTimeField(_("in force since"), null=True)

    class Meta:
        verbose_name = _("profile version")
        verbose_name_plural = _("profile versions")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="profile_version_once"),
            models.CheckConstraint(
                condition=Q(scheduled_by=None) | ~Q(scheduled_by=F("made_by")),
                name="profile_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "dropped")) | Q(effective_from__isnull=False),
                name="profile_date_when_scheduled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @transition(field=status, source=Status.DRAFT, target=Status.SCHEDULED)
    def schedule(self, *, by: User, at: datetime) -> None:
        self.scheduled_by, self.scheduled_at = by, at

    @transition(field=status, source=Status.SCHEDULED, target=Status.IN_FORCE)
    def put_in_force(self, *, at: datetime) -> None:
        self.in_force_at = at

    @transition(field=status, source=[Status.DRAFT, Status.SCHEDULED], target=Status.DROPPED)
    def drop(self) -> None:
        """Never came into force."""
