"""One script a page; each can be run alone."""
