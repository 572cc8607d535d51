"""Pages of the office itself: what a printed code opens, before any talk begins."""
