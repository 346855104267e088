"""The desk for profiles: versions, their form, the profile of one customer."""
