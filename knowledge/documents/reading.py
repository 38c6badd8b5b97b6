"""The text of a file by its format; runs in the limited process only (`sandbox`)."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from knowledge.documents.parsed import LONGEST_TEXT, ParsedDocument, RefusedError, Section

NO_TEXT = "there is no text in it; a scan has to go through text recognition first"
HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
FENCE = re.compile(r"^ {0,3}(```|~~~)")
HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCK_TAGS = ("p", "li", "td", "th", "pre", "blockquote", "dt", "dd", "figcaption", "div")


def read_document(path: Path, kind: str) -> ParsedDocument:
    """Read a file of a format that `check_file` named.

    Raises RefusedError when there is no text in it, or too much, or it cannot be understood.
    """
    reader: dict[str, Callable[[Path], ParsedDocument]] = {
        "markdown": lambda p: from_markdown(decoded(p.read_bytes())),
        "text": lambda p: from_text(decoded(p.read_bytes())),
        "html": lambda p: from_html(decoded(p.read_bytes())),
        "pdf": from_pdf,
        "docx": from_docx,
        "pptx": from_pptx,
    }
    document = reader[kind](path)
    sections = tuple(_cleaned(s) for s in document.sections if s.text.strip())
    if not any(c.isalnum() for s in sections for c in s.text):
        raise RefusedError(NO_TEXT)
    if sum(len(s.text) for s in sections) > LONGEST_TEXT:
        raise RefusedError(f"more than {LONGEST_TEXT} characters of text; split it")
    return ParsedDocument(title=" ".join(document.title.split())[:200], sections=sections)


def decoded(content: bytes) -> str:
    """Text of a file in UTF-8, or in UTF-16 when it says so.

    Raises RefusedError with the line where it is neither.
    """
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = content.decode("utf-16")
        else:
            text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RefusedError(f"not in UTF-8 (line {line}); save it as UTF-8") from error
    if "\x00" in text:
        raise RefusedError("its name says text, its content is not; give it the right ending")
    return text


def from_markdown(text: str) -> ParsedDocument:
    """Sections between the headings; a front matter is left out."""
    text = re.sub(r"\A---\r?\n.*?\r?\n---\r?\n", "", text, count=1, flags=re.S)
    blocks: list[tuple[int, str, list[str]]] = [(0, "", [])]
    fenced = False
    for line in text.splitlines():
        fenced ^= FENCE.match(line) is not None
        found = None if fenced else HEADING.match(line)
        if found:
            blocks.append((len(found[1]), found[2], []))
        else:
            blocks[-1][2].append(line)
    title = next((heading for level, heading, _ in blocks if level == 1), "")
    sections = tuple(
        Section(
            heading="" if level == 1 and heading == title else heading,
            page=None,
            text="\n".join(lines),
        )
        for level, heading, lines in blocks
    )
    return ParsedDocument(title=title, sections=sections)


def from_text(text: str) -> ParsedDocument:
    """One section; the pages are those between form feeds, if there are any."""
    pages = text.split("\f")
    return ParsedDocument(
        title="",
        sections=tuple(
            Section(heading="", page=n if len(pages) > 1 else None, text=page)
            for n, page in enumerate(pages, 1)
        ),
    )


def from_html(text: str) -> ParsedDocument:
    """Sections between the headings of a page; what is not shown is left out."""
    from bs4 import BeautifulSoup

    soup: Any = BeautifulSoup(text, "html.parser")
    for tag in soup(["script", "style", "template", "noscript", "head", "nav", "svg"]):
        if tag.name == "head" and tag.title:
            soup.insert(0, tag.title.extract())
        tag.decompose()
    title = soup.find("title")
    named = title.get_text(" ", strip=True) if title else ""
    if title:
        title.decompose()
    blocks: list[tuple[str, list[str]]] = [("", [])]
    for tag in soup.find_all([*HEADING_TAGS, *BLOCK_TAGS]):
        if tag.name in HEADING_TAGS:
            blocks.append((tag.get_text(" ", strip=True), []))
        elif not tag.find(list(BLOCK_TAGS)):
            blocks[-1][1].append(tag.get_text(" ", strip=True))
    sections = tuple(Section(heading=h, page=None, text="\n".join(lines)) for h, lines in blocks)
    if not any(s.text.strip() for s in sections):
        sections = (Section(heading="", page=None, text=soup.get_text("\n", strip=True)),)
    return ParsedDocument(title=named, sections=sections)


def from_pdf(path: Path) -> ParsedDocument:
    """One section a page, under the newest heading of the outline."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader: Any = PdfReader(path)
        if reader.is_encrypted:
            raise RefusedError("encrypted; save it without a password")
        headings = _outline(reader)
        sections: list[Section] = []
        heading = ""
        for number, page in enumerate(reader.pages, 1):
            heading = headings.get(number, heading)
            sections.append(Section(heading=heading, page=number, text=page.extract_text() or ""))
        about: Any = reader.metadata
        title = str(about.get("/Title") or "") if about else ""
    except (PyPdfError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise RefusedError("a damaged PDF; print it to PDF once more") from error
    return ParsedDocument(title=title, sections=tuple(sections))


def _outline(reader: Any) -> dict[int, str]:
    """The first heading that the outline puts on each page."""
    found: dict[int, str] = {}

    def walk(entries: Any) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry)
                continue
            number = reader.get_destination_page_number(entry)
            if number is not None and number >= 0:
                found.setdefault(number + 1, str(entry.title).strip())

    walk(reader.outline)
    return found


def from_docx(path: Path) -> ParsedDocument:
    """Sections between paragraphs in a heading style; tables row by row."""
    from docx import Document

    document: Any = _opened(Document, path)
    blocks: list[tuple[str, list[str]]] = [("", [])]
    title = str(document.core_properties.title or "")
    for item in document.iter_inner_content():
        if not hasattr(item, "style") or hasattr(item, "rows"):
            blocks[-1][1].extend(_rows(item))
            continue
        style = item.style.name if item.style is not None else ""
        if style == "Title" and not title:
            title = item.text
        elif style.startswith("Heading"):
            blocks.append((item.text, []))
        else:
            blocks[-1][1].append(item.text)
    return ParsedDocument(
        title=title,
        sections=tuple(Section(heading=h, page=None, text="\n".join(t)) for h, t in blocks),
    )


def from_pptx(path: Path) -> ParsedDocument:
    """One section a slide, under its title, with the speaker's notes."""
    from pptx import Presentation

    slides: Any = _opened(Presentation, path)
    sections: list[Section] = []
    for number, slide in enumerate(slides.slides, 1):
        title = slide.shapes.title
        lines = list(_shapes(slide.shapes, title))
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            lines.append(slide.notes_slide.notes_text_frame.text)
        heading = title.text if title is not None else ""
        sections.append(Section(heading=heading, page=number, text="\n".join(lines) or heading))
    return ParsedDocument(title=str(slides.core_properties.title or ""), sections=tuple(sections))


def _shapes(shapes: Any, title: Any) -> Iterator[str]:
    for shape in shapes:
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            yield shape.text_frame.text
        elif getattr(shape, "has_table", False):
            yield from _rows(shape.table)
        elif hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes, title)


def _rows(table: Any) -> Iterator[str]:
    for row in table.rows:
        yield " | ".join(" ".join(cell.text.split()) for cell in row.cells)


def _opened(opener: Callable[[str], Any], path: Path) -> Any:
    try:
        return opener(str(path))
    except Exception as error:  # the libraries let errors of zip and XML through as they are
        raise RefusedError("a damaged Office file; open it and save it again") from error


def _cleaned(section: Section) -> Section:
    """Without control characters, and with no more blank than a reader needs."""
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufeff]", " ", section.text)
    text = re.sub(r"[ \t\u00a0]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return Section(
        heading=" ".join(section.heading.split())[:200],
        page=section.page,
        text=re.sub(r"\n{3,}", "\n\n", text).strip(),
    )
