"""The guide for people who come from other tools: each of its commands does what it says."""

import copy
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from curator.base.config import Config
from curator.cli import curator
from tests.curator.databases import environment_of
from tests.curator.drawing import draw
from tests.curator.formats import files
from tests.curator.formats.rated import write_file

GUIDE = (Path(__file__).parents[3] / "docs/importing.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)

REDCAP = """record_id,file,label,sex,region,face_rating_complete
1,a.jpg,positive,female,"0.3,0.4 0.7,0.4 0.6,0.7",2
"""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with the files that the guide names: all of photo a.jpg, which has 160x128 pixels."""
    (tmp_path / "photos").mkdir()
    draw(1, (160, 128)).save(tmp_path / "photos/a.jpg")
    cvat = files.CVAT.replace('width="100" height="80"', 'width="160" height="128"')
    write_file(tmp_path, cvat, "annotations.xml")
    foreign = cvat.replace('tag label="positive"', 'tag label="Malar rash"').replace(
        "female<", "F<"
    )
    remark = '<attribute name="remarks">red</attribute>\n    </tag>'
    write_file(tmp_path, foreign.replace("</tag>", remark), "task2.xml")
    write_file(tmp_path, re.sub(r"<tag.*?</tag>", "", cvat, flags=re.DOTALL), "outlines.xml")
    write_file(tmp_path, "file,label,sex\na.jpg,positive,female\n", "ratings.csv")
    coco = copy.deepcopy(files.COCO)
    coco["images"][0] |= {"width": 160, "height": 128}
    write_file(tmp_path, coco, "instances_default.json")
    write_file(tmp_path, files.VIA, "via_project.json")
    write_file(tmp_path, files.VIA_CSV, "via_export.csv")
    labelme = {**files.LABELME, "imageWidth": 160, "imageHeight": 128}
    write_file(tmp_path, labelme, "labelme/a.json")
    write_file(tmp_path, REDCAP, "redcap_data.csv")
    return tmp_path


@pytest.fixture
def run(config: Config, work: Path) -> Callable[[str], Result]:
    def run(line: str) -> Result:
        program, *arguments = shlex.split(line, comments=True)
        assert (program, arguments.pop(0)) == ("flask", "curator")
        # Workers that earlier tests started are in other folders.
        arguments = [str(work / one) if (work / one).exists() else one for one in arguments]
        env = environment_of(config) | {"CURATOR_WORKERS": "1"}
        return CliRunner().invoke(curator, arguments, env=env, catch_exceptions=False)

    return run


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[-1])
def test_each_command_of_the_guide_rates_the_photo(
    block: str, run: Callable[[str], Result]
) -> None:
    assert run("flask curator import photos").exit_code == 0
    for line in block.splitlines():
        result = run(f"{line} --json")
        assert result.exit_code == 0, result.stderr
        told = json.loads(result.stdout)
        if "rate" in line:
            assert told["saved"] + told["unchanged"] == 1
            assert (told["bad"], told["photos_without_row"]) == ([], [])


def test_the_guide_tells_what_each_kind_holds() -> None:
    assert len(BLOCKS) == 9
    named = ("CVAT for images 1.1", "COCO", "VIA 1, 2 and 3", "labelme", "REDCap, raw or labels")
    for name in (*named, "table of ratings"):
        assert f"\n| {name} |" in GUIDE
