"""Errors of the knowledge package.

KnowledgeError
├── InvalidDataError      a file written by people is wrong: carries every problem found
├── EncoderError          the encoder file is missing or damaged
├── StoreError            the SQL store cannot be used
├── IndexServerError      the Chroma server cannot be used (in `chroma_server`)
└── IndexLockedError      another process holds the index of this data directory
"""

from dataclasses import dataclass
from pathlib import Path


class KnowledgeError(Exception):
    """Anything this package raises on purpose."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong in one file."""

    file: str
    line: int
    """Counted from 1."""
    value: str
    """What stands there."""
    expected: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.value!r}: expected {self.expected}. {self.fix}"


class InvalidDataError(KnowledgeError):
    """Raised on load with every problem found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]):
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))

    @staticmethod
    def of_file(file: str, value: str, expected: str, fix: str) -> "InvalidDataError":
        """One problem of a file whose lines say nothing to a person."""
        return InvalidDataError(
            (Problem(file=file, line=1, value=value, expected=expected, fix=fix),)
        )


class EncoderError(KnowledgeError):
    """The encoder file is missing, damaged or not the one its vectors were made with."""


class StoreError(KnowledgeError):
    """The SQL store cannot be opened or written."""


class IndexLockedError(KnowledgeError):
    """Another process holds the index of this data directory."""

    def __init__(self, directory: Path, holder: str):
        super().__init__(
            f"{directory} is in use by {holder}. Stop that process, or set TWOFOLD_DATA to another "
            "directory. Commands that only read (ask, assess, retrieve, reply) work beside it."
        )
