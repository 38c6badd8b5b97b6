"""Size of installed packages on disk. Standard library only: the peer's environment runs it too."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from evals.bench.machine import MEGABYTE, ROOT

PACKAGES = ("assistant", "evals", "knowledge", "ui")
TOOLS = ("pip", "setuptools", "wheel")


def locked_megabytes(lock: Path) -> float:
    """All packages of a lock file that are installed here, and Twofold's own."""
    names = re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)
    found = [d for name in names if (d := _installed(name)) is not None]
    own = sum(_folder_bytes(ROOT / package) for package in PACKAGES)
    return (sum(_distribution_bytes(d) for d in found) + own) / MEGABYTE


def environment_megabytes() -> float:
    """All packages of this environment but the installer's own."""
    found = [d for d in distributions() if d.metadata["Name"].lower() not in TOOLS]
    return sum(_distribution_bytes(d) for d in found) / MEGABYTE


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None  # pinned for another system or Python


def _distribution_bytes(found: Distribution) -> int:
    """What the package ships; byte code, which comes and goes, is left out."""
    paths = [Path(str(found.locate_file(f))) for f in found.files or ()]
    return sum(p.stat().st_size for p in paths if p.suffix != ".pyc" and p.is_file())


def _folder_bytes(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.suffix != ".pyc" and p.is_file())
