"""Customer accounts: opened, locked, closed; who may act for them."""
