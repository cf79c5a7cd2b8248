"""The metadata block that may stand at the very top of a file, between `---` and `---`."""

from __future__ import annotations

from pipeline.parse.record import COMMENT, Record


def skip_front_matter(record: Record) -> list[tuple[int, int]]:
    """Return the lines of the source after its metadata; what it says there is a problem, since nothing reads it."""
    text = record.source.text
    lines: list[tuple[int, int]] = []
    start = 0
    while True:
        end = text.find("\n", start)
        if end < 0:
            if start < len(text) or not lines:
                lines.append((start, len(text)))
            break
        lines.append((start, end))
        start = end + 1
    if text[slice(*lines[0])].rstrip() != "---" or len(lines) < 2 or not text[slice(*lines[1])].strip():
        return lines
    for number, (start, end) in enumerate(lines[1:], 1):
        if text[start:end].rstrip() in ("---", "..."):
            record.mark(0, end, COMMENT)
            words = [line for line in lines[1:number] if text[slice(*line)].strip()[:1] not in ("", "#")]
            if words:
                record.report(
                    "front-matter-ignored",
                    "metadata at the top of a chapter is not read, so it has no effect",
                    words[0][0],
                    words[0][1],
                    "say it in the settings of the book; the title of a chapter is its head: `# Title`",
                )
            return lines[number + 1 :]
    return lines
