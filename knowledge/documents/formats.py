"""What kind of file this is, judged by its content, and whether it is safe to open at all.

Runs in the caller's process: it reads sizes, the first bytes and an archive's table of contents,
and never unpacks or interprets anything.
"""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from knowledge.documents.parsed import RefusedError

MEGABYTE = 1_000_000
LARGEST_FILE = 25 * MEGABYTE
LARGEST_UNPACKED = 100 * MEGABYTE
LARGEST_PART = 40 * MEGABYTE
MOST_PARTS = 5_000
STEEPEST = 200
"""How many times smaller than its content a part of an archive may be: text reaches some 20."""
SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".pptx": "pptx",
}
MAIN_PART = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of Office files before 2007, and of encrypted ones of today."""
KNOWN_STARTS = {
    b"%PDF": "PDF",
    b"PK\x03\x04": "archive or Office",
    OLE: "old or encrypted Office",
    b"\x89PNG": "image",
    b"\xff\xd8\xff": "image",
    b"GIF8": "image",
    b"\x7fELF": "program",
    b"MZ": "program",
    b"\x1f\x8b": "compressed",
    b"{\\rtf": "rich text",
}


def check_file(path: Path) -> str:
    """The format of a file: markdown, text, html, pdf, docx or pptx.

    Raises RefusedError when it is none of them, is not what its name says or must not be opened.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise RefusedError(
            f"{path.suffix or 'a file without an ending'} is not read here; "
            f"save it as one of {', '.join(sorted(SUFFIXES))}"
        )
    try:
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode):
            raise RefusedError("not a plain file")
        if state.st_size == 0:
            raise RefusedError("the file is empty")
        if state.st_size > LARGEST_FILE:
            raise RefusedError(
                f"{state.st_size / MEGABYTE:.0f} MB is more than {LARGEST_FILE // MEGABYTE}; "
                "split it or leave out its pictures"
            )
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise RefusedError(f"cannot be read ({error.strerror})") from error
    _check_start(kind, start)
    if kind in MAIN_PART:
        _check_archive(path, kind)
    return kind


def _check_start(kind: str, start: bytes) -> None:
    found = next((name for s, name in KNOWN_STARTS.items() if start.startswith(s)), None)
    if start.startswith(OLE) and kind in MAIN_PART:
        raise RefusedError(
            "encrypted, or saved by an Office older than 2007; save it without a password as "
            f".{kind}"
        )
    expected = "PDF" if kind == "pdf" else "archive or Office" if kind in MAIN_PART else None
    if kind == "pdf" and b"%PDF-" in start:
        return  # some writers put a few bytes before it, and the standard allows it
    if found != expected:
        what = found or "something else"
        raise RefusedError(f"its name says {kind}, its content is {what}; give it the right ending")


def _check_archive(path: Path, kind: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RefusedError("the file is damaged; open it and save it again") from error
    if len(parts) > MOST_PARTS:
        raise RefusedError(f"it has {len(parts)} parts, more than {MOST_PARTS}")
    total = 0
    for part in parts:
        _check_part(part)
        total += part.file_size
    if total > LARGEST_UNPACKED:
        raise RefusedError(f"it unpacks to {total / MEGABYTE:.0f} MB; an archive bomb does that")
    names = {p.filename for p in parts}
    if any(n.lower().endswith(("vbaproject.bin", "vbadata.xml")) for n in names):
        raise RefusedError(f"it holds macros; save it as a plain .{kind}")
    if MAIN_PART[kind] not in names:
        raise RefusedError(f"its name says {kind}, but it is not one; give it the right ending")
    if len(names) != len(parts):
        raise RefusedError("two of its parts have the same name")


def _check_part(part: zipfile.ZipInfo) -> None:
    path = PurePosixPath(part.filename.replace("\\", "/"))
    strange = ":" in part.filename or "\0" in part.orig_filename
    if strange or path.is_absolute() or ".." in path.parts:
        raise RefusedError("a part of it has a path that leads out of the file")
    if part.flag_bits & 0x1:
        raise RefusedError("a part of it is encrypted; save it without a password")
    steep = part.file_size > MEGABYTE and part.file_size > STEEPEST * max(1, part.compress_size)
    if part.file_size > LARGEST_PART or steep:
        raise RefusedError("a part of it unpacks to far too much; an archive bomb does that")
    if stat.S_ISLNK(part.external_attr >> 16):
        raise RefusedError("a part of it is a link")
