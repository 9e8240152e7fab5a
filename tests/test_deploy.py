"""The services that the guide installs: correct, hardened, and with settings that curator knows."""

import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest
from dotenv import dotenv_values

from curator.base.config import Config, from_environment

DEPLOY = Path(__file__).parents[1] / "docs/deploy"
OWN = ("Description=", "After=", "Type=", "ExecStart=", "Restart", "ReadWritePaths=", "WantedBy=")
MOST_EXPOSED = "15"  # tenths; systemd calls up to 2.0 OK, and a service without settings has 9.6


STARTS = {
    "malar.service": "ExecStart=/opt/malar/bin/flask curator serve\n",
    "malar-backup.service": "ExecStart=/opt/malar/bin/flask curator backup /var/backups/malar\n",
}


@pytest.fixture(params=STARTS)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit, with a program where it starts one."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    program = tmp_path / "bin/flask"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    written = (DEPLOY / request.param).read_text()
    assert STARTS[request.param] in written
    unit: Path = tmp_path / request.param
    unit.write_text(written.replace("/opt/malar", str(tmp_path)))
    return unit


def analyzed(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_systemd_takes_the_service_without_a_warning(unit: Path) -> None:
    done = analyzed("verify", unit)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_mistake_in_the_service_is_noticed(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHomes=yes"))
    assert "ProtectHomes" in analyzed("verify", unit).stderr


def test_the_service_has_few_rights(unit: Path) -> None:
    rated = "security", "--offline=yes", "--threshold", MOST_EXPOSED, unit
    assert analyzed(*rated).returncode == 0
    unit.write_text(unit.read_text().replace("SystemCallFilter", "#").replace("Protect", "#"))
    assert analyzed(*rated).returncode != 0


def test_the_settings_beside_nginx_are_curators() -> None:
    given = {name: text or "" for name, text in dotenv_values(DEPLOY / "malar.env").items()}
    known = {f"CURATOR_{field.name.upper()}" for field in fields(Config)}
    assert given.keys() <= known
    config = from_environment(given)
    assert (config.proxies, config.behind_https) == (1, True)
    unit = (DEPLOY / "malar.service").read_text()
    assert f"ReadWritePaths={config.instance.parent}\n" in unit
    assert f"WorkingDirectory={config.instance.parent}\n" in unit
    assert f"EnvironmentFile={config.instance.parent}/.env\n" in unit


@pytest.mark.parametrize("unit", ["malar-backup.service"], indirect=True)
def test_the_timer_starts_the_backup(unit: Path) -> None:
    timer = unit.with_suffix(".timer")
    timer.write_text((DEPLOY / timer.name).read_text())
    done = analyzed("verify", timer)
    assert (done.returncode, done.stderr) == (0, "")
    timer.write_text(timer.read_text().replace("02:30", "26:30"))
    assert "calendar" in analyzed("verify", timer).stderr.lower()  # versions word it differently


def test_both_services_have_the_same_rights() -> None:
    """The settings below the first one of security are those of the server."""
    serving, keeping = ((DEPLOY / name).read_text().splitlines() for name in STARTS)
    held = [line for line in serving if "=" in line and not line.startswith(("#", *OWN))]
    assert [line for line in held if line not in keeping] == []
