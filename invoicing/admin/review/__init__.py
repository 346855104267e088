"""The desk for applications: the queue, one page to decide about one."""
