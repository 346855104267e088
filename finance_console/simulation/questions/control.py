"""Questions that check: the messages a customer got, and the audit of everything."""

from accounts.models import CustomerAccount, OutboxMessage
from finance_console.audit import run_audit
from finance_console.simulation.language import Answer, question, required, thing
from finance_console.simulation.story import Story, iso


@question("messages", account=required(thing("account")))
def messages(story: Story, *, account: CustomerAccount) -> Answer:
    """What the customer was told, from the moment it is owed."""
    rows = OutboxMessage.objects.filter(customer=account).order_by("created_at", "pk")
    return {
        "messages": [
            {"topic": row.topic, "channel": row.channel, "at": iso(row.sent_at or row.created_at)}
            for row in rows
        ]
    }


@question("audit")
def audit(story: Story) -> Answer:
    results = run_audit()
    return {
        "violations": sum(len(result.rows) for result in results),
        "checks": len(results),
    }
