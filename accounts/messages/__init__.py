"""Messages: rows of the outbox, the ways they reach people, their texts."""
