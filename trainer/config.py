"""The settings of a run: every default once, merged in one function, checked in one place."""

from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from trainer.archs import find_architecture
from trainer.errors import ConfigInvalid

Fit = Literal["pad", "stretch"]
Recipe = Literal["paper", "tuned", "auto"]
Schedule = Literal["constant", "cosine"]
Engine = Literal["tensorflow", "openvino"]


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides how a detector is trained; the reasons are in docs/decisions.md.

    `views` is how many augmented views of each training photo the frozen network sees;
    `resize` is how a region becomes a square: padded with its mean colour, or stretched;
    `hue` and `saturation` are the most that augmentation changes them, in shares of a turn and
    of their value; `patience` is how many epochs without a better one end a phase, 0 none;
    `seeds` is how many detectors are trained, from `seed` on; `folds` adds cross-validation.
    """

    arch: str
    recipe: Recipe = "paper"
    weights: str = "imagenet"
    img_size: int = 224
    resize: Fit = "pad"
    views: int = 3
    hue: float = 0.0
    saturation: float = 0.0
    epochs: int = 60
    batch_size: int = 32
    lr: float = 3e-4
    schedule: Schedule = "constant"
    label_smoothing: float = 0.0
    class_weights: bool = False
    patience: int = 0
    fine_tune_epochs: int = 0
    fine_tune_lr: float = 1e-4
    engine: Engine = "tensorflow"
    seed: int = 1
    seeds: int = 1
    folds: bool = False


# `tuned` was chosen on validation: docs/decisions.md#recipes.
TUNED: Mapping[str, Any] = {
    "schedule": "cosine",
    "label_smoothing": 0.05,
    "class_weights": True,
    "patience": 10,
    "fine_tune_epochs": 20,
}
# What a recipe changes of the defaults above. `paper` is the paper's frozen network and head;
# `auto` trains both, see `candidates`.
RECIPES: Mapping[str, Mapping[str, Any]] = {"paper": {}, "tuned": TUNED, "auto": TUNED}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "recipe": tuple(RECIPES),
    "resize": get_args(Fit),
    "schedule": get_args(Schedule),
    "engine": get_args(Engine),
}


# Least and most of each number; a typing error should not cost a night of training.
LIMITS: Mapping[str, tuple[float, float]] = {
    "img_size": (32, 1024),
    "views": (0, 64),
    "hue": (0.0, 0.5),
    "saturation": (0.0, 1.0),
    "epochs": (1, 10_000),
    "batch_size": (1, 4096),
    "lr": (1e-8, 10.0),
    "label_smoothing": (0.0, 0.5),
    "patience": (0, 10_000),
    "fine_tune_epochs": (0, 10_000),
    "fine_tune_lr": (1e-8, 10.0),
    "seed": (0, 2**31 - 100),
    "seeds": (1, 100),
}
KINDS: Mapping[str, Any] = {field.name: field.type for field in fields(RunConfig)}


def merge_config(flags: Mapping[str, Any], file: Path | None = None) -> RunConfig:
    """Merge the settings: defaults < recipe < architecture < YAML file < flags.

    Args:
        flags: what the command line gave; None means not given.
        file: the YAML file of --config.

    Raises:
        ConfigInvalid: an unknown name or an impossible value.
        UnknownArchitecture: no network has this name.
    """
    written = read_config_file(file) if file else {}
    given = written | {name: value for name, value in flags.items() if value is not None}
    if not given.get("arch"):
        raise ConfigInvalid("no architecture: give --arch, for instance --arch mobilenet", 2)
    arch = find_architecture(str(given["arch"]))
    recipe = RECIPES[_choice("recipe", given.get("recipe", RunConfig.recipe))]
    return check_config({**recipe, **arch.settings, **given, "arch": arch.name})


def candidates(config: RunConfig) -> tuple[RunConfig, ...]:
    """List the configurations to train, of which validation keeps one: two for `auto`, else one.

    What `tuned` changes of the defaults counts for that candidate alone, given or not; all other
    settings count for both.
    """
    if config.recipe != "auto":
        return (config,)
    untuned = {name: getattr(RunConfig, name) for name in TUNED}
    return (replace(config, recipe="paper", **untuned), replace(config, recipe="tuned"))


def diverged_recipes(config: RunConfig, tried: Container[str]) -> list[str]:
    """List the recipes that were to be compared but whose training diverged."""
    return [one.recipe for one in candidates(config) if one.recipe not in tried]


def read_config_file(file: Path) -> dict[str, Any]:
    """Read a YAML file of settings; names may be written with dashes, as the flags are."""
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"cannot read {file}") from error
    except yaml.YAMLError as error:
        raise ConfigInvalid(f"{file.name} is not YAML: {' '.join(str(error).split())}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigInvalid(f"{file.name} is not a list of settings such as  epochs: 20")
    return {_known_name(str(name), file.name): value for name, value in content.items()}


def check_config(settings: Mapping[str, Any]) -> RunConfig:
    """Build the configuration, refusing impossible values in one line."""
    values = {name: _checked(name, value) for name, value in settings.items()}
    config = RunConfig(**values)
    least = find_architecture(config.arch).minimum_size
    if config.img_size < least:
        raise ConfigInvalid(f"img_size {config.img_size} is too small: {config.arch} needs {least}")
    return config


def as_settings(config: RunConfig) -> dict[str, Any]:
    """List the settings as plain values, for config.json."""
    return asdict(config)


def kept_settings(config: RunConfig, recipe: str) -> dict[str, Any]:
    """List the settings of the candidate that was kept, for the report."""
    kept = next(one for one in candidates(config) if one.recipe == recipe)
    label = recipe if recipe == config.recipe else f"{recipe}, chosen by {config.recipe}"
    return as_settings(kept) | {"recipe": label}


def _known_name(name: str, source: str) -> str:
    plain = name.replace("-", "_")
    plain = "arch" if plain == "model" else plain
    if plain not in KINDS:
        raise ConfigInvalid(f"{source}: unknown setting '{name}'; known: {', '.join(KINDS)}")
    return plain


def _checked(name: str, value: object) -> Any:
    if name in CHOICES:
        return _choice(name, value)
    if KINDS[name] is bool:
        return _switch(name, value)
    return _number(name, value) if name in LIMITS else str(value)


def _choice(name: str, value: object) -> str:
    if value not in CHOICES[name]:
        raise ConfigInvalid(f"{name} '{value}' is not one of {', '.join(CHOICES[name])}")
    return str(value)


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigInvalid(f"{name} '{value}' is not true or false")
    return value


def _number(name: str, value: object) -> float:
    # YAML 1.1 reads 1e-3 as text, so numbers in text are accepted too.
    kind = KINDS[name]
    try:
        number: float = kind(str(value))
    except ValueError:
        words = "whole number" if kind is int else "number"
        raise ConfigInvalid(f"{name} '{value}' is not a {words}") from None
    least, most = LIMITS[name]
    if not least <= number <= most:
        raise ConfigInvalid(f"{name} {value} is not between {least:g} and {most:g}")
    return number
