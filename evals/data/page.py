"""The data report as one page of text."""

from collections.abc import Iterator, Mapping

from evals.data.validate import DataReport

NOTE = (
    "All texts are written or retold, and all labels given, by language models; agreement between "
    "models of one kind is an upper bound on what people would agree on."
)


def page(report: DataReport) -> Iterator[str]:
    """Lines of the report; the problems come last."""
    yield NOTE
    yield ""
    yield f"{'set':14} {'train':>6} {'dev':>6} {'test':>6}   words      own openings  self-BLEU"
    for name, counts in report.counts.items():
        v = report.variety[name]
        cells = " ".join(f"{counts.get(s, 0):6}" for s in ("train", "dev", "test"))
        lengths = f"{v.shortest}-{v.median}-{v.longest}"
        yield f"{name:14} {cells}   {lengths:10} {v.openings:12.0%} {v.self_bleu:10.2f}"
    yield ""
    yield f"hosts      {_list(report.hosts)}"
    yield f"industries {_list(report.industries)}"
    yield f"countries  {_list(report.countries)}"
    for name, verdicts in report.verdicts.items():
        yield f"{name}: {_list(verdicts)}"
    yield ""
    yield "agreement      texts votes  alpha  macro-F1  share diff.  scope k.  escalation k."
    for name, a in report.agreement.items():
        yield (
            f"{name:14} {a.texts:5} {a.votes:5} {a.alpha:6.3f} {a.leave_one_out_f1:9.3f} "
            f"{a.share_difference:12.3f} {a.scope_kappa:9.3f} {a.escalation_kappa:14.3f}"
        )
    yield "most contested: " + "; ".join(f"{i} {votes}" for i, votes in report.contested)
    yield ""
    yield "baselines, macro-F1 of the verdict on natural dev"
    for name, interval in report.baselines.items():
        yield f"{name:30} {interval}"
    yield ""
    yield f"{report.leaks} leaks across splits; {len(report.problems)} problems"
    yield from (str(p) for p in report.problems)


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())
