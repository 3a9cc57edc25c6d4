"""townhall: live sessions across many time zones, with a fair hour for every place."""
