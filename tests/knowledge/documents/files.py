"""Files to add: honest ones in every format, and every kind that must be refused."""

import io
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

LEAVE = "Anybody who is ill tells the shift leader before the shift begins."
NOTICE = "A doctor's note is needed from the fourth day."


def markdown(path: Path, text: str = f"# House rules\n\n{LEAVE}\n\n## Notes\n\n{NOTICE}\n") -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def pdf(
    path: Path, *pages: str, outline: tuple[str, ...] = (), password: str | None = None
) -> Path:
    from pypdf import PdfReader, PdfWriter
    from reportlab.pdfgen.canvas import Canvas

    drawn = io.BytesIO()
    canvas: Any = Canvas(drawn)
    for text in pages:
        for i, line in enumerate(text.split("\n")):
            canvas.drawString(72, 760 - 16 * i, line)
        canvas.showPage()
    canvas.save()
    writer: Any = PdfWriter(clone_from=PdfReader(drawn))
    for number, title in enumerate(outline):
        writer.add_outline_item(title=title, page_number=number)
    if password:
        writer.encrypt(password)
    writer.write(path)
    return path


def docx(path: Path) -> Path:
    from docx import Document

    document: Any = Document()
    document.core_properties.title = "House rules"
    document.add_heading("Being ill", 1)
    document.add_paragraph(LEAVE)
    document.add_heading("Notes", 1)
    document.add_paragraph(NOTICE)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "Gifts"
    table.rows[0].cells[1].text = "Up to twenty euros"
    document.save(str(path))
    return path


def pptx(path: Path) -> Path:
    from pptx import Presentation

    slides: Any = Presentation()
    for title, body in (("Being ill", LEAVE), ("Notes", NOTICE)):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    slides.slides[1].notes_slide.notes_text_frame.text = "Say it twice."
    slides.save(str(path))
    return path


def rezipped(path: Path, changes: dict[str, bytes], maker: Callable[[Path], Path] = docx) -> Path:
    """An Office file with parts changed or added."""
    honest = maker(path.with_name(f"honest{path.suffix}"))
    with zipfile.ZipFile(honest) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, content in changes.items():
            new.writestr(name, content)
    honest.unlink()
    return path


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b']><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    b"<w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    b"<w:body><w:p><w:r><w:t>Rules &a;</w:t></w:r></w:p></w:body></w:document>"
)


def filter_bomb(path: Path) -> Path:
    """A PDF of under 1 MB whose page unpacks to 800 MB."""
    packer = zlib.compressobj(9)
    block = b" " * 50_000_000
    stream = b"".join(packer.compress(block) for _ in range(16)) + packer.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n" % len(stream) + stream + b"\nendstream",
    ]
    out = b"%PDF-1.4\n"
    places: list[int] = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + content + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % p for p in places)
    out += b"xref\n0 5\n0000000000 65535 f \n" + table
    out += b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % out.rindex(b"xref\n0 5")
    path.write_bytes(out)
    return path


def huge(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(500_000_000)
    return path


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def encrypted_part(path: Path) -> Path:
    """An Office file whose first part says that it is encrypted."""
    content = bytearray(docx(path).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(bytes(content))
    return path


OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 99

REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty.md": (lambda p: written(p, b""), "empty"),
    "blank.txt": (lambda p: written(p, b" \n\n * \n"), "no text"),
    "latin1.txt": (
        lambda p: written(p, "Mittagspause für alle\nÜbergabe".encode("latin-1")),
        "UTF-8 (line 1)",
    ),
    "binary.md": (lambda p: written(p, b"Rules\x00\x01"), "its content is not"),
    "huge.pdf": (huge, "500 MB"),
    "queue.txt": (pipe, "not a plain file"),
    "sheet.xlsx": (lambda p: written(p, b"PK\x03\x04"), ".xlsx is not read"),
    "no-ending": (lambda p: written(p, b"Rules"), "without an ending"),
    "locked.pdf": (lambda p: pdf(p, LEAVE, password="x"), "encrypted"),
    "scan.pdf": (lambda p: pdf(p, ""), "text recognition"),
    "cut.pdf": (lambda p: written(p, b"%PDF-1.4\nxref"), "damaged PDF"),
    "bomb.pdf": (filter_bomb, ""),
    "page.pdf": (lambda p: written(p, b"<html>Rules"), "its name says pdf"),
    "photo.docx": (lambda p: written(p, b"\x89PNG\r\n"), "its content is image"),
    "locked.docx": (
        lambda p: written(p, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 99),
        "encrypted",
    ),
    "part.docx": (encrypted_part, "encrypted"),
    "cut.docx": (lambda p: written(p, docx(p).read_bytes()[:900]), "damaged"),
    "slides.docx": (lambda p: written(p, pptx(p.with_name("x.pptx")).read_bytes()), "is not one"),
    "macros.docx": (lambda p: rezipped(p, {"word/vbaProject.bin": b"Sub"}), "macros"),
    "up.docx": (lambda p: rezipped(p, {"../../etc/cron.d/x": b"x"}), "leads out"),
    "root.docx": (lambda p: rezipped(p, {"/etc/passwd": b"x"}), "leads out"),
    "bomb.docx": (lambda p: rezipped(p, {"word/media/a.xml": b"0" * 30_000_000}), "bomb"),
    "many.docx": (lambda p: rezipped(p, {f"word/{i}.xml": b"" for i in range(6_000)}), "parts"),
    "entities.docx": (lambda p: rezipped(p, {"word/document.xml": ENTITIES}), ""),
    "entities.pptx": (lambda p: rezipped(p, {"ppt/presentation.xml": ENTITIES}, pptx), ""),
}
"""Name -> how it is made, and what the reason must say."""
