"""The data sets are what their manifest says, and the checks find what is wrong."""

import csv
import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.data import schemas
from evals.data.collection import Item, collect
from evals.data.files import (
    DATASETS,
    load,
    make_manifest,
    manifest_problems,
    read_manifest,
    read_rows,
    schema_problems,
    write_manifest,
)
from evals.data.leakage import find_leaks, longest_run, signatures
from evals.data.sheets import append_votes, read_csv, sheet, write_csv
from evals.data.splits import Split, crossing, natural_split
from evals.data.variety import bleu, variety
from evals.errors import DataError
from evals.metrics.agreement import (
    VERDICTS,
    cohen_kappa,
    krippendorff_alpha,
    leave_one_out_f1,
    macro_f1,
    verdict_of_votes,
)

STORY = (
    "Every Monday the list on the board in the wash hall has eleven jobs and no names, and by "
    "Wednesday three of my people have started the same one while nobody has touched the lorry."
)


def item(name: str, split: Split, text: str, family: str = "") -> Item:
    return Item(id=name, dataset="natural", family=family or name, split=split, text=text)


# --- the real data


def test_every_file_fits_its_schema_and_the_manifest() -> None:
    assert [str(p) for p in (*schema_problems(), *manifest_problems())] == []


def test_no_family_crosses_a_split() -> None:
    assert crossing((i.family, i.split) for i in collect()) == []


def test_no_source_is_known_by_more_than_host_and_hash() -> None:
    posts = load("natural/raw/*.jsonl", schemas.NaturalPost)
    assert not [p.id for p in posts if "/" in p.source_host or "askamanager" in p.source_host]
    assert len({p.source_hash for p in posts}) == len(posts)


def test_no_text_gives_away_one_of_another_split() -> None:
    assert find_leaks(collect()) == []


# --- files


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("scope/out.jsonl", "natural/raw/na.jsonl", "natural/labels/na_a1.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DATASETS / name, tmp_path / name)
    write_manifest(make_manifest("1", tmp_path), tmp_path)
    return tmp_path


def test_a_changed_line_is_found(copy: Path) -> None:
    assert manifest_problems(copy) == []
    path = copy / "scope" / "out.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("the", "teh", 1), encoding="utf-8")
    assert [p.place for p in manifest_problems(copy)] == ["scope/out.jsonl"]
    assert make_manifest("1", copy).digest() != read_manifest(copy).digest()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"leadership_points": 11}, "leadership_points: '11'"),
        ({"leadership_points": None}, "a text in scope needs leadership_points"),
        ({"escalate": ["flood"]}, "escalate.0: 'flood'"),
        ({"mood": "bad"}, "mood: 'bad'"),
    ],
)
def test_an_error_names_file_line_field_and_value(
    copy: Path, change: dict[str, object], said: str
) -> None:
    path = copy / "natural" / "labels" / "na_a1.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = json.dumps({**json.loads(lines[2]), "scope": "in", **change})
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_rows(path, schemas.Vote)
    assert "labels/na_a1.jsonl:3" in str(error.value)
    assert said in str(error.value)
    assert len(schema_problems(copy)) == 1


def test_an_id_used_twice_is_found(copy: Path) -> None:
    path = copy / "scope" / "out.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[0]]), encoding="utf-8")
    assert "os-001" in str(schema_problems(copy)[0])


# --- leakage and variety


@pytest.mark.parametrize(
    ("copied", "kind"),
    [
        (STORY.replace("lorry", "van"), {"ngrams", "minhash", "run"}),
        (f"Well. {STORY.upper()} What now? I really do not know any more.", {"ngrams", "run"}),
        ("A quite different matter: " + STORY[:75] + " and so on, as always, sad.", {"run"}),
    ],
)
def test_a_copy_on_the_other_side_is_found(copied: str, kind: set[str]) -> None:
    items = [item("a", "train", STORY), item("b", "test", copied), *others()]
    found = find_leaks(items)
    assert kind <= {leak.kind for leak in found}
    assert {(leak.first, leak.second) for leak in found} == {("natural:a", "natural:b")}


def test_copies_within_a_family_or_a_split_are_no_leak() -> None:
    same = [item("a", "train", STORY), item("b", "train", STORY), *others()]
    kin = [item("a", "train", STORY, "f"), item("b", "test", STORY, "f"), *others()]
    assert find_leaks(same) == find_leaks(kin) == []


def test_a_copy_of_a_card_is_found() -> None:
    found = find_leaks([item("a", "train", STORY)], others={"card:x#situation-1": STORY})
    assert {leak.second for leak in found} == {"card:x#situation-1"}


def test_texts_alike_in_meaning_are_found_by_their_vectors() -> None:
    items = [item("a", "train", STORY), *others()]
    vectors = np.eye(len(items), 8, dtype=np.float32)
    vectors[1] = vectors[0]
    assert [leak.kind for leak in find_leaks(items, vectors)] == ["cosine"]


def others() -> list[Item]:
    texts = [i.text for i in collect() if i.dataset == "natural"][:5]
    return [item(f"o{n}", "test", t) for n, t in enumerate(texts)]


def test_minhash_estimates_the_shared_triples() -> None:
    words = [f"w{i}" for i in range(400)]
    mixed = words[:200] + [f"x{i}" for i in range(200)]
    a, b = signatures([words, mixed])
    assert (a == b).mean() == pytest.approx(198 / (398 * 2 - 198), abs=0.15)


def test_longest_run_minds_neither_case_nor_blanks() -> None:
    assert longest_run("Ab  cd", "xx aB\ncd") == len("ab cd")


def test_a_template_is_told_from_texts_thought_up() -> None:
    names = ("Ann", "Bo", "Cy", "Di", "Ed", "Fay", "Gus", "Hal")
    made = variety([f"My colleague {n} is late every day and I do not know why." for n in names])
    real = variety([i.text for i in collect() if i.dataset == "natural"][:60])
    assert (made.openings, real.openings > 0.6) == (1.0, True)
    assert made.self_bleu > 0.8
    assert real.self_bleu < 0.3


def test_bleu_of_a_copy_is_one_and_of_a_stranger_near_nothing() -> None:
    text = ["the", "list", "on", "the", "board", "has", "eleven", "jobs"]
    assert bleu(text, [text]) == pytest.approx(1.0)
    assert bleu(text, [["soup", "without", "salt", "tastes", "of", "nothing", "at", "all"]]) < 0.1


# --- agreement


def test_alpha_by_hand() -> None:
    # values 1, 2 and 4, 4: observed (1 + 1 + 0 + 0) / 4, expected over all ordered pairs of four
    observed = 2 / 4
    expected = 2 * (1 + 9 + 9 + 4 + 4 + 0) / 12
    assert krippendorff_alpha([[1, 2], [4, 4], [7]]) == pytest.approx(1 - observed / expected)
    assert krippendorff_alpha([[3, 3], [5, 5]]) == 1.0
    assert math.isnan(krippendorff_alpha([[3], [5]]))


LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=3)


@settings(deadline=None)  # the first call imports scikit-learn
@given(LABELS)
def test_kappa_and_f1_are_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    from sklearn import metrics as untyped

    theirs: Any = untyped
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    if len({*first, *second}) > 1:
        assert cohen_kappa(first, second) == pytest.approx(theirs.cohen_kappa_score(first, second))
    f1 = theirs.f1_score(second, first, labels=list("abc"), average="macro", zero_division=0)
    assert macro_f1(first, second, "abc") == pytest.approx(f1)


@pytest.mark.parametrize(
    ("points", "verdict"),
    [
        ([3], "management"),
        ([4], "both"),
        ([3, 4], "management"),
        ([4, 4, 3], "both"),
        ([6, 7], "leadership"),
        ([6, 6, 7], "both"),
    ],
)
def test_bands_are_compared_in_whole_numbers(points: list[int], verdict: str) -> None:
    assert verdict_of_votes(points) == verdict


def test_leave_one_out_of_annotators_who_agree_is_one() -> None:
    votes = {"a": [0, 1, 2], "b": [5, 5, 5], "c": [9, 8, 10]}
    assert leave_one_out_f1(votes) == 1.0
    assert VERDICTS == ("management", "both", "leadership")


def test_a_source_has_one_split_for_ever() -> None:
    assert [natural_split(f"{i:064x}") for i in range(6)] == [
        natural_split(f"{i:064x}") for i in range(6)
    ]
    counts = [natural_split(f"{i:064x}") for i in range(5_000)]
    assert counts.count("train") / 5_000 == pytest.approx(0.63, abs=0.03)


# --- sheets for people


def test_a_sheet_is_blind_and_comes_back_as_votes(tmp_path: Path) -> None:
    items = [item(f"p{n}", "dev", f"={STORY} {n}") for n in range(9)]
    mine = sheet(items, "anna", 5)
    assert mine == sheet(items, "anna", 5) != sheet(items, "bert", 5)
    path = tmp_path / "sheet.csv"
    write_csv(mine, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(r["text"].startswith("'=") and not r["scope"] for r in rows)
    rows[0] |= {"leadership_points": "7", "scope": "In", "subdomains": "l3_trust, m2_clarity"}
    rows[1] |= {"scope": "out", "escalate": "leave"}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    votes = read_csv(path)
    assert [(v.leadership_points, v.scope, v.escalate) for v in votes] == [
        (7, "in", ()),
        (None, "out", ("leave",)),
    ]
    append_votes(votes, tmp_path / "votes.jsonl")
    append_votes(votes[:1], tmp_path / "votes.jsonl")
    assert read_rows(tmp_path / "votes.jsonl", schemas.Vote) == votes


def test_a_wrong_cell_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("id,leadership_points,scope\na,3,in\nb,seven,in\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"sheet\.csv:3: .*seven"):
        read_csv(path)
