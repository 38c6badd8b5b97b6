"""What simple systems get on the verdict: the majority, words that sound like a pole, TF-IDF."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals.metrics.agreement import VERDICTS, macro_f1
from evals.metrics.statistics import Interval, family_bootstrap_of

MANAGEMENT = r"deadline|late|process|task|schedul|rota|shift|measure|target|plan|overtime|workload"
LEADERSHIP = r"motivat|morale|cultur|vision|trust|inspir|values?\b|attitude|respect|believ|change"


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A text with the verdict of its annotators."""

    family: str
    text: str
    verdict: str


def score(said: Sequence[str], gold: Sequence[Labelled]) -> Interval:
    """Macro-F1 of the verdict with an interval over families."""
    truth = [g.verdict for g in gold]

    def f1(rows: Sequence[int]) -> float:
        return macro_f1([said[i] for i in rows], [truth[i] for i in rows], VERDICTS)

    return family_bootstrap_of(f1, [g.family for g in gold])


def majority(train: Sequence[Labelled], test: Sequence[Labelled]) -> list[str]:
    """The most frequent verdict for everything."""
    return [Counter(t.verdict for t in train).most_common(1)[0][0]] * len(test)


def cue_words(test: Sequence[Labelled]) -> list[str]:
    """The pole whose words occur more often; both when neither does."""
    found: list[str] = []
    for item in test:
        m = len(re.findall(MANAGEMENT, item.text.lower()))
        n = len(re.findall(LEADERSHIP, item.text.lower()))
        found.append("management" if m > n else "leadership" if n > m else "both")
    return found


def tf_idf(train: Sequence[Labelled], test: Sequence[Labelled]) -> list[str]:
    """Logistic regression over TF-IDF of words and word pairs (scikit-learn, dev group)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words: Any = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model: Any = LogisticRegression(C=10.0, class_weight="balanced", max_iter=2_000)
    model.fit(words.fit_transform([t.text for t in train]), [t.verdict for t in train])
    return [str(v) for v in model.predict(words.transform([t.text for t in test]))]
