"""What the tests of titles share: who decides, an individual, saving, auto-invoicing switched on."""

from django.contrib.auth.models import Permission

from accounts.models import User
from invoicing.models import InvoiceTitle
from invoicing.services.auto import settings
from invoicing.services.titles.keeping import save_title
from tests.builders import at, make_story, make_user

NOW, LATER = at("2026-04-10 15:00"), at("2026-04-13 09:00")

TAX_ID, OTHER_ID = "91330106MA2CFLT7XP", "91110108MA0123456G"


def decider(name: str = "decider") -> User:
    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="decide_title"))
    return User.objects.get(pk=user.pk)


def individual(profile: str = "alibaba"):
    story = make_story(profile, kind="individual", name="Li Ming")
    InvoiceTitle.objects.filter(pk=story.title.pk).update(tax_id="")
    return story


def save(story, title_id=None, **fields):
    values = {"type": "enterprise", "name": "Acme Ltd", "tax_id": TAX_ID} | fields
    return save_title(
        customer=story.customer, fields=values, is_default=False, by=story.user, at=NOW,
        title_id=title_id,
    )  # fmt: skip


def auto(story, **fields):
    wish = {"title": story.title, "kind": "general", "medium": "electronic"} | fields
    return settings.enable(customer=story.customer, at=NOW, **{"recipient_email": ""} | wish)
