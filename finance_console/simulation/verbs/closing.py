"""The end of an account."""

from accounts.models import CustomerAccount
from finance_console.simulation.language import Answer, required, thing, verb
from finance_console.simulation.story import Story
from invoicing.services.closing import close_account as close


@verb("close_account", account=required(thing("account")))
def close_account(story: Story, *, account: CustomerAccount) -> Answer:
    """As the system closes it: whatever is in work goes on."""
    close(customer=account, by=None, at=story.now)
    return {}
