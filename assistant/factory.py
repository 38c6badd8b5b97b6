"""The one place where everything is wired together."""

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.classifier import Classifier
from assistant.coach import Coach
from assistant.embedded_adviser import EmbeddedAdviser
from assistant.heads import load_heads
from assistant.probes import load_probes
from assistant.screen import Screen
from assistant.screen_rules import EscalationRules
from assistant.settings import Settings, make_data_directory
from assistant.storage.conversations import ConversationTable
from knowledge.card_head import load_card_head
from knowledge.documents.adding import Adder, DocumentKind, encode_again
from knowledge.documents.index import DocumentIndex
from knowledge.documents.search import DocumentSearch
from knowledge.encoder import OnnxEncoder
from knowledge.errors import IndexLockedError
from knowledge.index import ExactIndex, PassageIndex
from knowledge.ingest import Progress, ingest_cards, is_current
from knowledge.library import Library, load_library
from knowledge.lock import hold
from knowledge.passage import OrganisationId
from knowledge.retriever import Retriever
from knowledge.store.database import open_database
from knowledge.store.passages import Document, PassageTable

if TYPE_CHECKING:
    from knowledge.chroma_index import ChromaIndex
    from knowledge.chroma_server import ChromaServerIndex

Report = Callable[[str], None]
WAIT_SECONDS = 60
DOCUMENTS_LOCK = "documents"
"""Held apart from the writer's, so that documents can be added while the server runs."""


@dataclass(frozen=True, kw_only=True)
class Application:
    """What the command line and the web app work with."""

    settings: Settings
    library: Library
    coach: Coach
    conversations: ConversationTable
    index: PassageIndex
    passages: PassageTable
    documents: DocumentSearch


def silent(_: str) -> None:
    """A report nobody reads."""


def no_progress(_done: int, _of: int) -> None:
    """A progress nobody watches."""


@contextmanager
def reading(
    settings: Settings, report: Report = silent, progress: Progress = no_progress
) -> Generator[Application]:
    """An application that only answers: exact search over the vectors in SQL, no lock held.

    It works beside a running server. The cards are brought up to date first unless another process
    holds the write lock; while that one fills an empty store, this one waits for it.
    """
    with ExitStack() as stack:
        parts = _parts(settings, stack)
        library, table, digest = parts.library, parts.table, parts.encoder.digest
        if not is_current(library, table, digest):
            try:
                with hold(settings.data, "bringing the cards up to date"):
                    report("Preparing the guidance (once).")
                    _ingest(library, table, progress)
            except IndexLockedError:
                _wait_until_filled(table, digest)
        _refresh_documents(settings, table, digest, report, progress)
        yield parts.application(ExactIndex(table, digest))


@contextmanager
def writing(
    settings: Settings,
    purpose: str,
    report: Report = silent,
    progress: Progress = no_progress,
    *,
    fresh_index: bool = False,
) -> Generator[Application]:
    """An application that holds the write lock and searches through Chroma.

    Raises IndexLockedError at once when another process holds the lock, and IndexServerError when
    a Chroma server is set and cannot be used.
    """
    make_data_directory(settings)
    with ExitStack() as stack:
        stack.enter_context(hold(settings.data, purpose))
        parts = _parts(settings, stack)
        library, table, digest = parts.library, parts.table, parts.encoder.digest
        if not is_current(library, table, digest):
            _ingest(library, table, progress)
        _refresh_documents(settings, table, digest, report, progress)
        index = _chroma(settings, table, digest, report, fresh_index)
        stack.callback(index.close)
        yield parts.application(index)


@contextmanager
def adding(
    settings: Settings, organisation: OrganisationId, kind: DocumentKind
) -> Generator[Adder]:
    """Adds documents to an organisation; a running server sees each one as soon as it is in.

    Raises IndexLockedError at once when another process adds or removes documents.
    """
    with _documents(settings, "adding documents") as table:
        yield Adder(table, OnnxEncoder(threads=0), organisation, kind)
        table.erase_traces()


def remove_documents(
    settings: Settings, organisation: OrganisationId, ids: Iterable[str]
) -> list[Document]:
    """Remove documents of an organisation by id or name, and every trace of their text.

    Returns those that were there. Raises IndexLockedError when another process adds or removes
    documents, StoreError when a trace may be left.
    """
    with _documents(settings, "removing documents") as table:
        known = table.documents(organisation)
        names = {d.source: d for d in known.values()}
        found = [d for i in ids if (d := known.get(i) or names.get(i)) is not None]
        for document in found:
            table.remove(document.id, organisation)
        table.erase_traces()
        return found


@contextmanager
def stored_documents(settings: Settings) -> Generator[PassageTable]:
    """The store, for commands that only list or show."""
    make_data_directory(settings)
    with ExitStack() as stack:
        engine = open_database(settings.database_url)
        stack.callback(engine.dispose)
        yield PassageTable(engine)


@contextmanager
def _documents(settings: Settings, purpose: str) -> Generator[PassageTable]:
    make_data_directory(settings)
    with ExitStack() as stack:
        stack.enter_context(hold(settings.data, purpose, DOCUMENTS_LOCK))
        engine = open_database(settings.database_url)
        stack.callback(engine.dispose)
        yield PassageTable(engine)


def _refresh_documents(
    settings: Settings, table: PassageTable, digest: str, report: Report, progress: Progress
) -> None:
    """Encode again what another encoder made; when somebody is adding, they see to it."""
    if not table.outdated(digest):
        return
    try:
        with hold(settings.data, "bringing documents up to date", DOCUMENTS_LOCK):
            report("Preparing the organisation's documents for the new encoder (once).")
            encode_again(table, OnnxEncoder(threads=0), progress)
    except IndexLockedError:
        report("Documents are being added; those of the old encoder are found after a restart.")


def _chroma(
    settings: Settings, table: PassageTable, digest: str, report: Report, fresh: bool
) -> "ChromaIndex | ChromaServerIndex":
    """The index on the server that is set, otherwise the one in the data directory."""
    if settings.chroma_url is not None:
        from knowledge.chroma_server import ChromaServerIndex

        return ChromaServerIndex(settings.chroma_url, table, digest, report, fresh=fresh)
    from knowledge.chroma_index import ChromaIndex

    return ChromaIndex(settings.data / "index", table, digest, report, fresh=fresh)


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What both kinds of application are made of."""

    settings: Settings
    library: Library
    encoder: OnnxEncoder
    table: PassageTable
    conversations: ConversationTable

    def application(self, index: PassageIndex) -> Application:
        """The application over an index."""
        digest = self.encoder.digest
        heads = load_heads(digest)
        documents = DocumentSearch(self.table, DocumentIndex(self.table, digest))
        coach = Coach(
            screen=Screen(EscalationRules.load(), heads.thresholds),
            classifier=Classifier(self.encoder, heads, load_probes()),
            retriever=Retriever(self.library, index, load_card_head(digest)),
            adviser=EmbeddedAdviser(),
            library=self.library,
            documents=documents,
        )
        return Application(
            settings=self.settings,
            library=self.library,
            coach=coach,
            conversations=self.conversations,
            index=index,
            passages=self.table,
            documents=documents,
        )


def _parts(settings: Settings, stack: ExitStack) -> _Parts:
    make_data_directory(settings)
    engine = open_database(settings.database_url)
    stack.callback(engine.dispose)
    return _Parts(
        settings=settings,
        library=load_library(),
        encoder=OnnxEncoder(),
        table=PassageTable(engine),
        conversations=ConversationTable(engine),
    )


def _ingest(library: Library, table: PassageTable, progress: Progress) -> None:
    """Ingest with an encoder that uses every core, which answering does not."""
    ingest_cards(library, table, OnnxEncoder(threads=0), progress)


def _wait_until_filled(table: PassageTable, encoder_digest: str) -> None:
    """Wait for another process that is filling an empty store; a filled one is used as it is."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if next(iter(table.vectors(encoder_digest)), None):
            return
        time.sleep(0.2)
