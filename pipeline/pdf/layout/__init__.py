"""One unit of the book laid out by WeasyPrint: a `Job` comes in, a PDF and `Facts` go out."""
