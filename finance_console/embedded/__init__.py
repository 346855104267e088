"""PostgreSQL and Valkey out of wheels, and the processes of a small place."""
