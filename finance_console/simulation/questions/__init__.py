"""What a story can ask, a file per room. Importing this package fills `language.QUESTIONS`."""

import finance_console.simulation.questions.books
import finance_console.simulation.questions.control
import finance_console.simulation.questions.money
import finance_console.simulation.questions.paper  # noqa: F401
