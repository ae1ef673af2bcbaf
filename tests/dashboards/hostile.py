"""Words that must stay words wherever they are shown or written."""

# What would call a stranger, change the page or vanish if it were read as Markdown.
HOSTILE = (
    "![x](https://evil.example/a.png) <img src=https://evil.example/b.png> [link](https://evil.example) from $5 to $9 "
    "**bold** :material/home: :red[red] `code`"
)
