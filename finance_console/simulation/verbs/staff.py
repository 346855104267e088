"""Who of the staff acts in a story: a person per name, who gets the right that the verb needs."""

from django.contrib.auth.models import Permission

from accounts.models import User
from finance_console.simulation.story import Story
from finance_console.simulation.verbs.paper import reviewer_named

CONTROLLER, SECOND = "controller", "second"


def staff(story: Story, name: str, codename: str) -> User:
    """The member of staff of that name, with the permission `codename`; made at first use."""
    user = reviewer_named(story, name)
    user.user_permissions.add(Permission.objects.get(codename=codename))
    return User.objects.get(pk=user.pk)


def controller(story: Story, name: str = CONTROLLER) -> User:
    """Somebody who may adjust, lock and reconcile the books."""
    return staff(story, name, "control_books")
