"""An instance that was moved or copied uses its own data, and holds no path of where it was."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from curator.app import create_app
from curator.base.accounts import add_user
from curator.base.config import Config
from curator.base.db import open_engine, open_sessions
from curator.base.instance import init_instance
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import import_folders
from curator.queries.records import exports
from curator.ratings.table import rate_table
from tests.curator.browsing import Visitor, the, words
from tests.curator.drawing import PASSWORD, draw
from trainer.errors import ExportMissing
from trainer.instance import latest_export

pytestmark = pytest.mark.slow

PEOPLE = 12
SMALL = ("--img-size", "32", "--epochs", "1", "--views", "0", "--weights", "none")
REGION = "48,48 112,48 96,84 64,84"


def command(program: str, *arguments: object, instance: Path) -> str:
    """Run a command of curator or trainer on an instance; return what it printed."""
    module = ("flask", "curator") if program == "curator" else ("trainer",)
    environment = os.environ | {"CURATOR_INSTANCE": str(instance)}
    done = subprocess.run(
        [sys.executable, "-m", *module, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with rated photos, an export, a run, a comparison and a cache."""
    home = tmp_path_factory.mktemp("home")
    config = Config(instance=home / "the-first-place", workers=1)
    init_instance(config)
    sessions = open_sessions(config)
    add_user(sessions, "ana", PASSWORD, "admin", min_chars=12, actor="test")
    (home / "photos").mkdir()
    rows = ["file,label,sex,person,evidence,region"]
    for person in range(PEOPLE):
        label = "positive" if person % 2 else "negative"
        for shot in range(2):
            name = f"{person}-{shot}.png"
            draw(10 * person + shot).save(home / "photos" / name)
            rows.append(f'{name},{label},female,P{person},visual,"{REGION}"')
    import_folders(sessions, config, [home / "photos"], actor="ana")
    (home / "ratings.csv").write_text("\n".join(rows))
    assert not rate_table(sessions, home / "ratings.csv", "ana").bad
    export_dataset(sessions, config, Settings(ratios=(50, 25, 25)), actor="ana")
    command("trainer", "run", "--arch", "mobilenet", *SMALL, instance=config.instance)
    command("trainer", "compare", "--archs", "mobilenet", *SMALL, instance=config.instance)
    command("trainer", "export", "mobilenet-1", "--format", "litert", instance=config.instance)
    command("trainer", "explain", "mobilenet-1", instance=config.instance)
    shutil.rmtree(home / "photos")
    return config.instance


@pytest.fixture
def original(made: Path, tmp_path: Path) -> Path:
    place = tmp_path / "original"
    shutil.copytree(made, place, symlinks=True)
    return place


def as_an_older_version_wrote_it(instance: Path) -> None:
    """Make the link and the export's row absolute."""
    [name] = [path.name for path in (instance / "exports").glob("malar-*") if path.is_dir()]
    (instance / "exports" / "latest").unlink()
    (instance / "exports" / "latest").symlink_to(instance / "exports" / name)
    with open_engine(Config(instance=instance)).begin() as connection:
        path = str(instance / "exports" / name)
        connection.exec_driver_sql("UPDATE export SET path = ?", (path,))


def falsify(instance: Path) -> None:
    """Change the data of an instance, so that whoever reads it fails."""
    for table in instance.glob("exports/*/examples.csv"):
        table.write_text("changed")
    for model in instance.glob("runs/*/*"):
        if model.is_file():
            model.write_text("changed")
    (instance / "malar.sqlite").write_text("changed")


def check_own_data(instance: Path) -> None:
    """Use an instance as its people do, and see that all of it is its own."""
    [name] = [path.name for path in (instance / "exports").glob("malar-*") if path.is_dir()]
    own = instance / "exports" / name
    assert json.loads(command("curator", "status", "--json", instance=instance))["photos"] == 24
    settings = ("export", "--ratios", "50,25,25", "--json")
    assert json.loads(command("curator", *settings, instance=instance))["path"] == str(own)
    ran = command("trainer", "run", "--arch", "mobilenet", *SMALL, "--json", instance=instance)
    assert json.loads(ran)["run"] == str(instance / "runs" / "mobilenet-2")
    command("trainer", "verify", "mobilenet-1", instance=instance)
    photo = next((instance / "photos").rglob("*.png"))
    options = ("mobilenet-1", photo, "--region", REGION, "--json")
    assert json.loads(command("trainer", "predict", *options, instance=instance))["predictions"]
    config = Config(instance=instance)
    sessions = open_sessions(config)
    assert {Path(export.path) for export in exports(sessions, instance)} == {own}
    ana = Visitor(create_app(config), "ana")
    shown = [code.get_text() for code in ana.see("/exports").select(".export code")]
    assert str(own) in shown
    assert "mobilenet-2" in words(the(ana.see("/runs"), "main"))
    assert ana.get("/runs/mobilenet-1").status_code == 200
    exclude_photo(sessions, 1, "several faces", actor="ana")
    told = json.loads(command("curator", "status", "--json", instance=instance))
    assert {one["path"] for one in told["exports_with_excluded"]} == {str(own)}


def test_no_file_and_no_row_of_an_instance_names_its_place(made: Path) -> None:
    place = str(made).encode()
    files = [path for path in made.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 100
    assert [path for path in files if place in path.read_bytes()] == []
    links = [path for path in made.rglob("*") if path.is_symlink()]
    assert links
    assert not any(path.readlink().is_absolute() for path in links)


def test_a_moved_instance_uses_its_own_data(original: Path) -> None:
    as_an_older_version_wrote_it(original)
    moved = original.with_name("elsewhere") / "instance"
    moved.parent.mkdir()
    original.rename(moved)
    check_own_data(moved)


@pytest.mark.parametrize("is_old", [pytest.param(False, marks=pytest.mark.long), True])
def test_a_copied_instance_uses_its_own_data(original: Path, is_old: bool) -> None:
    if is_old:
        as_an_older_version_wrote_it(original)
    copied = original.with_name("copied")
    shutil.copytree(original, copied, symlinks=True)
    falsify(original)
    check_own_data(copied)


def test_init_makes_older_paths_relative(original: Path) -> None:
    as_an_older_version_wrote_it(original)
    copied = original.with_name("copied")
    shutil.copytree(original, copied, symlinks=True)
    init_instance(Config(instance=copied))
    test_no_file_and_no_row_of_an_instance_names_its_place(copied)
    assert str(original).encode() not in (copied / "malar.sqlite").read_bytes()
    assert not (copied / "exports" / "latest").readlink().is_absolute()
    assert (copied / "exports" / "latest" / "dataset.json").is_file()


def test_a_link_into_the_original_is_refused_where_the_copy_lacks_the_export(
    original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_an_older_version_wrote_it(original)
    copied = original.with_name("copied")
    shutil.copytree(original, copied, symlinks=True)
    for export in (copied / "exports").glob("malar-*"):
        shutil.rmtree(export, ignore_errors=True)
    monkeypatch.setenv("CURATOR_INSTANCE", str(copied))
    with pytest.raises(ExportMissing, match="not in this instance"):
        latest_export()
    shutil.rmtree(original)
    with pytest.raises(ExportMissing, match="not in this instance"):
        latest_export()


def test_an_export_outside_is_found_after_both_are_moved(original: Path) -> None:
    config = Config(instance=original)
    out = original.with_name("handed-out")
    settings = Settings(ratios=(50, 25, 25), seed=2)
    export_dataset(open_sessions(config), config, settings, out=out, actor="ana")
    moved = original.parent.with_name("moved")
    original.parent.rename(moved)
    assert (moved / "original" / "exports" / "latest").resolve() == moved / "handed-out"
    [newest, _] = exports(open_sessions(Config(instance=moved / "original")), moved / "original")
    assert newest.path == str(moved / "handed-out")


def test_a_folder_in_place_of_the_link_is_named(original: Path) -> None:
    latest = original / "exports" / "latest"
    target = latest.resolve()
    latest.unlink()
    shutil.copytree(target, latest)
    environment = os.environ | {"CURATOR_INSTANCE": str(original)}
    export = [sys.executable, "-m", "flask", "curator", "export", "--seed", "3"]
    done = subprocess.run(export, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is a copy of an export and not the link" in done.stderr
