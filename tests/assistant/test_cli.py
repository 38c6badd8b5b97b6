import json
import os
import re
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.cli import build
from assistant.factory import reading
from assistant.settings import LOCAL_USER, read_settings
from assistant.storage.conversations import Owner
from knowledge.library import load_library
from tests.assistant.situations import ESCALATED, FOREIGN, LEADERSHIP, MANAGEMENT, MIXED

TWOFOLD = Path(sys.executable).with_name("twofold")
COMMANDS = (
    "",
    "ask",
    "chat",
    "assess",
    "retrieve",
    "reply",
    "doctor",
    "knowledge",
    "knowledge check",
    "knowledge list",
    "knowledge show",
    "knowledge search",
    "knowledge rebuild",
    "knowledge add",
    "knowledge remove",
    "knowledge erase-traces",
    "eval citing",
    "serve",
)
ASSESSED = {
    "id",
    "scope",
    "escalations",
    "leadership_share",
    "verdict",
    "confidence",
    "evidence",
    "subdomains",
    "question",
}
REPLIED = {
    "quotes",
    "id",
    "kind",
    "assessment",
    "screening",
    "opening",
    "advice",
    "question",
    "citations",
    "written_by",
    "notice",
    "text",
}


def run(
    *arguments: str, said: str | bytes = "", **changed: str
) -> subprocess.CompletedProcess[str]:
    """The installed command in a process of its own."""
    done = subprocess.run(
        [str(TWOFOLD), *arguments],
        input=said.encode() if isinstance(said, str) else said,
        env={**os.environ, **changed},
        capture_output=True,
        timeout=300,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode()
    )


def invoke(*arguments: str, said: str | bytes = "", code: int = 0) -> str:
    """The same command in this process; what it printed on standard output."""
    result = CliRunner().invoke(build(), list(arguments), input=said)
    assert result.exit_code == code, (result.stderr, result.exception)
    return result.stdout


def jsonl(command: str, *lines: object, code: int = 0) -> list[dict[str, Any]]:
    """What a command answers to lines; bytes are sent as they are."""
    sent = b"\n".join(x if isinstance(x, bytes) else json.dumps(x).encode() for x in lines)
    out = invoke(command, "--jsonl", said=sent, code=code)
    return [json.loads(line) for line in out.splitlines()]


def one_line_error(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("twofold: ")
    for word in words:
        assert word in lines[0]
    assert done.stdout == ""


@contextmanager
def lock_held(folder: Path) -> Generator[None]:
    script = (
        "import sys\nfrom pathlib import Path\nfrom knowledge.lock import hold\n"
        "with hold(Path(sys.argv[1]), 'serving'):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        yield
        holder.kill()


pytestmark = pytest.mark.usefixtures("data_dir")


# --- help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    text = invoke(*command.split(), "--help")
    assert "Usage:" in text
    assert len(text.split()) > 10


def test_every_command_that_is_listed_explains_itself() -> None:
    for group in ((), ("knowledge",)):
        listed = invoke(*group, "--help").partition("Commands:")[2]
        names = re.findall(r"^  (\S+)", listed, re.MULTILINE)
        assert len(names) >= 5
        for name in names:
            assert "Usage:" in invoke(*group, name, "--help")


def test_the_installed_command_says_its_version() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.strip().count(".") == 2


def test_no_arguments_show_the_help() -> None:
    assert "Usage:" in run().stdout + run().stderr


# --- ask


def test_ask_answers_in_the_installed_command() -> None:
    done = run("ask", MANAGEMENT[0])
    assert done.returncode == 0, done.stderr
    assert "management" in done.stdout
    assert "[card:" in done.stdout
    assert "You are talking to an AI" in done.stdout
    assert "Traceback" not in done.stderr


def test_ask_reads_standard_input() -> None:
    assert invoke("ask", "-", said=MANAGEMENT[0]) == invoke("ask", MANAGEMENT[0])


def test_ask_gives_one_line_of_json() -> None:
    out = invoke("ask", LEADERSHIP[0], "--json")
    assert out.count("\n") == 1
    reply = json.loads(out)
    assert set(reply) == REPLIED - {"id"}
    assert reply["kind"] == "advice"
    assert reply["text"].split() == invoke("ask", LEADERSHIP[0]).split()


def test_ask_stores_nothing(data_dir: Path) -> None:
    invoke("ask", "My zebra-quartz team has no plan and nobody knows who does what.")
    assert not [p for p in data_dir.rglob("*") if p.is_file() and b"zebra-quartz" in p.read_bytes()]


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        (b"\xff\xfe my team \xe9 has no plan", "utf-8"),
        (b"\xff\xfe my team \xe9 has no plan", "ascii"),
        (b"\x00\x1b[31m my team has no plan", "cp1252"),
    ],
)
def test_ask_answers_whatever_bytes_come_in_whatever_encoding(said: bytes, encoding: str) -> None:
    done = run("ask", "-", said=said, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert "You are talking to an AI" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_terminal_that_lacks_a_character_still_gets_the_answer() -> None:
    done = run("ask", f"{MANAGEMENT[0]} 😀 Žofie", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "[card:" in done.stdout


def test_a_reader_that_leaves_early_gets_no_traceback() -> None:
    with subprocess.Popen(
        [str(TWOFOLD), "knowledge", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read().decode()
    assert said == ""
    assert process.returncode == 1


def test_ask_works_beside_a_process_that_holds_the_write_lock(data_dir: Path) -> None:
    with lock_held(data_dir):
        done = run("ask", MANAGEMENT[0])
        assert done.returncode == 0, done.stderr
        assert "[card:" in done.stdout
        one_line_error(run("knowledge", "rebuild"), "in use by process", "(serving)")


# --- chat


def test_a_piped_conversation_is_answered_and_stored(data_dir: Path) -> None:
    done = run("chat", said=f"{MIXED[4]}\nNo, they know exactly what to do.\n\nnever read\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("You are talking to an AI") == 3
    assert "What you added" in done.stdout
    with reading(read_settings({"TWOFOLD_DATA": str(data_dir)})) as application:
        owner = Owner(organisation=application.settings.organisation, user=LOCAL_USER)
        (line,) = application.conversations.list(owner)
        stored = application.conversations.messages(owner, line.id)
    assert [m.role for m in stored] == ["user", "assistant"] * 2
    assert [m.content for m in stored[::2]] == [MIXED[4], "No, they know exactly what to do."]
    assert line.title == MIXED[4]
    for message in stored[1::2]:
        assert message.reply
        assert message.reply["text"] == message.content


@pytest.mark.parametrize("said", ["", "\n", "  \n"])
def test_a_conversation_without_a_word_ends_and_is_not_listed(data_dir: Path, said: str) -> None:
    assert "What is going on" in invoke("chat", said=said)
    with reading(read_settings({"TWOFOLD_DATA": str(data_dir)})) as application:
        owner = Owner(organisation=application.settings.organisation, user=LOCAL_USER)
        assert application.conversations.list(owner) == []


def test_chat_survives_bytes_that_are_no_text() -> None:
    done = run("chat", said=b"My team \xff\x00 has no plan\n\n", PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("You are talking to an AI") == 2


# --- lines of JSON


def test_assess_gives_the_documented_fields_in_order() -> None:
    said = (*MANAGEMENT, *LEADERSHIP)
    found = jsonl("assess", *({"id": f"s{i}", "text": t} for i, t in enumerate(said)))
    assert [f["id"] for f in found] == [f"s{i}" for i in range(len(said))]
    for line, text in zip(found, said, strict=True):
        assert set(line) == ASSESSED
        assert line["scope"] == "in"
        assert line["escalations"] == []
        assert line["verdict"] in ("management", "both", "leadership")
        assert 0 <= line["leadership_share"] <= 1
        assert 0 <= line["confidence"] <= 1
        assert 1 <= len(line["evidence"]) <= 4
        for e in line["evidence"]:
            assert {"message", "start", "end", "quote", "pole"} <= set(e)
            assert text[e["start"] : e["end"]] == e["quote"]
            assert e["message"] == 0
        assert line["question"] is None or line["question"].endswith("?")


def test_assess_out_of_scope_gives_null() -> None:
    (line,) = jsonl("assess", {"id": 7, "text": "Write me a poem about the sea"})
    assert set(line) == ASSESSED
    assert line["id"] == 7
    assert line["scope"] == "out"
    assert [line[k] for k in ("leadership_share", "verdict", "confidence")] == [None] * 3
    assert line["evidence"] == line["subdomains"] == []


def test_assess_names_escalations_with_a_quote() -> None:
    (line,) = jsonl("assess", {"id": "e", "text": ESCALATED[0]})
    assert {"id", "quote"} == set(line["escalations"][0])
    assert "termination" in {e["id"] for e in line["escalations"]}
    assert all(e["quote"] in ESCALATED[0] for e in line["escalations"])


def test_assess_reads_conversations() -> None:
    messages = [
        {"role": "user", "content": MIXED[4]},
        {"role": "assistant", "content": "Tell me more."},
        {"role": "user", "content": "They know exactly what to do."},
    ]
    one, both = jsonl("assess", {"id": 1, "text": MIXED[4]}, {"id": 2, "messages": messages})
    assert both["leadership_share"] > one["leadership_share"]
    assert {e["message"] for e in both["evidence"]} <= {0, 1}
    for e in both["evidence"]:
        place = slice(e["start"], e["end"])
        assert messages[2 * e["message"]]["content"][place] == e["quote"]


def test_retrieve_gives_ten_different_cards_in_falling_order() -> None:
    library = load_library()
    said = (MANAGEMENT[1], LEADERSHIP[1], "bread", "", FOREIGN[0], "\x00😀")
    found = jsonl("retrieve", *({"id": i, "text": t} for i, t in enumerate(said)))
    assert [f["id"] for f in found] == [0, 1, 2, 3, 4, 5]
    for line in found:
        assert set(line) == {"id", "passages"}
        scores = [p["score"] for p in line["passages"]]
        assert len({p["card"] for p in line["passages"]}) == len(scores) >= 10
        assert scores == sorted(scores, reverse=True)
        for p in line["passages"]:
            assert set(p) == {"id", "card", "document", "heading", "score"}
            assert p["id"] in library.citation_ids
            assert p["id"].startswith(f"card:{p['card']}#")
            assert p["document"] is None
            assert p["heading"]


def test_reply_gives_the_documented_fields_in_order() -> None:
    said = (MANAGEMENT[0], ESCALATED[0], "hello", "Write me a poem about the sea", FOREIGN[0])
    found = jsonl("reply", *({"id": i, "text": t} for i, t in enumerate(said)))
    assert [f["id"] for f in found] == [0, 1, 2, 3, 4]
    assert [f["kind"] for f in found] == ["advice", "referral", "question", "decline", "referral"]
    library = load_library()
    for line in found:
        assert set(line) == REPLIED
        assert line["written_by"] == "embedded"
        assert " ".join(line["notice"].split()) in " ".join(line["text"].split())
        assert {c["id"] for c in line["citations"]} <= library.citation_ids
        assert set(line["screening"]) == {"scope", "reason", "english", "escalations"}
        if line["assessment"]:
            assert set(line["assessment"]) == ASSESSED - {"id"}
    advice = found[0]["advice"]
    assert set(advice) == {"summary", "changed", "first", "actions", "avoid"}
    for action in advice["actions"]:
        assert action["citations"]
        assert action["step"] in " ".join(found[0]["text"].split())
    (escalation, *_) = found[1]["screening"]["escalations"]
    assert escalation["go_to"]
    assert escalation["must_not"]
    assert found[4]["screening"]["english"] is False


def test_a_reply_read_back_is_not_repeated() -> None:
    messages: list[dict[str, str]] = []
    given: list[str] = []
    asked: list[str] = []
    for said in (MIXED[4], "What else?", "And then?", "Is there more?"):
        messages.append({"role": "user", "content": said})
        (line,) = jsonl("reply", {"id": 1, "messages": messages})
        messages.append({"role": "assistant", "content": line["text"]})
        given += [c["id"] for a in line["advice"]["actions"] for c in a["citations"]]
        asked += [line["question"]] if line["question"] else []
    assert len(set(given)) == len(given) == 16
    assert len(set(asked)) == len(asked) <= 2


BAD: Sequence[object] = (
    b"not json",
    b"\xff\xfe",
    b"[" * 100_000,
    b"9" * 5_000,
    [1],
    "text",
    None,
    {},
    {"text": "no id"},
    {"id": None, "text": "x"},
    {"id": {"a": 1}, "text": "x"},
    {"id": "b1"},
    {"id": "b2", "text": 5},
    {"id": "b3", "messages": []},
    {"id": "b4", "messages": "hello"},
    {"id": "b5", "messages": ["hello"]},
    {"id": "b6", "messages": [{"role": "system", "content": "x"}]},
    {"id": "b7", "messages": [{"role": ["user"], "content": "x"}]},
    {"id": "b8", "messages": [{"role": "user", "content": 1}]},
    {"id": "b9", "messages": [{"role": "user"}]},
    {"id": "b10", "messages": [{"role": "assistant", "content": "x"}]},
)

IDS = [f"b{i}" for i in range(1, 11)]


@pytest.mark.parametrize("command", ["assess", "retrieve", "reply"])
def test_a_bad_line_is_named_and_the_rest_answered(command: str) -> None:
    good = {"id": "good", "text": MANAGEMENT[0]}
    found = jsonl(command, good, *BAD, {**good, "id": "last"}, code=1)
    assert len(found) == len(BAD) + 2
    assert "error" not in found[0]
    assert "error" not in found[-1]
    assert (found[0]["id"], found[-1]["id"]) == ("good", "last")
    for sent, line in zip(BAD, found[1:-1], strict=True):
        assert set(line) == {"id", "error"}, sent
        assert line["error"]
        assert line["id"] == next((n for n in IDS if f"'{n}'" in repr(sent)), None)


def test_an_id_that_json_does_not_know_is_refused() -> None:
    said = "\n".join(f'{{"id": {n}, "text": "x"}}' for n in ("NaN", "Infinity", "1e999"))
    result = CliRunner().invoke(build(), ["assess"], input=said)
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    for line in lines:
        found = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        assert set(found) == {"id", "error"}
    assert result.exit_code == 1


@pytest.mark.parametrize("said", ["", "\n  \n\r\n"])
def test_nothing_and_blank_lines_answer_nothing(said: str) -> None:
    assert invoke("assess", said=said) == ""


def test_nasty_text_comes_back_as_it_was() -> None:
    text = "My team \ud800 has \u0000 no plan \u202e and nobody knows who does what, they say."
    (line,) = jsonl("assess", {"id": "\ud800", "text": text})
    assert line["id"] == "\ud800"
    assert all(text[e["start"] : e["end"]] == e["quote"] for e in line["evidence"])


def test_the_installed_command_reads_and_writes_lines() -> None:
    said = json.dumps({"id": 1, "text": MANAGEMENT[0]}) + "\r\nbad\n"
    done = run("assess", "--jsonl", said=said)
    assert done.returncode == 1
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["verdict"]
    assert second["error"].startswith("not JSON")


# --- knowledge


def test_knowledge_check_finds_no_problems() -> None:
    assert "no problems" in invoke("knowledge", "check")
    assert json.loads(invoke("knowledge", "check", "--json"))["problems"] == []


def test_knowledge_list_names_every_card() -> None:
    cards = load_library().cards
    rows = json.loads(invoke("knowledge", "list", "--json"))
    assert [r["id"] for r in rows] == list(cards)
    assert set(rows[0]) == {"id", "kind", "pole", "subdomain", "title"}
    lines = invoke("knowledge", "list").splitlines()
    assert [line.split()[0] for line in lines] == list(cards)


@pytest.mark.parametrize("name", ["rank-do-not-list", "card:rank-do-not-list#when"])
def test_knowledge_show_shows_a_card_with_its_sources(name: str) -> None:
    text = invoke("knowledge", "show", name)
    card = load_library().cards["rank-do-not-list"]
    assert card.title in text
    assert "Sources" in text
    assert "Locke" in text
    shown = json.loads(invoke("knowledge", "show", name, "--json"))
    assert shown["id"] == card.id
    assert len(shown["actions"]) == len(card.actions)


def test_knowledge_show_of_an_unknown_card_says_what_to_do() -> None:
    one_line_error(run("knowledge", "show", "made-up"), "'made-up'", "knowledge list")


def test_knowledge_search_finds_the_card_whose_situation_it_is() -> None:
    situation = load_library().cards["rank-do-not-list"].situations[0]
    hits = json.loads(invoke("knowledge", "search", situation, "--json", "--limit", "5"))
    assert len(hits) == 5
    assert "card:rank-do-not-list" in hits[0]["id"]
    assert "rank-do-not-list" in invoke("knowledge", "search", situation).splitlines()[0]


def test_knowledge_rebuild_builds_the_index(data_dir: Path) -> None:
    done = json.loads(invoke("knowledge", "rebuild", "--json"))
    assert done["cards"] == len(load_library().cards)
    assert done["passages"] > done["cards"] * 10
    assert (data_dir / "index" / "current.json").exists()
    assert not (data_dir / "writer.json").exists()


# --- doctor


def findings(code: int = 0) -> dict[str, dict[str, Any]]:
    return {f["name"]: f for f in json.loads(invoke("doctor", "--json", code=code))}


def test_the_doctor_finds_a_healthy_installation_healthy(data_dir: Path) -> None:
    assert {n: f["healthy"] for n, f in findings().items()} == {
        "cards": True,
        "encoder": True,
        "store": True,
        "index": True,
        "documents": True,
    }
    assert "not built" in findings()["index"]["detail"]
    with lock_held(data_dir):
        assert "ok  store" in invoke("doctor")


def test_the_doctor_mends_a_damaged_index(data_dir: Path) -> None:
    invoke("knowledge", "rebuild")
    assert findings()["index"]["detail"].startswith("0 of")
    for pattern in ("index-*/*.sqlite3", "index-*/*/*.bin", "current.json"):
        next((data_dir / "index").glob(pattern)).unlink()
        found = findings()["index"]
        assert found["healthy"]
        assert "Building the index again" in found["detail"]
    assert "Building" not in findings()["index"]["detail"]


def test_the_doctor_says_what_to_do_about_a_store_that_is_no_database(data_dir: Path) -> None:
    for path in data_dir.glob("twofold.db*"):
        path.write_bytes(b"this is no database, " * 500)
    found = findings(code=1)["store"]
    assert not found["healthy"]
    assert "backup" in found["detail"]
    done = run("doctor")
    assert done.returncode == 1
    assert "BAD store" in done.stdout
    assert "Traceback" not in done.stderr
    one_line_error(run("ask", MANAGEMENT[0]), "backup")


def test_the_doctor_says_what_to_do_about_damaged_pages(data_dir: Path) -> None:
    path = data_dir / "twofold.db"
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = bytes(third)
    path.write_bytes(content)
    done = run("doctor")
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    assert "BAD store" in done.stdout
    one_line_error(run("ask", MANAGEMENT[0]), "backup")


def test_an_empty_directory_is_healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_DATA", str(tmp_path / "new"))
    assert all(f["healthy"] for f in findings().values())
    assert not (tmp_path / "new").exists()


# --- settings that cannot be used


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    done = run("ask", "x", TWOFOLD_DATA=str(path))
    one_line_error(done, "TWOFOLD_DATA", str(path), "a directory")


def test_a_data_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    one_line_error(run("ask", "x", TWOFOLD_DATA=str(tmp_path / "file" / "below")), "TWOFOLD_DATA")


@pytest.mark.parametrize("value", ["Bad Org!", "shared", "a", "../up", "x" * 64])
def test_a_bad_organisation_is_refused(value: str) -> None:
    done = run("ask", "x", TWOFOLD_ORGANISATION=value)
    one_line_error(done, "TWOFOLD_ORGANISATION", repr(value), "2 to 63")


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/db", "sqlite:////proc/nothing/x.db"])
def test_a_database_url_that_cannot_be_used_is_refused(url: str) -> None:
    one_line_error(run("ask", MANAGEMENT[0], TWOFOLD_DATABASE_URL=url))


def test_an_unknown_option_is_explained() -> None:
    done = run("ask", "x", "--loud")
    assert done.returncode == 2
    assert "--loud" in done.stderr
    assert "Traceback" not in done.stderr
