"""Documents are read in a limited process: honest ones whole, all others refused with a reason."""

import re
import time
from pathlib import Path

import pytest

from knowledge.documents.parsed import ParsedDocument, RefusedError
from knowledge.documents.sandbox import SECONDS, read_all, read_safely
from tests.knowledge.documents.files import (
    LEAVE,
    NOTICE,
    OUTSIDE,
    REFUSED,
    docx,
    markdown,
    pdf,
    pptx,
    rezipped,
    written,
)


def headings(document: ParsedDocument) -> list[tuple[str, int | None]]:
    return [(s.heading, s.page) for s in document.sections]


def words(document: ParsedDocument) -> str:
    return " ".join(" ".join(s.text.split()) for s in document.sections)


def test_markdown_is_cut_at_its_headings(tmp_path: Path) -> None:
    fenced = "```\n# not a heading\n```"
    text = f"---\nowner: HR\n---\n# House rules\n{LEAVE}\n{fenced}\n## Notes ##\n{NOTICE}\n"
    document = read_safely(markdown(tmp_path / "rules.md", text))
    assert document.title == "House rules"
    assert headings(document) == [("", None), ("Notes", None)]
    assert "# not a heading" in document.sections[0].text
    assert "owner" not in words(document)


def test_text_has_the_pages_between_its_form_feeds(tmp_path: Path) -> None:
    path = written(tmp_path / "rules.txt", f"{LEAVE}\f{NOTICE}".encode("utf-16"))
    assert headings(read_safely(path)) == [("", 1), ("", 2)]


def test_html_keeps_what_is_shown(tmp_path: Path) -> None:
    page = (
        f"<title>Rules</title><script>evil()</script><h1>Being ill</h1><div><p>{LEAVE}</p></div>"
        f"<h2>Notes</h2><ul><li>{NOTICE}</li></ul><style>p{{}}</style>"
    )
    document = read_safely(written(tmp_path / "rules.html", page.encode()))
    assert (document.title, headings(document)) == ("Rules", [("Being ill", None), ("Notes", None)])
    assert words(document) == f"{LEAVE} {NOTICE}"


def test_pdf_keeps_pages_and_the_headings_of_its_outline(tmp_path: Path) -> None:
    path = pdf(tmp_path / "rules.pdf", LEAVE, "Nothing else.", NOTICE, outline=("Being ill",))
    assert headings(read_safely(path)) == [("Being ill", 1), ("Being ill", 2), ("Being ill", 3)]


def test_docx_keeps_headings_and_tables(tmp_path: Path) -> None:
    document = read_safely(docx(tmp_path / "rules.docx"))
    assert document.title == "House rules"
    assert headings(document) == [("Being ill", None), ("Notes", None)]
    assert "Gifts | Up to twenty euros" in words(document)


def test_pptx_keeps_slides_and_notes(tmp_path: Path) -> None:
    document = read_safely(pptx(tmp_path / "rules.pptx"))
    assert headings(document) == [("Being ill", 1), ("Notes", 2)]
    assert "Say it twice." in words(document)


@pytest.mark.parametrize("name", REFUSED)
def test_what_must_not_be_read_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    make, reason = REFUSED[name]
    path = make(tmp_path / name)
    start = time.monotonic()
    with pytest.raises(RefusedError) as error:
        read_safely(path)
    assert reason in str(error.value)
    assert str(tmp_path) not in str(error.value)
    assert time.monotonic() - start < SECONDS + 5  # P-B13: it is ended in time


def test_an_entity_that_names_another_file_brings_none_of_it(tmp_path: Path) -> None:
    path = rezipped(tmp_path / "outside.docx", {"word/document.xml": OUTSIDE})
    try:
        found = words(read_safely(path))
    except RefusedError:
        return
    assert "root:" not in found


def test_nested_html_does_not_end_the_process(tmp_path: Path) -> None:
    path = written(tmp_path / "deep.html", b"<div>" * 5_000 + LEAVE.encode())
    [(_, found)] = read_all([path])
    said = str(found) if isinstance(found, RefusedError) else words(found)
    assert re.search(f"{LEAVE}|too deeply|memory", said)


def test_the_others_go_in_when_one_is_refused(tmp_path: Path) -> None:
    paths = [markdown(tmp_path / f"{i}.md") for i in range(6)]
    paths.insert(3, written(tmp_path / "bad.md", b""))
    found = list(read_all(paths))
    assert [p for p, _ in found] == paths
    assert [isinstance(d, RefusedError) for _, d in found] == [i == 3 for i in range(7)]


SPY = """
import sys
from pathlib import Path
sys.argv = ["x"]
from knowledge.documents import limited
from knowledge.documents.parsed import ParsedDocument, Section
def attempt(path, kind):
    found = []
    for code in Path(path).read_text().splitlines():
        try:
            exec(code, {})
            found.append("done " + code)
        except BaseException as error:
            found.append(type(error).__name__)
    section = Section(heading="", page=None, text=" ".join(found))
    return ParsedDocument(title="", sections=(section,))
limited.read_document = attempt
limited.main("text", %r)
"""


def test_the_process_that_reads_has_no_network_no_programs_and_no_files_to_write(
    tmp_path: Path,
) -> None:
    import json
    import subprocess
    import sys

    attempts = tmp_path / "attempts.txt"
    attempts.write_text(
        "import socket; socket.create_connection(('127.0.0.1', 9), 1)\n"
        "import socket; socket.getaddrinfo('localhost', 80)\n"
        "import subprocess; subprocess.run(['true'])\n"
        "import os; os.system('true')\n"
        f"open({str(tmp_path / 'new')!r}, 'w').write('x')\n"
        f"import os; os.remove({str(attempts)!r})\n"
        "x = bytearray(900_000_000)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-c", SPY % str(attempts)], capture_output=True, check=True, timeout=60
    )
    said = json.loads(done.stdout)["sections"][0]["text"]
    assert said == " ".join(["PermissionError"] * 6 + ["MemoryError"])
    assert not (tmp_path / "new").exists()
