"""`twofold doctor`: is everything well, and if not, what to do."""

from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from assistant.cli_common import print_json


@dataclass(frozen=True)
class Finding:
    """One thing the doctor looked at."""

    name: str
    healthy: bool
    detail: str


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Look at cards, encoder, store and index; exit 1 when something is not well."""
    from assistant.checkup import checkup
    from assistant.settings import read_settings

    findings = checkup(read_settings())
    if as_json:
        print_json([asdict(f) for f in findings])
    else:
        for finding in findings:
            typer.echo(f"{'ok ' if finding.healthy else 'BAD'} {finding.name}: {finding.detail}")
    if not all(f.healthy for f in findings):
        raise typer.Exit(1)
