"""What a submission may hold at most; connectors keep to it, too."""

MAX_TEXT_CHARS = 200_000  # about a hundred pages; longer ones are attachments, not posts
