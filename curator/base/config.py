"""All defaults and limits of curator; each can be overridden by an environment variable."""

import os
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from curator.base.errors import SettingInvalid
from faces.formats import Limits

LEAST = {
    "max_decoding_s": 1,
    "api_per_minute": 1,
    "idle_minutes": 1,
    "session_hours": 1,
    "proxies": 0,
    "backup_days": 0,
}
HASH_BITS = 64  # in a perceptual hash
KEY_GUESSES_LOG10 = 30  # 100 bits: 32 random digits have them, no sentence and no example does
LOOKED_AT_CHARS = 72  # of a key; what zxcvbn takes
PLAIN_NAMES = ("DATABASE_URL", "SECRET_KEY", "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY")


@dataclass(frozen=True)
class Config:
    """The settings of one instance.

    `CURATOR_MAX_PIXELS` overrides the field `max_pixels`, and so on for every field; those in
    PLAIN_NAMES go by the names that hosting platforms and other tools use.
    """

    instance: Path = Path("instance")
    database_url: str = ""  # empty: SQLite in the instance
    secret_key: str = ""  # empty: derived from the instance's generated key
    host: str = "127.0.0.1"
    port: int = 5151
    threads: int = 8
    trusted_hosts: str = "localhost,127.0.0.1,[::1]"  # add names if a proxy serves the tool
    behind_https: bool = False
    proxies: int = 0  # in front of the server, whose headers are believed

    workers: int = 0  # 0: one process per core
    max_file_bytes: int = Limits.max_file_bytes
    max_pixels: int = Limits.max_pixels
    max_decoded_bytes: int = Limits.max_decoded_bytes
    min_side_px: int = Limits.min_side_px
    max_decoding_s: int = 30
    max_decoding_memory_bytes: int = 1_500_000_000
    thumbnail_px: int = 256
    display_px: int = 1600
    closeup_px: int = 4096  # fetched once a photo is zoomed
    redness_px: int = 1000
    import_batch: int = 32

    dedup_radius_bits: int = 8
    suggest: bool = True  # whether `serve` looks for faces in the background

    export_max_side_px: int = 512
    export_fill_grey: int = 128

    password_min_chars: int = 12
    session_hours: int = 12
    idle_minutes: int = 60
    api_per_minute: int = 600  # requests of one token

    backup_days: int = 7  # the last backup is called old after so many; 0: never

    label_studio_url: str = ""  # of a server that photos and ratings are exchanged with
    label_studio_api_key: str = ""  # a personal access token, or a legacy token

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.instance.resolve() / 'malar.sqlite'}"

    @property
    def worker_count(self) -> int:
        return self.workers or os.cpu_count() or 1


def from_environment(environ: dict[str, str] | None = None) -> Config:
    """Read the settings; `SettingInvalid` names the invalid variable."""
    env = dict(os.environ) if environ is None else environ
    given: dict[str, Any] = {}
    for field in fields(Config):
        name = f"CURATOR_{field.name.upper()}"
        if name in env:
            given[field.name] = _parse(name, env[name], type(field.default))
    given |= {key.lower(): env[key] for key in PLAIN_NAMES if env.get(key)}
    config = Config(**given)
    if not 0 <= config.dedup_radius_bits <= HASH_BITS:
        raise SettingInvalid(
            "CURATOR_DEDUP_RADIUS_BITS is %(given)s; it must be 0 to %(most)s.",
            given=config.dedup_radius_bits,
            most=HASH_BITS,
        )
    for name, least in LEAST.items():
        if getattr(config, name) < least:
            raise SettingInvalid(
                "%(name)s is %(given)s; it must be %(least)s or more.",
                name=f"CURATOR_{name.upper()}",
                given=getattr(config, name),
                least=least,
            )
    if config.secret_key:
        require_strong_key(config.secret_key)
    return config


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address; a name other than localhost counts as any."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def require_strong_key(key: str) -> None:
    """Raise SettingInvalid for a key that signs cookies and could be guessed."""
    from zxcvbn import zxcvbn  # reads 90,000 words; few set a key of their own

    if zxcvbn(key[:LOOKED_AT_CHARS])["guesses_log10"] < KEY_GUESSES_LOG10:
        raise SettingInvalid(
            "SECRET_KEY can be guessed, and who guesses it can sign in as anyone: leave it empty, or "
            "make one with `openssl rand -hex 32`."
        )


def _parse(name: str, text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() in ("1", "true", "yes", "0", "false", "no", ""):
            return text.lower() in ("1", "true", "yes")
        raise SettingInvalid("%(name)s is %(text)r; set it to 1 or 0.", name=name, text=text)
    try:
        return Path(text) if issubclass(kind, Path) else kind(text)
    except ValueError:
        raise SettingInvalid(
            "%(name)s is %(text)r; set it to a number.", name=name, text=text
        ) from None
