"""The tour of `make demo`: each step as a user would run it, with its result."""

import csv
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click

from demo.collection import write_collection

CURATOR = (sys.executable, "-m", "flask", "curator")
TRAINER = (sys.executable, "-m", "trainer")
RATED = ("file", "label", "sex", "person", "region")


class StepFailed(Exception):
    """A command of the tour failed; `message` is its error line."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@click.command(epilog="\b\nExample:\n  python -m demo --people 60")
@click.option("--people", default=60, show_default=True, help="How many people to draw.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other faces.")
@click.option("--arch", default="mobilenet", show_default=True, help="The network to train.")
@click.option(
    "--weights", default="imagenet", show_default=True, help="imagenet, none, or a file of weights."
)
@click.option(
    "--instance",
    type=click.Path(path_type=Path),
    default=Path("instance/demo"),
    show_default=True,
    help="Where to put all of it; an earlier demo there is replaced.",
)
def main(people: int, seed: int, arch: str, weights: str, instance: Path) -> None:
    """Draw a collection of faces and take it all the way to a scored detector."""
    os.umask(0o077)  # as the programs do
    try:
        tour(people, seed, arch, weights, instance)
    except StepFailed as failed:
        click.echo(failed.message, err=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        click.echo("\nStopped. `make demo` starts again from the beginning.", err=True)
        raise SystemExit(130) from None


def tour(people: int, seed: int, arch: str, weights: str, instance: Path) -> None:
    started = time.monotonic()
    make_room(instance)
    os.environ["CURATOR_INSTANCE"] = str(instance)
    collection = instance / "collection"
    click.echo("The faces of this demo are drawn, not real, and so is the rash:")
    click.echo("the scores say how well the software works, and nothing of lupus.")
    draw(collection, people, seed)
    password = init()
    import_photos(collection)
    decide_copies()
    rate(collection)
    export()
    run = train(arch, weights)
    report(run, arch)
    click.echo(f"\nAll of it took {time.monotonic() - started:.0f} seconds.")
    click.echo("\nOpen the web tool on this very data:")
    click.echo(f"  CURATOR_INSTANCE={instance} {_python_bin('flask')} curator serve")
    click.echo(f"  then sign in at http://127.0.0.1:5151 as demo, password {password}")


def make_room(instance: Path) -> None:
    """Remove an earlier demo, and nothing else."""
    if not instance.exists():
        return
    if not (instance / "collection" / "truth.csv").exists() and any(instance.iterdir()):
        raise StepFailed(f"{instance} holds something else than a demo: choose another --instance.")
    shutil.rmtree(instance)


def draw(collection: Path, people: int, seed: int) -> None:
    step(1, "Draw a collection")
    made = write_collection(collection, people, seed)
    say(f"{made.files} files in {collection / 'photos'}")
    say(
        f"{made.photos} photos of {made.people} people ({made.positive} with the rash, "
        f"{made.negative} without), {made.copies} edited copies, {made.broken} broken files"
    )


def init() -> str:
    password = secrets.token_urlsafe(12)
    call(*CURATOR, "init", "--admin", "demo", "--password-stdin", stdin=password)
    return password


def import_photos(collection: Path) -> None:
    step(2, "Import it")
    metadata = ("--metadata", str(collection / "posts.csv"))
    photos = str(collection / "photos")
    result = call_json(*CURATOR, "import", photos, "--source", "drawn", *metadata)
    say(
        f"{result['seen']} files seen: {result['added']} added, "
        f"{result['already_there']} already there, {result['rejected']} rejected, "
        f"{result['ignored']} hidden ones ignored"
    )
    for rejected in result["rejected_files"]:
        say(f"rejected {rejected['file']}: {rejected['reason']}")


def decide_copies() -> None:
    step(3, "Find the copies")
    found = call_json(*CURATOR, "dedup")
    say(f"{found['undecided']} pairs look alike")
    decided = call_json(*CURATOR, "duplicates", "decide", "--accept-verified")
    say(
        f"{decided['accepted']} are copies beyond doubt; {decided['undecided']} wait for a human "
        "and stay together in the splits"
    )


def rate(collection: Path) -> None:
    step(4, "Record ratings and regions")
    table = collection / "ratings.csv"
    write_ratings(collection / "truth.csv", table)
    result = call_json(*CURATOR, "rate", str(table), "--rater", "demo")
    say(f"{result['saved']} photos rated from the known truth, with sex, person and face region")
    ready = call_json(*CURATOR, "status")["ready"]
    say("ready to export: " + ", ".join(f"{n} {key}" for key, n in sorted(ready.items())))


def write_ratings(truth: Path, table: Path) -> None:
    """Write the originals' ground truth as a table for `flask curator rate`."""
    with truth.open(newline="") as source, table.open("w", newline="") as target:
        writer = csv.DictWriter(target, [*RATED, "evidence"])
        writer.writeheader()
        for row in csv.DictReader(source):
            if not row["copy_of"]:
                writer.writerow({key: row[key] for key in RATED} | {"evidence": "visual"})


def export() -> None:
    step(5, "Export")
    result = call_json(*CURATOR, "export", "--ratios", "50,20,30")
    for split in ("train", "val", "test"):
        counts = result["counts"][split]
        say(f"{split:5} {counts['positive']:4} positive {counts['negative']:4} negative")
    for reason, count in result["left_out"].items():
        say(f"left out: {count} {reason}")
    say(f"no person, post or copy lies in two splits; written to {result['path']}")


def train(arch: str, weights: str) -> dict[str, Any]:
    step(6, f"Train {arch}")
    try:
        run = train_with(arch, weights)
        say(f"with weights: {weights}")
    except StepFailed as failed:
        if weights != "imagenet":
            raise
        say(failed.message.strip())
        say("Going on from RANDOM weights: the scores below are meaningless for the method.")
        run = train_with(arch, "none")
    return run


def train_with(arch: str, weights: str) -> dict[str, Any]:
    found: dict[str, Any] = call_json(*TRAINER, "run", "--arch", arch, "--weights", weights)
    return found


def report(run: dict[str, Any], arch: str) -> None:
    step(7, "Score it on the test split")
    metrics = json.loads((Path(run["run"]) / "metrics.json").read_text())
    say(f"{arch} on {run['n']} test photos it never saw, of people it never saw:")
    for name in ("precision", "recall", "f1"):
        say(f"{name:9} {scored(run[name], metrics['splits']['test']['intervals'][name])}")
    say(f"the report: {Path(run['run']) / 'report.html'}")


def scored(value: float | None, interval: list[float] | None) -> str:
    if value is None:
        return "not defined: no photo was called positive"
    if interval is None:
        return f"{value:.3f}  (too few photos for an interval)"
    return f"{value:.3f}  (95% interval {interval[0]:.3f} to {interval[1]:.3f})"


def step(number: int, title: str) -> None:
    click.echo(f"\n{number}  {title}")


def say(text: str) -> None:
    click.echo(f"   {text}")


def call(*command: str, stdin: str = "") -> str:
    """Run a command of the tour and return what it printed.

    On a terminal the command shows its own progress and error line; otherwise StepFailed carries the line.
    """
    errors = None if sys.stderr.isatty() else subprocess.PIPE
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=errors, text=True)
    if done.returncode:
        raise StepFailed(
            (done.stderr or "").strip() or f"It ended with exit code {done.returncode}."
        )
    return done.stdout


def call_json(*command: str) -> Any:
    return json.loads(call(*command, "--json"))


def _python_bin(program: str) -> str:
    """Return the path by which to call an installed program."""
    beside = Path(sys.executable).with_name(program)
    return os.path.relpath(beside) if beside.exists() else program
