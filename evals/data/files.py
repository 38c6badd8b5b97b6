"""Which files there are, what their lines hold, and how they are read and fingerprinted."""

import hashlib
import json
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.data import schemas
from evals.errors import DataError

DATASETS = Path(__file__).parents[1] / "datasets"
MANIFEST = "manifest.json"
CANARY = "TWOFOLD-EVAL-CANARY-7c1f2a54-0f1f-4c1e-9b5e-2d6a8e3b41d7"
"""In the manifest and the data card: a model that can complete it has seen these files."""

SCHEMAS: dict[str, type[schemas.Row]] = {
    "natural/raw/*.jsonl": schemas.NaturalPost,
    "natural/labels/*.jsonl": schemas.Vote,
    "authored/situations.jsonl": schemas.AuthoredSituation,
    "labels/*.jsonl": schemas.Vote,
    "escalation/e?.jsonl": schemas.EscalationText,
    "hard/canonical.jsonl": schemas.HardCanonical,
    "hard/paraphrase.jsonl": schemas.HardVariant,
    "hard/sector.jsonl": schemas.HardVariant,
    "hard/labels/*.jsonl": schemas.Vote,
    "scope/out.jsonl": schemas.OutOfScope,
    "benign/benign.jsonl": schemas.Benign,
    "conversations/conversations.jsonl": schemas.ConversationCase,
    "wrong/wrong.jsonl": schemas.WrongManager,
    "verdicts/verdicts.jsonl": schemas.VerdictRequest,
    "injection/*.jsonl": schemas.Injection,
    "answers/*.jsonl": schemas.AnswerCase,
}
"""Pattern below the folder of data sets -> what a line holds."""

R = TypeVar("R", bound=schemas.Row)


class FileEntry(BaseModel):
    """One file of the manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    rows: int


class Manifest(BaseModel):
    """All files of a version of the data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    canary: str
    files: dict[str, FileEntry]

    def digest(self) -> str:
        """SHA-256 of the whole data."""
        text = "\n".join(f"{name} {f.sha256}" for name, f in sorted(self.files.items()))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the data."""

    place: str
    """File, with the line where there is one."""
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}. {self.fix}"


def read_rows(path: Path, schema: type[R]) -> list[R]:
    """The rows of a file.

    Raises DataError naming file, line, field, value and what was expected.
    """
    rows: list[R] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(schema.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(p) for p in first["loc"]) or "line"
            raise DataError(
                f"{path.parent.name}/{path.name}:{number}: {field}: {str(first['input'])[:60]!r}: "
                f"{first['msg']}. Mend the line."
            ) from error
    return rows


def load(pattern: str, schema: type[R], folder: Path = DATASETS) -> list[R]:
    """The rows of every file of a pattern, in the order of their names."""
    return [row for path in sorted(folder.glob(pattern)) for row in read_rows(path, schema)]


def data_files(folder: Path = DATASETS) -> list[Path]:
    """Every file of the data, by name."""
    return sorted(
        p for p in folder.rglob("*") if p.suffix in (".jsonl", ".md") and p.parent != folder
    )


def read_manifest(folder: Path = DATASETS) -> Manifest:
    """The manifest.

    Raises DataError when it is missing or damaged.
    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(
            f"{MANIFEST} is missing or damaged ({type(error).__name__}). "
            "`twofold eval validate-data --write-manifest` writes it."
        ) from error


def make_manifest(version: str, folder: Path = DATASETS) -> Manifest:
    """The manifest of the files as they are."""
    files: dict[str, FileEntry] = {}
    for path in data_files(folder):
        content = path.read_bytes()
        files[path.relative_to(folder).as_posix()] = FileEntry(
            sha256=hashlib.sha256(content).hexdigest(), rows=content.count(b"\n")
        )
    return Manifest(version=version, canary=CANARY, files=files)


def write_manifest(manifest: Manifest, folder: Path = DATASETS) -> None:
    """Write the manifest, one file a line."""
    data = json.loads(manifest.model_dump_json())
    (folder / MANIFEST).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def manifest_problems(folder: Path = DATASETS) -> list[Problem]:
    """What differs between the manifest and the files."""
    known = read_manifest(folder)
    now = make_manifest(known.version, folder)
    fix = "If the change is meant, raise the version and write the manifest again."
    found = [
        Problem(name, "differs from the manifest", fix)
        for name in sorted(known.files.keys() | now.files.keys())
        if known.files.get(name) != now.files.get(name)
    ]
    if known.canary != CANARY:
        found.append(Problem(MANIFEST, "the canary is not ours", fix))
    return found


def schema_problems(folder: Path = DATASETS) -> list[Problem]:
    """Files with a line that does not fit, files without a schema, ids that occur twice."""
    found: list[Problem] = []
    seen: dict[str, dict[str, str]] = {}
    for path in data_files(folder):
        name = path.relative_to(folder).as_posix()
        schema = next((s for p, s in SCHEMAS.items() if fnmatch(name, p)), None)
        if schema is None:
            continue
        try:
            rows = read_rows(path, schema)
        except DataError as error:
            found.append(Problem(name, str(error), ""))
            continue
        group = name if schema is schemas.Vote else name.split("/", 1)[0]
        ids = seen.setdefault(group, {})
        for row in rows:
            if row.id in ids:
                found.append(Problem(name, f"id {row.id} is also in {ids[row.id]}", "Rename one."))
            ids[row.id] = name
    return found
