from math import log2
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.metrics.retrieval import ndcg, recall, reciprocal_rank
from evals.metrics.statistics import (
    clopper_pearson,
    family_bootstrap,
    sign_flip_test,
    weighted_kappa,
)

GRADES = {"a": 3, "b": 2, "c": 1}
IDS = list("abcdefgh")


def test_ndcg_by_hand() -> None:
    best = 3 + 2 / log2(3) + 1 / log2(4)
    assert ndcg(["a", "b", "c", "d", "e"], GRADES) == pytest.approx(1.0)
    assert ndcg(["x", "a", "y", "z", "c"], GRADES) == pytest.approx(
        (3 / log2(3) + 1 / log2(6)) / best
    )
    assert ndcg(["x", "y", "z", "u", "v", "a"], GRADES) == 0.0
    assert ndcg(["a"], {}) == 0.0


def test_recall_counts_grades_of_two_and_more() -> None:
    assert recall(["a", "c", "x", "y", "z"], GRADES) == 0.5
    assert recall(["b", "a"], GRADES) == 1.0
    assert recall(["a"], {"a": 1}) is None
    many = {f"r{i}": 2 for i in range(8)}
    assert recall([f"r{i}" for i in range(5)], many) == 1.0  # denominator is min(5, n)


def test_reciprocal_rank() -> None:
    assert reciprocal_rank(["x", "c", "b"], GRADES) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "c"], GRADES) == 0.0


@given(st.permutations(IDS), st.dictionaries(st.sampled_from(IDS), st.integers(1, 3)))
def test_ndcg_lies_between_0_and_1_and_the_ideal_order_is_best(
    ranked: list[str], grades: dict[str, int]
) -> None:
    ideal = sorted(IDS, key=lambda i: -grades.get(i, 0))
    assert 0.0 <= ndcg(ranked, grades) <= ndcg(ideal, grades) + 1e-12


def test_ndcg_agrees_with_ir_measures() -> None:
    import ir_measures as untyped

    ir_measures: Any = untyped
    runs = {"q1": ["x", "a", "y", "z", "c"], "q2": ["b", "a", "c"], "q3": ["u"]}
    qrels = [ir_measures.Qrel(q, d, g) for q in runs for d, g in GRADES.items()]
    run = [
        ir_measures.ScoredDoc(q, d, 10.0 - i)
        for q, docs in runs.items()
        for i, d in enumerate(docs)
    ]
    ours = {q: ndcg(docs, GRADES) for q, docs in runs.items()}
    theirs = {
        m.query_id: m.value for m in ir_measures.iter_calc([ir_measures.nDCG @ 5], qrels, run)
    }
    assert ours == pytest.approx(theirs)
    rr = {m.query_id: m.value for m in ir_measures.iter_calc([ir_measures.RR(rel=2)], qrels, run)}
    assert {q: reciprocal_rank(docs, GRADES) for q, docs in runs.items()} == pytest.approx(rr)


def test_kappa_by_hand_and_against_scikit_learn() -> None:
    import sklearn.metrics as untyped

    metrics: Any = untyped
    kappa = metrics.cohen_kappa_score
    first, second = [0, 1, 2, 3, 3, 0, 1], [0, 2, 2, 3, 1, 0, 0]
    assert weighted_kappa(first, second, 4) == pytest.approx(
        kappa(first, second, weights="quadratic")
    )
    assert weighted_kappa([0, 1], [0, 1], 2) == 1.0
    assert weighted_kappa([0, 1], [1, 0], 2) == -1.0


def test_the_bootstrap_resamples_families() -> None:
    values = [1.0] * 10 + [0.0] * 10
    apart = family_bootstrap(values, [str(i) for i in range(20)])
    together = family_bootstrap(values, ["a"] * 10 + ["b"] * 10)
    assert apart.mean == together.mean == 0.5
    assert together.high - together.low > apart.high - apart.low
    assert family_bootstrap([0.3] * 5, list("abcde")).low == pytest.approx(0.3)


def test_the_sign_flip_test() -> None:
    families = [str(i) for i in range(12)]
    assert sign_flip_test([0.2] * 12, families) < 0.01
    assert sign_flip_test([0.2, -0.2] * 6, families) > 0.5
    assert sign_flip_test([0.2] * 12, ["one"] * 12) == pytest.approx(1.0)


@settings(deadline=None)
@given(st.integers(1, 3_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_clopper_pearson_is_scipys(case: tuple[int, int]) -> None:
    from scipy import stats

    hits, n = case
    library: Any = stats
    theirs: Any = library.binomtest(hits, n).proportion_ci(0.95, "exact")
    ours = clopper_pearson(hits, n)
    assert ours.mean == hits / n
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_clopper_pearson_of_nothing_says_nothing() -> None:
    assert (clopper_pearson(0, 0).low, clopper_pearson(0, 0).high) == (0.0, 1.0)
