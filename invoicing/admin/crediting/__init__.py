"""The desk for credits: requests, originals that came back, effects of an order's refund."""
