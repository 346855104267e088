"""The desk for prepaid orders, with a preview of each decision."""
