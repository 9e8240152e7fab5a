"""Exports: as docs/manifest.md says, whole or not at all, reproducible to the byte, without leaks."""

import csv
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.errors import ExportImpossible, InputInvalid
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Photo
from curator.base.models.ratings import Rating
from curator.exports import exporting
from curator.exports.exporting import ExportResult, export_dataset
from curator.exports.manifest import Settings, short_ids
from curator.pairs.decisions import accept_verified
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.queries.pairs import pairs
from curator.queries.records import exports
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from curator.ratings.table import rate_table
from tests.curator.databases import copied, environment_of
from tests.curator.drawing import REGION, draw

HALF = Settings(ratios=(50, 25, 25))
Exporter = Callable[..., ExportResult]
PEOPLE = 12


@pytest.fixture
def collection(
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
    sessions: Sessions,
    tmp_path: Path,
) -> None:
    """Two photos each of twelve people, half of them positive."""
    rows = ["file,label,sex,person,evidence,region"]
    for person in range(PEOPLE):
        label = "positive" if person % 2 else "negative"
        sex = "female" if person % 3 else "male"
        for shot in range(2):
            save(f"{person}-{shot}.png", 10 * person + shot)
            outline = '"48,48 112,48 96,84 64,84"'
            rows.append(f"{person}-{shot}.png,{label},{sex},P{person},visual,{outline}")
    import_all(source="#butterflyrash")
    table = tmp_path / "ratings.csv"
    table.write_text("\n".join(rows) + "\n")
    assert not rate_table(sessions, table, "ben").bad


@pytest.fixture
def export(sessions: Sessions, config: Config) -> Exporter:
    def export(settings: Settings = HALF, out: Path | None = None) -> ExportResult:
        return export_dataset(sessions, config, settings, out=out, actor="ana")

    return export


def rows(path: Path) -> list[dict[str, str]]:
    with (path / "examples.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def tree(path: Path) -> dict[str, str]:
    return {
        file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }


@pytest.mark.usefixtures("collection", "plain_study")
def test_the_export_matches_the_manifest(export: Exporter, config: Config) -> None:
    result = export()
    facts: dict[str, Any] = json.loads((result.path / "dataset.json").read_text())
    found = rows(result.path)
    manifest = Path("docs/manifest.md").read_text()
    assert ",".join(found[0]) in manifest
    assert facts["manifest_version"] == 1
    assert facts["name"] == result.path.name == f"malar-{facts['content_hash'][:12]}"
    assert facts["counts"]["total"] == len(found) == 24
    assert facts["counts_by_sex"]["positive"]["female"] == 8
    for row in found:
        content = (result.path / row["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        assert row["file"] == f"{row['split']}/{row['label']}/{row['id']}.png"
        assert row["pixel_sha256"].startswith(row["id"])
        assert (row["region"], row["source"]) == (REGION, "#butterflyrash")
        with Image.open(result.path / row["file"]) as image:
            assert image.size == (int(row["width_px"]), int(row["height_px"])) == (64, 36)
            assert image.info == {}
    assert [row["id"] for row in found] == sorted(row["id"] for row in found)
    settings = {key: facts[key] for key in ("classes", "crop", "split", "min_evidence")}
    head = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    listing = (result.path / "examples.csv").read_bytes()
    assert facts["content_hash"] == hashlib.sha256(f"{head}\n".encode() + listing).hexdigest()
    assert (config.instance / "exports" / "latest").resolve() == result.path
    assert facts["name"] in (result.path / "DATASHEET.md").read_text()
    croissant = json.loads((result.path / "croissant.json").read_text())
    assert croissant["distribution"][0]["sha256"] == hashlib.sha256(listing).hexdigest()
    columns = [field["name"] for field in croissant["recordSet"][0]["field"]]
    assert columns == [*found[0], "image"]


@pytest.mark.usefixtures("collection")
def test_the_export_counts_where_its_regions_are_from_and_its_hash_does_not(
    export: Exporter, sessions: Sessions
) -> None:
    before = export()
    assert provenance(before.path) == {
        "regions_by_origin": ORIGINS | {"imported": 24},
        "ratings_by_source": SOURCES | {"not_recorded": 24},
    }
    with sessions.begin() as session:
        ratings = session.scalars(select(Rating).order_by(Rating.id)).all()
        for rating in ratings[:10]:
            rating.origin, rating.source_shown = "accepted", False
        for rating in ratings[10:14]:
            rating.origin, rating.source_shown = "edited", True
    shutil.rmtree(before.path)
    after = export()
    assert after.content_hash == before.content_hash
    assert provenance(after.path) == {
        "regions_by_origin": ORIGINS | {"accepted": 10, "edited": 4, "imported": 10},
        "ratings_by_source": {"shown": 4, "hidden": 10, "not_recorded": 10, "by_sight_shown": 4},
    }
    sheet = (after.path / "DATASHEET.md").read_text()
    assert "| accepted | 10 |" in sheet
    assert "| shown | 4 |" in sheet


ORIGINS = dict.fromkeys(("accepted", "edited", "drawn", "copied", "imported", "not_recorded"), 0)
SOURCES = dict.fromkeys(("shown", "hidden", "not_recorded", "by_sight_shown"), 0)


def provenance(path: Path) -> dict[str, dict[str, int]]:
    facts = json.loads((path / "dataset.json").read_text())
    return {key: facts[key] for key in ("regions_by_origin", "ratings_by_source")}


@pytest.mark.usefixtures("collection")
def test_no_group_crosses_a_split_or_a_fold(export: Exporter) -> None:
    places = defaultdict(set)
    for row in rows(export().path):
        places[row["group"]].add((row["split"], row["fold"]))
    assert len(places) == PEOPLE
    assert all(len(found) == 1 for found in places.values())


@pytest.mark.usefixtures("collection")
def test_the_same_database_gives_the_same_bytes(
    export: Exporter, config: Config, tmp_path: Path
) -> None:
    moved = copied(config, tmp_path / "elsewhere" / "moved")
    first = export()
    changed = {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    environment = os.environ | environment_of(moved) | changed
    command = [sys.executable, "-m", "flask", "curator", "export", "--ratios", "50,25,25", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    printed = json.loads(done.stdout)
    assert printed["content_hash"] == first.content_hash
    assert tree(Path(printed["path"])) == tree(first.path)


@pytest.mark.usefixtures("collection")
def test_exporting_again_reuses_an_identical_export(export: Exporter, config: Config) -> None:
    first = export()
    assert export().path == first.path
    assert len(list((config.instance / "exports").iterdir())) == 2  # the export and `latest`


@pytest.mark.usefixtures("collection")
def test_adding_photos_moves_no_earlier_one(
    export: Exporter,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
    sessions: Sessions,
) -> None:
    before = {row["id"]: (row["split"], row["fold"]) for row in rows(export().path)}
    for seed in range(500, 510):
        save(f"new-{seed}.png", seed)
    import_all()
    for photo in range(25, 35):
        label = "positive" if photo % 2 else "negative"
        entry = Assessment(label, region=REGION)
        save_rating(sessions, photo, "ben", entry, expected_version=0)
    after = {row["id"]: (row["split"], row["fold"]) for row in rows(export().path)}
    assert len(after) == 34
    assert {key: after[key] for key in before} == before


@pytest.mark.usefixtures("collection")
def test_photos_joined_across_splits_are_left_out_not_moved(
    export: Exporter, sessions: Sessions
) -> None:
    before = {row["pixel_sha256"]: row for row in rows(export().path)}
    trained = next(row for row in before.values() if row["split"] == "train")
    tested = next(row for row in before.values() if row["split"] == "test")
    with sessions.begin() as session:
        ids = {p.pixel_sha256: p.id for p in session.scalars(select(Photo))}
        joined = sorted((ids[trained["pixel_sha256"]], ids[tested["pixel_sha256"]]))
        session.add(
            DuplicatePair(photo_a_id=joined[0], photo_b_id=joined[1], distance_bits=9, score=0.7)
        )
    result = export()
    after = {row["pixel_sha256"]: row for row in rows(result.path)}
    assert result.left_out == {"group_crosses_splits": 2}
    assert all(row["split"] == before[pixels]["split"] for pixels, row in after.items())
    splits = defaultdict(set)
    for row in after.values():
        splits[row["group"]].add((row["split"], row["fold"]))
    assert all(len(found) == 1 for found in splits.values())
    offered = result.way_out
    assert offered is not None
    assert any(f"Seed {offered.seed} " in warning.message for warning in result.warnings)
    anew = export(replace(HALF, seed=offered.seed))
    assert (anew.left_out, anew.way_out) == ({}, None)
    was = {pixels: row["split"] for pixels, row in before.items()}
    moved = [one for one in rows(anew.path) if one["split"] != was[one["pixel_sha256"]]]
    left_test = [one for one in moved if was[one["pixel_sha256"]] == "test"]
    assert (offered.taken_in, offered.assigned) == (2, len(before))
    assert (offered.moved, offered.tested) == (len(moved), len(left_test))


@pytest.mark.usefixtures("collection")
def test_a_seed_that_an_export_has_used_is_not_offered(
    export: Exporter, sessions: Sessions
) -> None:
    export(replace(HALF, seed=HALF.seed + 1))
    splits = {row["pixel_sha256"]: row["split"] for row in rows(export().path)}
    with sessions.begin() as session:
        photos = sorted(session.scalars(select(Photo)), key=lambda p: splits[p.pixel_sha256])
        ids = sorted((photos[0].id, photos[-1].id))
        session.add(DuplicatePair(photo_a_id=ids[0], photo_b_id=ids[1], distance_bits=9, score=0.7))
    offered = export().way_out
    assert offered is not None
    assert offered.seed == HALF.seed + 2


@pytest.mark.usefixtures("collection")
def test_photos_left_out_are_counted_by_reason(
    export: Exporter,
    sessions: Sessions,
    save: Callable[..., Path],
    import_all: Callable[..., ImportResult],
) -> None:
    for seed in range(600, 605):
        save(f"late-{seed}.png", seed)
    import_all()
    exclude_photo(sessions, 1, "two faces", actor="ben")
    save_rating(sessions, 25, "ben", Assessment("unsure", region=REGION), expected_version=0)
    save_rating(sessions, 26, "ben", Assessment("positive"), expected_version=0)
    save_rating(sessions, 27, "ben", Assessment("positive", region=REGION), expected_version=0)
    save_rating(sessions, 27, "ana", Assessment("negative", region=REGION), expected_version=0)
    weak = Assessment("positive", {"evidence": "hashtag"}, REGION)
    save_rating(sessions, 28, "ben", weak, expected_version=0)
    result = export(replace(HALF, min_evidence="visual"))
    assert result.left_out == {
        "disagreement": 1,
        "excluded": 1,
        "no_rating": 1,
        "no_region": 1,
        "unsure": 1,
        "weak_evidence": 1,
    }
    assert result.counts["total"] == 23


@pytest.mark.usefixtures("collection")
def test_a_removed_copys_rating_counts_for_the_kept_photo(
    export: Exporter,
    sessions: Sessions,
    config: Config,
    folder: Path,
    import_all: Callable[..., ImportResult],
) -> None:
    draw(700, (400, 300)).save(folder / "small.jpg")
    draw(700, (800, 600)).save(folder / "large.jpg")
    import_all()
    small = PEOPLE * 2 + 2
    save_rating(sessions, small, "ben", Assessment("positive", region=REGION), expected_version=0)
    assert accept_verified(sessions, actor="ana") == 1
    result = export()
    assert result.counts["total"] == 25
    assert result.left_out == {"copy": 1}
    widest = max(int(row["width_px"]) for row in rows(result.path))
    assert widest == pytest.approx(320, abs=1)  # laid on each other to a fraction of a pixel


@pytest.mark.usefixtures("collection")
def test_copies_that_a_killed_import_did_not_search_for_share_a_group(
    export: Exporter,
    sessions: Sessions,
    folder: Path,
    import_all: Callable[..., ImportResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw(700, (400, 300)).save(folder / "small.jpg")
    draw(700, (800, 600)).save(folder / "large.jpg")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("curator.photos.importing.find_pairs", killed)
        with pytest.raises(KeyboardInterrupt):
            import_all()
    for photo in (PEOPLE * 2 + 1, PEOPLE * 2 + 2):
        save_rating(
            sessions, photo, "ben", Assessment("positive", region=REGION), expected_version=0
        )
    assert pairs(sessions) == ()
    exported = rows(export().path)
    assert len(pairs(sessions)) == 1
    assert len({row["group"] for row in exported}) == len(exported) - PEOPLE - 1


@pytest.mark.usefixtures("collection")
def test_a_box_crop_makes_a_different_export(export: Exporter) -> None:
    masked, boxed = export(), export(replace(HALF, crop="box"))
    assert masked.content_hash != boxed.content_hash
    assert json.loads((boxed.path / "dataset.json").read_text())["crop"]["mode"] == "box"


@pytest.mark.usefixtures("collection")
def test_a_failed_export_leaves_nothing_behind(
    export: Exporter, config: Config, sessions: Sessions
) -> None:
    good = export()
    shutil.rmtree(config.instance / "photos")
    with pytest.raises(ExportImpossible, match="restore the instance's photos folder"):
        export(replace(HALF, seed=2))
    left = {path.name for path in (config.instance / "exports").iterdir()}
    assert left == {good.path.name, "latest"}
    assert len(exports(sessions, config.instance)) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("collection")
def test_an_existing_folder_is_never_overwritten(export: Exporter, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(ExportImpossible, match="will not be overwritten"):
        export(out=taken)
    chosen = export(out=tmp_path / "chosen")
    assert chosen.path == (tmp_path / "chosen").resolve()


def test_a_link_to_nowhere_is_refused_before_any_picture_is_cut(
    export: Exporter, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ExportImpossible, match="will not be overwritten"):
        export(out=tmp_path / "link")


def test_an_empty_collection_says_what_is_missing(export: Exporter) -> None:
    with pytest.raises(ExportImpossible, match="no negative and no positive photo"):
        export()


@pytest.mark.parametrize(
    "wrong",
    [
        replace(HALF, ratios=(50, 50, 50)),
        replace(HALF, ratios=(120, -10, -10)),
        replace(HALF, folds=1),
        replace(HALF, crop="circle"),
        replace(HALF, min_evidence="rumour"),
    ],
)
def test_an_invalid_setting_is_refused(export: Exporter, wrong: Settings) -> None:
    with pytest.raises(InputInvalid):
        export(wrong)


def test_training_needs_a_share(export: Exporter) -> None:
    with pytest.raises(InputInvalid, match="training split more than 0 percent"):
        export(replace(HALF, ratios=(0, 50, 50)))


@pytest.mark.usefixtures("collection")
def test_a_split_without_a_class_is_reported(export: Exporter) -> None:
    warnings = export(replace(HALF, ratios=(80, 20, 0))).warnings
    assert [warning.message for warning in warnings] == [
        "The test split has no negative photo: its scores will be undefined.",
        "The test split has no positive photo: its scores will be undefined.",
    ]


def test_ids_grow_until_they_are_unique() -> None:
    one, other = "a" * 64, "a" * 20 + "b" * 44
    assert short_ids([one, other]) == {one: "a" * 21, other: "a" * 20 + "b"}


@pytest.mark.usefixtures("collection")
def test_an_export_that_cannot_be_recorded_leaves_no_folder(
    export: Exporter, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(exporting, "record", full)
        with pytest.raises(OSError, match="No space left"):
            export()
    assert list((config.instance / "exports").iterdir()) == []
    assert export().path.exists()


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize("form", ["trainer", "csv", "coco", "parquet"])
def test_exporting_again_makes_a_damaged_export_whole(export: Exporter, form: str) -> None:
    """As the trainer and a refused download advise."""
    settings = replace(HALF, format=form)
    path = export(settings).path
    whole = tree(path)
    first, second, third, *_ = sorted(set(whole) - {"dataset.json"})
    (path / first).unlink()
    (path / second).write_bytes(b"cut o")
    (path / third).write_bytes((path / third).read_bytes()[::-1])
    assert export(settings).path == path
    assert tree(path) == whole
    for folder in (one for one in path.iterdir() if one.is_dir()):
        shutil.rmtree(folder)
    export(settings)
    assert tree(path) == whole


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"\xff"])
def test_a_folder_that_does_not_tell_what_it_holds_is_left_alone(
    export: Exporter, content: bytes | None
) -> None:
    path = export().path
    (path / "dataset.json").unlink()
    if content is not None:
        (path / "dataset.json").write_bytes(content)
    before = tree(path)
    with pytest.raises(ExportImpossible, match="delete the folder, then export again"):
        export()
    assert tree(path) == before


@pytest.mark.usefixtures("collection")
def test_an_identical_export_survives_one_that_cannot_be_recorded(
    export: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = export().path
    monkeypatch.setattr(exporting, "record", full)
    with pytest.raises(OSError, match="No space left"):
        export()
    assert (path / "dataset.json").exists()
