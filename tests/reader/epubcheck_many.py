"""Runs EPUBCheck over many books in one Java machine, which is what takes the time; says as JSON what it found.

    python epubcheck_many.py EPUBCHECK.jar WORK BOOK.epub …

Run by the Python of `.cache/validators/jvm`, which has JPype. WORK is a folder for reports.
"""

import json
import sys
from pathlib import Path

import jpype  # type: ignore[import-not-found,unused-ignore]


def main(jar: str, work: str, *books: str) -> None:
    jpype.startJVM("-XX:TieredStopAtLevel=1", "-Duser.language=en", "-Xmx1g", classpath=[jar])
    checker = jpype.JClass("com.adobe.epubcheck.tool.EpubChecker")
    found: dict[str, list[list[str]]] = {}
    for number, book in enumerate(books):
        report = Path(work) / f"{number}.json"
        checker().run([book, "-q", "-u", "--failonwarnings", "--json", str(report)])
        messages = json.loads(report.read_text(encoding="utf-8"))["messages"]
        found[book] = [[each["severity"], each["ID"], each["message"]] for each in messages]
    sys.stdout.write(json.dumps(found))
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
