"""Which messages reached the customer."""

from accounts.models import CustomerAccount, OutboxMessage


def silent(customer: CustomerAccount) -> frozenset[str]:
    """The channels on which messages found nobody to tell, as long as there is no address for them."""
    found = OutboxMessage.objects.filter(customer=customer, nobody_at__isnull=False)
    addresses = {
        OutboxMessage.Channel.EMAIL.value: customer.emails,
        OutboxMessage.Channel.SMS.value: customer.addresses,
    }
    channels = set(found.values_list("channel", flat=True).distinct())
    return frozenset(
        channel for channel, kept in addresses.items() if channel in channels and not kept.exists()
    )
