"""Vector files: what is peculiar to each format, and where coordinates lie."""
