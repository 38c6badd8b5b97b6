"""The bibliography and the taxonomy that cards refer to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from knowledge.errors import InvalidDataError, Problem


class Reference(BaseModel):
    """One work. Only those with status `verified` may be cited."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    authors: str
    year: int | str
    title: str
    venue: str
    doi_or_url: str
    status: Literal["verified", "partial", "unverified"]
    note: str = ""
    licence: str = ""

    def __str__(self) -> str:
        link = f" {self.doi_or_url}" if self.doi_or_url.startswith("https://doi.org/") else ""
        return f"{self.authors} ({self.year}). {self.title}. {self.venue}.{link}"


class Subdomain(BaseModel):
    """One of the 17 kinds of problem: 8 of management, 9 of leadership."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    pole: Literal["management", "leadership"]
    name: str
    definition: str
    typical_situations: Annotated[tuple[str, ...], Field(min_length=1)]
    boundary_with_other_pole: str


@dataclass(frozen=True, kw_only=True)
class Canon:
    """What every card is checked against."""

    references: Mapping[str, Reference]
    subdomains: Mapping[str, Subdomain]


def load_canon(folder: Path) -> Canon:
    """Read `references.json` and `taxonomy.json`.

    Raises InvalidDataError naming file and entry.
    """
    references = _read(folder / "references.json", TypeAdapter(list[Reference]), None)
    subdomains = _read(folder / "taxonomy.json", TypeAdapter(list[Subdomain]), "subdomains")
    return Canon(
        references={r.key: r for r in references}, subdomains={s.id: s for s in subdomains}
    )


def _read(path: Path, adapter: TypeAdapter[Any], key: str | None) -> Any:
    text = path.read_text(encoding="utf-8")
    try:
        raw = json.loads(text)
        return adapter.validate_python(raw[key] if key else raw)
    except json.JSONDecodeError as error:
        problem = Problem(
            file=path.name, line=error.lineno, value=error.msg, expected="JSON", fix="Mend it."
        )
        raise InvalidDataError((problem,)) from error
    except ValidationError as error:
        raise InvalidDataError(
            tuple(
                Problem(
                    file=path.name,
                    line=1,
                    value=f"entry {'.'.join(map(str, e['loc']))}: {str(e['input'])[:60]}",
                    expected=e["msg"].lower(),
                    fix="Mend the entry.",
                )
                for e in error.errors()
            )
        ) from error
