"""The commands: exit codes, one-line errors, and the JSON keys that scripts rely on."""

import csv
import http.client
import io
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import click
import pytest
from click.testing import CliRunner, Result

from curator.base.config import Config, from_environment
from curator.base.db import open_engine
from curator.cli import curator
from curator.study.toml_file import as_toml
from tests.curator.databases import environment_of
from tests.curator.drawing import PASSWORD, draw
from tests.curator.scenes import blurred, scene
from tests.curator.study.study import full_study

Run = Callable[..., Result]


@pytest.fixture
def run(config: Config) -> Run:
    def run(*arguments: str, stdin: str = "", **environment: str) -> Result:
        env = environment_of(config) | {"CURATOR_WORKERS": "1"} | environment
        return CliRunner().invoke(curator, arguments, input=stdin, env=env, catch_exceptions=False)

    return run


def commands(
    group: click.Group = curator, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_has_help_with_an_example(path: tuple[str, ...], run: Run) -> None:
    shown = run(*path, "--help")
    assert shown.exit_code == 0
    assert f"Example:\n    flask curator {path[0]}" in shown.output


def test_the_whole_workflow_on_the_command_line(run: Run, folder: Path, tmp_path: Path) -> None:
    rows = ["file,label,sex,person,evidence,region"]
    for n in range(8):
        draw(n).save(folder / f"{n}.jpg", quality=95)
        label = "positive" if n % 2 else "negative"
        rows.append(f'{n}.jpg,{label},female,P{n},visual,"48,48 112,48 96,84 64,84"')
    draw(0).save(folder / "copy.jpg", quality=60)
    (folder / "words.txt").write_text("words")
    (tmp_path / "truth.csv").write_text("\n".join(rows))

    imported = json.loads(run("import", str(folder), "--source", "#butterflyrash", "--json").output)
    assert imported == {
        "batch": 1,
        "seen": 10,
        "added": 9,
        "already_there": 0,
        "rejected": 1,
        "ignored": 0,
        "rejected_files": [
            {"file": "words.txt", "reason": "not a photo: no known image data in it"}
        ],
        "new_pairs": 1,
    }
    found = json.loads(run("dedup", "--json").output)
    assert found == {"radius_bits": 8, "photos": 9, "new_pairs": 0, "undecided": 1}
    counts = json.loads(run("dedup", "--count", "--json").output)
    assert [row["radius_bits"] for row in counts] == list(range(17))
    assert counts[8]["pairs"] == 1
    assert all(a["pairs"] <= b["pairs"] for a, b in pairwise(counts))
    assert "the setting" in run("dedup", "--count").output
    decided = json.loads(run("duplicates", "decide", "--accept-verified", "--json").output)
    assert decided == {"accepted": 1, "undecided": 0}
    [pair] = csv.DictReader(io.StringIO(run("duplicates", "list", "--csv").output))
    assert list(pair) == ["file_a", "file_b", "evidence", "distance_bits", "score", "decision"]
    assert ({pair["file_a"], pair["file_b"]}, pair["decision"]) == ({"0.jpg", "copy.jpg"}, "copy")
    [same] = json.loads(run("duplicates", "list", "--json").output)
    assert 0 < same["score"] < 1
    rated = json.loads(run("rate", str(tmp_path / "truth.csv"), "--rater", "ben", "--json").output)
    assert (rated["saved"], rated["bad"]) == (8, [])
    now = json.loads(run("status", "--json").output)
    assert now["ready"] == {"negative_female": 4, "positive_female": 4}
    shown = run("status").output
    assert "8 ready to export" in shown
    assert "905" in shown
    made = json.loads(run("export", "--ratios", "50,25,25", "--json").output)
    assert set(made) == {"path", "content_hash", "counts", "left_out"}
    assert made["counts"]["total"] == 8
    assert (Path(made["path"]) / "dataset.json").is_file()
    told = run("export", "--ratios", "50,25,25").stderr.splitlines()
    assert len([line for line in told if "does not state: creators, collection" in line]) == 1
    assert "does not state" not in run("export", "--format", "csv").stderr  # it has no datasheet
    (tmp_path / "study.toml").write_text(as_toml(full_study()))
    run("study", "--file", str(tmp_path / "study.toml"))
    assert "does not state" not in run("export", "--ratios", "50,25,25").stderr


def test_rows_of_posts_are_counted_and_named(run: Run, folder: Path, tmp_path: Path) -> None:
    for n, name in enumerate(("a.jpg", "B.JPG", "c.jpg")):
        draw(n).save(folder / name)
    table = tmp_path / "posts.csv"
    table.write_text("file,post_url\na.jpg,u\nb,v\nnowhere.jpg,w\n")
    shown = run("import", str(folder), "--metadata", str(table)).output
    assert "rows: 3, matched 2, without a photo 1; files without a row: 1" in shown
    assert "line 4: nowhere.jpg" in shown
    assert "line 3: b is B.JPG" in shown
    table.write_text("file,post_url,caption\na.jpg,other,rash\nC.jpg,x,\n")
    told = json.loads(run("import", "--metadata", str(table), "--json").output)["metadata"]
    assert (told["rows"], told["matched"], told["filled"]) == (2, 2, 2)
    assert told["files_without_row"] == ["B.JPG"]
    assert told["contradictions"] == [
        {"file": "a.jpg", "photo": 2, "field": "post_url", "stands": "u", "given": "other"}
    ]
    again = run("import", "--metadata", str(table)).output
    assert "a.jpg: post_url stays 'u', not 'other'" in again


def test_a_refused_table_of_posts_imports_nothing(run: Run, folder: Path, tmp_path: Path) -> None:
    for n, name in enumerate(("x", "y")):
        (folder / name).mkdir()
        draw(n).save(folder / name / "1.png")
    table = tmp_path / "posts.csv"
    table.write_text("file,post_url\n1.png,u\n")
    failed = run("import", str(folder), "--metadata", str(table))
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "line 2: 2 photos are named 1.png (x/1.png, y/1.png)" in failed.stderr
    assert json.loads(run("status", "--json").output)["photos"] == 0


def test_sidecars_are_read_and_not_rejected(run: Run, folder: Path) -> None:
    draw(1).save(folder / "a_1.jpg")
    (folder / "a.json").write_text('{"node": {"shortcode": "ABC"}}')
    (folder / "a_1.jpg.json").write_text("broken")
    shown = run("import", str(folder), "--metadata", "auto").output
    assert "1 added, 0 already there, 0 rejected" in shown
    assert "sidecars: 2, matched 1, without a photo 0, unusable 1" in shown
    assert "a_1.jpg.json: not JSON" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import", "no/such/folder"), "no/such/folder does not exist: give a folder of photos."),
        (("import", ".", "--metadata", "none.csv"), "none.csv cannot be read: No such file"),
        (("rate", "none.csv", "--rater", "ben"), "none.csv cannot be read"),
        (("export",), "There is no negative and no positive photo to export"),
        (("dedup", "--radius", "99"), "The radius is 99 bits; it must be 0 to 64."),
        (("user", "passwd", "zoe", "--password-stdin"), "There is no account zoe"),
        (("user", "add", "ben", "--password-stdin"), "The account ben already exists"),
    ],
)
def test_an_input_problem_is_one_line_and_exit_1(
    arguments: tuple[str, ...], message: str, run: Run
) -> None:
    failed = run(*arguments, stdin=f"{PASSWORD}\n")
    assert failed.exit_code == 1
    assert failed.stdout == ""
    assert failed.stderr.startswith(f"curator: {message}")
    assert failed.stderr.count("\n") == 1


@pytest.mark.only_on("sqlite", reason="PostgreSQL's is no file of ours")
def test_a_file_that_is_not_a_database_is_one_line(run: Run, config: Config) -> None:
    for left in config.instance.glob("malar.sqlite*"):
        left.write_text("no database at all " * 100)
    failed = run("status")
    assert failed.exit_code == 1
    assert failed.stderr.startswith("curator: The database cannot be read (file is not a database)")
    assert failed.stderr.count("\n") == 1


@pytest.mark.parametrize("radius", ["-1", "65"])
def test_a_radius_out_of_range_is_refused(run: Run, radius: str) -> None:
    failed = run("status", CURATOR_DEDUP_RADIUS_BITS=radius)
    assert failed.exit_code == 1
    assert failed.stderr == f"curator: CURATOR_DEDUP_RADIUS_BITS is {radius}; it must be 0 to 64.\n"


def test_odd_photos_are_listed_with_their_reasons(run: Run, folder: Path) -> None:
    blurred(1).save(folder / "away.png")
    scene(2).save(folder / "here.png")
    assert run("odd", "--json").output == "[]\n"
    run("import", str(folder))
    told = {"photo": 1, "file": "away.png", "reasons": ["blurred"]}
    assert json.loads(run("odd", "--json").output) == [told]
    assert run("odd", "--csv").output == ('"photo","file","reasons"\n1,"away.png","blurred"\n')
    shown = run("odd").output
    assert "1  away.png  Blurred\n1 odd photo of 2." in shown
    assert "Not yet searched for faces: 2 photos. Run `flask curator suggest`." in shown


@pytest.mark.parametrize("table", [(), ("--csv",), ("--json",)])
def test_a_reader_that_stops_early_causes_no_error(config: Config, table: tuple[str, ...]) -> None:
    closed, output = os.pipe()
    os.close(closed)
    listed = subprocess.run(
        [
            sys.executable,
            "-m",
            "flask",
            "--app",
            "curator.app",
            "curator",
            "duplicates",
            "list",
            *table,
        ],
        stdout=output,
        stderr=subprocess.PIPE,
        env=os.environ | environment_of(config),
        check=False,
    )
    os.close(output)
    assert (listed.returncode, listed.stderr) == (0, b"")


@pytest.mark.parametrize(
    "arguments",
    [
        ("import",),
        ("import", "--metadata", "auto"),
        ("export", "--ratios", "a,b"),
        ("export", "--crop", "round"),
        ("rate", "x.csv"),
        ("duplicates", "decide"),
        ("nonsense",),
    ],
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...], run: Run) -> None:
    assert run(*arguments).exit_code == 2


def test_bad_rows_are_listed_with_their_lines(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("file,label\nx.jpg,positive\n")
    failed = run("rate", str(tmp_path / "r.csv"), "--rater", "ben")
    assert failed.exit_code == 1
    assert "line 2: x.jpg is not in the collection" in failed.stderr
    assert "nothing was written" in failed.stderr


def test_similar_codes_are_asked_about_and_answered(run: Run, folder: Path, tmp_path: Path) -> None:
    for n in range(2):
        draw(n).save(folder / f"{n}.jpg")
    run("import", str(folder))
    table = tmp_path / "r.csv"
    table.write_text("file,label,person\n0.JPG,positive,P-01\n1,positive,p-01\n")
    asked = run("rate", str(table), "--rater", "ben")
    assert asked.exit_code == 1
    assert "line 3: the person 'p-01' is written like 'P-01'" in asked.stderr
    answered = run("rate", str(table), "--rater", "ben", "--similar-codes", "same")
    assert "2 rows: 2 saved, 0 unchanged; photos without a row: 0." in answered.output
    assert "line 2: 0.JPG is 0.jpg" in answered.output


def test_without_an_instance_the_first_step_is_named(run: Run, tmp_path: Path) -> None:
    failed = run("status", CURATOR_INSTANCE=str(tmp_path / "none"), DATABASE_URL="")
    assert failed.exit_code == 1
    assert "run `flask curator init` first" in failed.stderr
    assert not (tmp_path / "none").exists()


def test_accounts_are_made_listed_and_disabled(run: Run) -> None:
    assert run("user", "add", "eva", "--password-stdin", stdin=PASSWORD).exit_code == 0
    assert run("user", "disable", "eva").exit_code == 0
    users = {user["name"]: user for user in json.loads(run("user", "list", "--json").output)}
    assert users["eva"] == {
        "name": "eva",
        "role": "annotator",
        "disabled": True,
        "sites": [],
        "second_factor": False,
    }
    assert run("user", "enable", "eva").exit_code == 0
    assert "disabled" not in run("user", "list").output


def test_tokens_are_made_listed_and_revoked(run: Run) -> None:
    made = run("token", "add", "ben", "--name", "backup", "--role", "annotator", "--days", "30")
    assert made.stdout.startswith("malar_")
    assert len(made.stdout.splitlines()) == 1  # alone, for scripts
    found = json.loads(run("token", "list", "--json").output)
    assert [(one["account"], one["name"], one["role"], one["used_on"]) for one in found] == [
        ("ben", "backup", "annotator", None)
    ]
    assert made.stdout.strip() not in run("token", "list", "ben").output
    assert run("token", "list", "ana").output == ""
    assert run("token", "revoke", str(found[0]["id"])).exit_code == 0
    assert run("token", "revoke", str(found[0]["id"])).exit_code == 1
    assert json.loads(run("token", "list", "--json").output) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ben", "--name", "x", "--role", "admin"), 1),  # more than the account's own
        (("nobody", "--name", "x"), 1),
        (("ben", "--name", " "), 1),
        (("ben", "--name", "x", "--days", "0"), 2),
        (("ben",), 2),
    ],
)
def test_a_token_that_cannot_be_is_refused(run: Run, arguments: tuple[str, ...], code: int) -> None:
    refused = run("token", "add", *arguments)
    assert (refused.exit_code, refused.stdout) == (code, "")


def test_init_makes_the_first_account(run: Run, tmp_path: Path) -> None:
    new = str(tmp_path / "new")
    made = run(
        "init",
        "--admin",
        "root",
        "--password-stdin",
        stdin=PASSWORD,
        CURATOR_INSTANCE=new,
        DATABASE_URL="",
    )
    assert made.exit_code == 0
    again = run(
        "init",
        "--admin",
        "root",
        "--password-stdin",
        stdin=PASSWORD,
        CURATOR_INSTANCE=new,
        DATABASE_URL="",
    )
    assert again.exit_code == 1
    assert "The account root already exists" in again.stderr


@pytest.mark.parametrize(
    "program", [("-m", "flask", "curator"), ("-m", "flask", "curator", "user")]
)
def test_help_is_quick_and_quiet(program: tuple[str, ...], tmp_path: Path) -> None:
    env = os.environ | {"HOME": str(tmp_path), "CURATOR_INSTANCE": str(tmp_path / "i")}
    done = subprocess.run(
        [sys.executable, *program, "--help"], capture_output=True, text=True, env=env, check=True
    )
    assert done.stderr == ""
    assert done.stdout.startswith("Usage: ")


def test_the_server_does_not_touch_the_database_of_another_version(
    run: Run, config: Config
) -> None:
    with open_engine(config).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    refused = run("serve")
    assert refused.exit_code == 1
    assert "another version" in refused.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "malar.example.org"])  # noqa: S104
def test_the_server_leaves_this_machine_by_https_alone(run: Run, host: str) -> None:
    refused = run("serve", "--host", host)
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "CURATOR_BEHIND_HTTPS=1" in refused.stderr


@pytest.mark.parametrize("loosened", ["--insecure-http", "CURATOR_BEHIND_HTTPS"])
def test_who_says_so_serves_a_network(
    run: Run, monkeypatch: pytest.MonkeyPatch, loosened: str
) -> None:
    served: list[str] = []

    def serves(_app: object, *, host: str, **_: object) -> NoReturn:
        served.append(host)
        raise OSError(98, "enough")

    monkeypatch.setattr("waitress.server.create_server", serves)
    if loosened.startswith("--"):
        run("serve", "--host", "0.0.0.0", loosened)  # noqa: S104
    else:
        monkeypatch.setenv(loosened, "1")
        run("serve", "--host", "0.0.0.0")  # noqa: S104
    assert served == ["0.0.0.0"]  # noqa: S104


WEAK_KEYS: tuple[str, ...] = (
    "dev",
    "changeme",
    "secret",
    "password",
    "you-will-never-guess",
    "a" * 64,
)
WEAK_KEYS += ("secret" * 8, "0123456789abcdef" * 4, "correct horse battery staple", "f" * 31 + "0")


@pytest.mark.parametrize("key", WEAK_KEYS)
def test_a_key_that_can_be_guessed_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SECRET_KEY", key)
    refused = run("serve")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "openssl rand -hex 32" in refused.stderr


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe])
def test_a_random_key_is_taken(monkeypatch: pytest.MonkeyPatch, make: Callable[[int], str]) -> None:
    monkeypatch.setenv("SECRET_KEY", make(32))
    assert from_environment().secret_key


def test_the_server_prints_a_one_time_link_and_responds(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {"CURATOR_INSTANCE": str(tmp_path / "i"), "PYTHONUNBUFFERED": "1"}
    flask = [sys.executable, "-m", "flask", "curator"]
    with subprocess.Popen(
        [*flask, "serve", "--port", str(port)], env=env, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        created, link = server.stdout.readline(), server.stdout.readline().split()[-1]
        try:
            assert str(tmp_path / "i") in created
            assert link.startswith(f"http://127.0.0.1:{port}/setup?token=")
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", link.removeprefix(f"http://127.0.0.1:{port}"))
            assert connection.getresponse().status == 200
            taken = subprocess.run(
                [*flask, "serve", "--port", str(port)], env=env, capture_output=True, text=True
            )
            assert taken.returncode == 1
            assert "choose another with --port" in taken.stderr
        finally:
            server.terminate()


def test_what_the_study_states_goes_out_and_in_as_a_file(run: Run, tmp_path: Path) -> None:
    empty = json.loads(run("study", "--json").output)
    assert not any(empty["facts"].values())
    assert "license" in empty["missing"]
    assert "license         (missing)" in run("study").output
    path = tmp_path / "study.toml"
    assert run("study", "--write", str(path)).output == f"Written: {path}\n"
    text = path.read_text().replace('license = ""', "license = 'CC0-1.0'")
    path.write_text(text.replace('uses = ""', 'uses = """one\ntwo"""'))
    stated = json.loads(run("study", "--file", str(path), "--json").output)
    assert (stated["facts"]["license"], stated["facts"]["uses"]) == ("CC0-1.0", "one\ntwo")
    assert "license" not in stated["missing"]
    assert f"uses{'':12}one\n{'':16}two\n" in run("study").output
    again = tmp_path / "again.toml"
    run("study", "--write", str(again))
    assert json.loads(run("study", "--file", str(again), "--json").output) == stated


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[study]\nlicence = 'x'\n", "no fact named 'licence'"),
        ("[study]\nversion = '1'\n", "three numbers"),
        ("[study\n", "no TOML file"),
        (None, "No such file"),
    ],
)
def test_a_file_that_states_no_facts_is_refused_in_one_line(
    run: Run, tmp_path: Path, content: str | None, said: str
) -> None:
    path = tmp_path / "study.toml"
    if content is not None:
        path.write_text(content)
    refused = run("study", "--file", str(path))
    assert refused.exit_code == 1
    assert said in refused.output
    assert len(refused.output.splitlines()) == 1


def test_a_file_is_never_overwritten_by_what_the_study_states(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text("mine")
    assert run("study", "--write", str(path)).exit_code == 1
    assert path.read_text() == "mine"
    assert run("study", "--write", str(tmp_path / "none" / "study.toml")).exit_code == 1


def test_the_settings_of_the_study_are_shown_and_changed(run: Run) -> None:
    shown = json.loads(run("project", "--json").output)
    assert shown == {
        "raters_needed": 1,
        "agreed_overlap": 0.5,
        "withheld_share": 0.0,
        "show_sources": False,
        "keys": "",
    }
    changed = run("project", "--withheld-share", "0.2", "--show-sources", "--json")
    assert json.loads(changed.output) == shown | {"withheld_share": 0.2, "show_sources": True}
    assert "show sources     yes" in run("project", "--raters-needed", "2").output
    assert "show sources     no" in run("project", "--hide-sources").output
    refused = run("project", "--withheld-share", "1.5")
    assert refused.exit_code == 1
    assert json.loads(run("project", "--json").output)["withheld_share"] == 0.2


def test_names_and_words_that_are_not_utf8_are_printed_as_text(run: Run, folder: Path) -> None:
    draw(1).save(folder / "a.jpg")
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("words")
    given = os.fsdecode(b"#r\xf6te")
    told = json.loads(run("import", str(folder), "--source", given, "--json").output)
    assert [one["file"] for one in told["rejected_files"]] == ["café.txt"]
    assert "  rejected café.txt: not a photo" in run("import", str(folder)).output
