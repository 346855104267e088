"""The desk for funds: grants, codes, credit limits."""
