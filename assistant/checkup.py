"""What `twofold doctor` looks at."""

from collections.abc import Callable

from assistant.cli_doctor import Finding
from assistant.settings import Settings
from knowledge.documents.index import DocumentIndex
from knowledge.encoder import OnnxEncoder
from knowledge.errors import IndexLockedError, KnowledgeError
from knowledge.index import ExactIndex
from knowledge.ingest import is_current
from knowledge.library import load_library
from knowledge.lock import hold
from knowledge.store.database import open_database
from knowledge.store.passages import PassageTable

SAMPLE = 200


def checkup(settings: Settings) -> list[Finding]:
    """Look at every part; a part that cannot be looked at is a finding, not an error."""
    return [
        _look("cards", _cards),
        _look("encoder", _encoder),
        _look("store", lambda: _store(settings)),
        _look("documents", lambda: _documents(settings)),
        _look("index", lambda: _index(settings)),
    ]


def _look(name: str, look: Callable[[], tuple[bool, str]]) -> Finding:
    try:
        healthy, detail = look()
    except KnowledgeError as error:
        return Finding(name, False, str(error))
    return Finding(name, healthy, detail)


def _cards() -> tuple[bool, str]:
    return True, f"{len(load_library().cards)} cards, all valid"


def _encoder() -> tuple[bool, str]:
    encoder = OnnxEncoder()
    vectors = encoder.encode(["nobody told me", "no one informed me", "bread needs flour"]).vectors
    near, far = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    return near > far + 0.2, f"{encoder.digest[:12]}, similar texts {near:.2f}, others {far:.2f}"


def _store(settings: Settings) -> tuple[bool, str]:
    if not settings.data.exists():
        return True, f"{settings.data}: nothing there yet; the first question fills it"
    engine = open_database(settings.database_url)
    try:
        library, encoder = load_library(), OnnxEncoder()
        table = PassageTable(engine)
        if not table.count():
            return True, "empty; the first question fills it"
        if not is_current(library, table, encoder.digest):
            return False, "older than the cards; `twofold knowledge rebuild` brings it up to date"
        misses = _self_query(table, encoder.digest)
        detail = f"{table.count()} passages, {misses} of {SAMPLE} not found by their own vector"
        return misses == 0, detail
    finally:
        engine.dispose()


def _documents(settings: Settings) -> tuple[bool, str]:
    """The documents of this installation's own organisation: found by their own vectors?"""
    if not settings.data.exists():
        return True, "none yet"
    engine = open_database(settings.database_url)
    try:
        table, encoder = PassageTable(engine), OnnxEncoder()
        if outdated := len(table.outdated(encoder.digest)):
            return False, f"{outdated} of an older encoder; any command that answers renews them"
        ids, matrix = table.matrix(encoder.digest, settings.organisation)
        index = DocumentIndex(table, encoder.digest)
        step = max(1, len(ids) // SAMPLE)
        misses = 0
        for own, vector in list(zip(ids, matrix, strict=True))[::step]:
            hits = index.search(vector, 3, settings.organisation)
            misses += not any(h.id == own or h.score > 0.9999 for h in hits)
        return misses == 0, f"{len(ids)} passages of {settings.organisation}, {misses} not found"
    finally:
        engine.dispose()


def _self_query(table: PassageTable, digest: str) -> int:
    index = ExactIndex(table, digest)
    pairs = [(p, v) for ps, vs in table.vectors(digest) for p, v in zip(ps, vs, strict=True)]
    step = max(1, len(pairs) // SAMPLE)
    misses = 0
    for passage, vector in pairs[::step][:SAMPLE]:
        hits = index.search(vector, 3)
        misses += not any(h.id == passage.id or h.score > 0.9999 for h in hits)
    return misses


def _index(settings: Settings) -> tuple[bool, str]:
    from knowledge.chroma_index import ChromaIndex

    folder = settings.data / "index"
    if not folder.exists():
        return True, "not built; `twofold serve` builds it when it starts"
    try:
        with hold(settings.data, "doctor"):
            engine = open_database(settings.database_url)
            said: list[str] = []
            try:
                index = ChromaIndex(folder, PassageTable(engine), OnnxEncoder().digest, said.append)
                misses = index.audit(SAMPLE)
                index.close()
            finally:
                engine.dispose()
    except IndexLockedError:
        return True, "in use by a running server, which checked it when it started"
    mended = f"; {said[0]}" if said else ""
    return misses == 0, f"{misses} of {SAMPLE} passages not found by their own vector{mended}"
