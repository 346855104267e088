"""Which messages reached the customer."""

from accounts.models import CustomerAccount, OutboxMessage


def silent(customer: CustomerAccount) -> frozenset[str]:
    """The channels on which messages found nobody to tell, as long as there is no address for them."""
    messages = OutboxMessage.objects.filter(customer=customer, nobody_at__isnull=False)
    channels = set(messages.values_list("channel", flat=True).distinct())
    if customer.emails.exists():
        channels.discard(OutboxMessage.Channel.EMAIL)
    if customer.addresses.exists():
        channels.discard(OutboxMessage.Channel.SMS)
    return frozenset(channels)
