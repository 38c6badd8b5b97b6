"""What an index directory was when it was last right: a file that is swapped in one step."""

import hashlib
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError


class Manifest(BaseModel):
    """Describes one index directory; anything that differs makes the directory suspect."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: str
    """Name of the directory beside the manifest."""
    engine: str
    """Name and version of the library that wrote it."""
    encoder: str
    """Digest of the encoder of its vectors."""
    revision: int
    """The store's write counter it was built from."""
    count: int
    """How many entries it holds."""
    files: dict[str, str]
    """Path below the directory -> SHA-256."""


def read_manifest(path: Path) -> Manifest | None:
    """The manifest, or None when it is missing or damaged."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest so that a crash leaves the old one or the new one, never a part."""
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as file:
        file.write(manifest.model_dump_json(indent=1).encode())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def file_hashes(directory: Path) -> dict[str, str]:
    """SHA-256 of every file below a directory."""
    hashes: dict[str, str] = {}
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            hashes[path.relative_to(directory).as_posix()] = hashlib.file_digest(
                file, "sha256"
            ).hexdigest()
    return hashes
