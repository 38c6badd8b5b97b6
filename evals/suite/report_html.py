"""A run as one self-contained HTML page: tables, plots, worst cases, changed cases."""

from collections.abc import Iterator, Sequence
from html import escape

from evals.metrics.agreement import VERDICTS
from evals.metrics.calibration import reliability
from evals.suite.answer import Answer
from evals.suite.cases import Case
from evals.suite.report_text import VALIDITY
from evals.suite.run import Run

WORST = 12
CHANGED = 12
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #ccc;padding:.25rem .6rem}
td.n{text-align:right;font-variant-numeric:tabular-nums}details{margin:.6rem 0}
pre{white-space:pre-wrap;background:#f6f5f2;padding:.7rem}.pair{display:flex;gap:1rem}
.pair>div{flex:1;min-width:0}.note{color:#555}
"""


def page(run: Run, cases: Sequence[Case], other: Run | None = None) -> str:
    """The page; `other` is an earlier run whose replies are shown where they changed."""
    pairs = [(c, run.answers[c.id]) for c in cases if c.id in run.answers]
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        f"<title>Offline lane, {escape(run.card.split)}</title><style>{STYLE}</style>",
        f"<h1>Offline lane, {escape(run.card.split)}</h1><p>{escape(VALIDITY)}</p>",
        *_table(run),
        *(part for name in ("natural", "hard") for part in _plots(pairs, name)),
        *_worst(pairs),
        *(_changed(pairs, other) if other else ()),
        *_card(run),
        "</html>",
    ]
    return "\n".join(parts)


def _table(run: Run) -> Iterator[str]:
    yield "<table><tr><th>figure<th>value<th>95 % interval<th>n<th>better<th>"
    for f in run.figures.values():
        i = f.interval
        yield (
            f"<tr><td>{escape(f.name)}<td class=n>{i.mean:.3f}<td class=n>{i.low:.3f} to "
            f"{i.high:.3f}<td class=n>{i.n}<td>{'up' if f.higher_is_better else 'down'}"
            f"<td class=note>{escape(f.note)}"
        )
    yield "</table>"


Pairs = Sequence[tuple[Case, Answer]]


def _plots(pairs: Pairs, name: str) -> Iterator[str]:
    rows = [(c, a) for c, a in pairs if c.dataset == name and c.expected.verdict is not None]
    if not rows:
        return
    yield f"<h2>Verdicts, {name}</h2><table><tr><th>annotators \\ coach"
    yield "".join(f"<th>{v}" for v in (*VERDICTS, "none")) + "</tr>"
    for gold in VERDICTS:
        mine = [a.verdict or "none" for c, a in rows if c.expected.verdict == gold]
        cells = "".join(f"<td class=n>{mine.count(said)}" for said in (*VERDICTS, "none"))
        yield f"<tr><th>{gold}{cells}"
    yield "</table>"
    sure = [(a.confidence, a.verdict == c.expected.verdict) for c, a in rows if a.confidence]
    yield _calibration_plot([p for p, _ in sure], [r for _, r in sure])


def _calibration_plot(confidence: Sequence[float], right: Sequence[bool]) -> str:
    """A reliability diagram: the nearer to the diagonal, the more honest."""
    size = 260
    bins = reliability(confidence, right)
    dots = "".join(
        f"<circle cx='{b.confidence * size:.0f}' cy='{size - b.right * size:.0f}' "
        f"r='{2 + b.cases**0.5:.1f}' fill='#1d4e7a'><title>{b.cases} cases, said "
        f"{b.confidence:.2f}, right {b.right:.2f}</title></circle>"
        for b in bins
    )
    return (
        f"<svg width='{size + 60}' height='{size + 50}' viewBox='-40 -10 {size + 60} {size + 50}' "
        "role='img' aria-label='How often verdicts are right, by confidence'>"
        f"<rect width='{size}' height='{size}' fill='none' stroke='#999'/>"
        f"<line x1='0' y1='{size}' x2='{size}' y2='0' stroke='#999' stroke-dasharray='4'/>{dots}"
        f"<text x='{size / 2}' y='{size + 30}' text-anchor='middle'>confidence</text>"
        f"<text transform='rotate(-90)' x='-{size / 2}' y='-15' text-anchor='middle'>right</text>"
        "</svg>"
    )


def _worst(pairs: Pairs) -> Iterator[str]:
    """Where the shares lie furthest apart, and what was missed."""
    off = [
        (abs(a.share - c.expected.share), c, a)
        for c, a in pairs
        if c.expected.share is not None and a.share is not None
    ]
    yield "<h2>Furthest from the annotators</h2>"
    for gap, case, answer in sorted(off, key=lambda t: (-t[0], t[1].id))[:WORST]:
        yield (
            f"<details><summary>{escape(case.id)}: annotators {case.expected.share:.2f}, coach "
            f"{answer.share:.2f} (off {gap:.2f})</summary>{_case(case, answer)}</details>"
        )
    missed = [(c, a) for c, a in pairs if c.expected.escalate and not a.escalations]
    yield f"<h2>Not sent to a human ({len(missed)})</h2>"
    for case, answer in missed[:WORST]:
        wanted = ", ".join(sorted(case.expected.escalate or ()))
        title = f"<summary>{escape(case.id)}: {wanted}</summary>"
        yield f"<details>{title}{_case(case, answer)}</details>"


def _changed(pairs: Pairs, other: Run) -> Iterator[str]:
    """Replies side by side where they are not the same."""
    changed = [
        (c, a, other.answers[c.id])
        for c, a in pairs
        if c.id in other.answers and other.answers[c.id].text != a.text
    ]
    yield f"<h2>Changed replies ({len(changed)})</h2>"
    for case, now, before in changed[:CHANGED]:
        yield (
            f"<details><summary>{escape(case.id)}: {before.verdict} to {now.verdict}</summary>"
            f"<pre>{escape(case.turns[-1])}</pre><div class=pair><div><b>before</b>"
            f"<pre>{escape(before.text)}</pre></div><div><b>now</b>"
            f"<pre>{escape(now.text)}</pre></div></div></details>"
        )


def _case(case: Case, answer: Answer) -> str:
    said = "\n\n".join(case.turns)
    return f"<pre>{escape(said)}</pre><pre>{escape(answer.text)}</pre>"


def _card(run: Run) -> Iterator[str]:
    yield "<h2>What this run was made of</h2><table>"
    for name, value in run.card.model_dump().items():
        yield f"<tr><th>{escape(name)}<td>{escape(str(value))}"
    for name, value in run.latency.items():
        yield f"<tr><th>latency {escape(name)}<td>{value:.0f} ms on this machine"
    yield "</table>"
