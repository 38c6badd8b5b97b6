"""Takes an organisation's documents into the store, and out of it again."""

import hashlib
import os
import stat
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol

from knowledge.documents.formats import LARGEST_FILE
from knowledge.documents.parsed import ParsedDocument, RefusedError
from knowledge.documents.sandbox import read_all
from knowledge.documents.splitter import VERSION, Tokenizer, split
from knowledge.encoder import Encoder
from knowledge.ingest import Progress
from knowledge.passage import OrganisationId
from knowledge.store.passages import Document, PassageTable

DocumentKind = Literal["policy", "values", "guide"]
KINDS: tuple[DocumentKind, ...] = ("policy", "values", "guide")


class DocumentEncoder(Encoder, Tokenizer, Protocol):
    """What adding needs of an encoder."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to be added and the name it is known by in the organisation."""

    path: Path
    name: str


@dataclass(kw_only=True)
class AddReport:
    """What happened to each source, by name."""

    added: dict[str, str] = field(default_factory=dict[str, str])
    """Name -> id."""
    replaced: dict[str, str] = field(default_factory=dict[str, str])
    unchanged: list[str] = field(default_factory=list[str])
    duplicates: dict[str, str] = field(default_factory=dict[str, str])
    """Name -> name of the document with the same text."""
    refused: dict[str, str] = field(default_factory=dict[str, str])
    """Name -> why."""


def sources(paths: Iterable[Path]) -> Iterator[Source]:
    """Every file named, and every file below a directory named, in order.

    A file is known by its own name, one below a directory by its path from the directory's parent.
    Hidden files, and links below a directory, are left out.
    """
    for path in paths:
        if not path.is_dir():
            yield Source(path=path, name=path.name)
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for file in sorted(f for f in files if not f.startswith(".")):
                found = Path(folder) / file
                if not found.is_symlink():
                    name = found.absolute().relative_to(path.absolute().parent)
                    yield Source(path=found, name=name.as_posix())


class Adder:
    """Adds documents to one organisation. The caller holds the documents' lock."""

    def __init__(
        self,
        table: PassageTable,
        encoder: DocumentEncoder,
        organisation: OrganisationId,
        kind: DocumentKind,
    ):
        self._table = table
        self._encoder = encoder
        self._organisation = organisation
        self._kind = kind
        stored = table.documents(organisation).values()
        self._by_name = {d.source: d for d in stored}
        self._by_text = {d.text_hash: d for d in stored}

    def add(
        self, files: Iterable[Source], title: str | None = None, progress: Progress | None = None
    ) -> AddReport:
        """Add every source that can be read; one document is one transaction.

        Killed at any point, the store holds whole documents, and the same call goes on with the
        rest. `title` names a single document; otherwise it names itself.
        """
        report = AddReport()
        wanted = list(files)
        changed: dict[Path, tuple[Source, str]] = {}
        names: set[str] = set()
        for source in wanted:
            if source.name in names:
                report.refused[str(source.path)] = f"another file here is called {source.name} too"
                continue
            names.add(source.name)
            file_hash = _file_hash(source.path)
            if self._is_unchanged(source, file_hash, title):
                report.unchanged.append(source.name)
            else:
                changed[source.path] = (source, file_hash)
        done = len(wanted) - len(changed)
        for path, read in read_all(changed):
            source, file_hash = changed[path]
            if isinstance(read, RefusedError):
                report.refused[source.name] = str(read)
            else:
                self._put(source, file_hash, read, title, report)
            done += 1
            if progress:
                progress(done, len(wanted))
        return report

    def _is_unchanged(self, source: Source, file_hash: str, title: str | None) -> bool:
        known = self._by_name.get(source.name)
        return (
            known is not None
            and known.content_hash == self._content_hash(file_hash)
            and title in (None, known.title)
        )

    def _content_hash(self, file_hash: str) -> str:
        """Of everything that would make the stored passages other than they are."""
        state = f"{VERSION}\n{self._encoder.digest}\n{self._kind}\n{file_hash}"
        return hashlib.sha256(state.encode()).hexdigest()

    def _put(
        self,
        source: Source,
        file_hash: str,
        read: ParsedDocument,
        title: str | None,
        report: AddReport,
    ) -> None:
        known = self._by_name.get(source.name)
        text_hash = hashlib.sha256(
            "\n".join(f"{s.heading}\n{s.text}" for s in read.sections).encode()
        ).hexdigest()
        same = self._by_text.get(text_hash)
        if same is not None and same.source != source.name:
            report.duplicates[source.name] = same.source or same.id
            return
        document = Document(
            id=known.id if known else f"doc:{uuid.uuid4()}",
            organisation=self._organisation,
            kind=self._kind,
            title=title or read.title or Path(source.name).stem,
            content_hash=self._content_hash(file_hash),
            encoder=self._encoder.digest,
            source=source.name,
            file_hash=file_hash,
            text_hash=text_hash,
        )
        passages = split(read, document.id, self._organisation, document.title, self._encoder)
        vectors = self._encoder.encode([p.encoded_text for p in passages]).vectors
        self._table.replace(document, passages, vectors)
        (report.replaced if known else report.added)[source.name] = document.id
        self._by_name[source.name] = self._by_text[text_hash] = document


def encode_again(table: PassageTable, encoder: Encoder, progress: Progress) -> int:
    """Bring documents whose vectors were made with another encoder up to date, from SQL alone."""
    outdated = table.outdated(encoder.digest)
    for done, document in enumerate(outdated, 1):
        passages = table.of_document(document.id, document.organisation)
        vectors = encoder.encode([p.encoded_text for p in passages]).vectors
        table.replace(replace(document, encoder=encoder.digest), passages, vectors)
        progress(done, len(outdated))
    return len(outdated)


def _file_hash(path: Path) -> str:
    """SHA-256 of a file; '' when it is not to be opened, which reading it will say."""
    try:
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode) or state.st_size > LARGEST_FILE:
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
