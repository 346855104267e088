"""What a story can do, a file per room. Importing this package fills `language.VERBS`."""

import finance_console.simulation.verbs.asides
import finance_console.simulation.verbs.catalogue
import finance_console.simulation.verbs.closing
import finance_console.simulation.verbs.control
import finance_console.simulation.verbs.customers
import finance_console.simulation.verbs.funds
import finance_console.simulation.verbs.incoming
import finance_console.simulation.verbs.metering
import finance_console.simulation.verbs.money
import finance_console.simulation.verbs.orders
import finance_console.simulation.verbs.paper
import finance_console.simulation.verbs.payout
import finance_console.simulation.verbs.returns
import finance_console.simulation.verbs.sending
import finance_console.simulation.verbs.titles  # noqa: F401
