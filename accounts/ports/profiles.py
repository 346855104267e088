"""Which version of a profile is in force: profiles live above accounts, in invoicing."""

from collections.abc import Callable

from finance_console.kernel.ports import Port

version_in_force: Port[Callable[[str], int]] = Port("which version of a profile is in force")
"""Takes the code of a profile; raises LookupError for a profile that has none in force."""
