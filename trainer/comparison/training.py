"""Trains several networks on one export, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from trainer.archs import find_architecture
from trainer.config import RunConfig
from trainer.errors import ConfigInvalid, TrainerError, UnknownArchitecture
from trainer.exports.manifest import Export
from trainer.interruption import Terminated, end_cleanly, told_to_end
from trainer.leaks.search import Leak
from trainer.runs.folder import (
    describe_run,
    finished_run,
    unfinished_run,
)
from trainer.weights import describe_weights

LONGEST_END_S = 30.0  # to clear away what was begun
ASK_AGAIN_S = 10.0


@dataclass(frozen=True)
class Outcome:
    """The outcome for one network: the folder of its run, or the reason why it failed."""

    config: RunConfig
    run: Path | None
    reason: str | None = None
    was_there: bool = False


def train_networks(
    configs: Sequence[RunConfig], export: Export, leaks: Sequence[Leak] = ()
) -> Iterator[Outcome]:
    """Train one network after the other; finished runs are reused.

    A run with the same settings, export and weights is reused, or continued if it was
    interrupted. A network that fails does not stop the others.
    """
    for config in configs:
        try:
            yield _train_network(config, export, leaks)
        except TrainerError as error:
            yield Outcome(config, None, str(error))
        except BrokenProcessPool:
            yield Outcome(
                config,
                None,
                "its process was killed, most likely for lack of memory: "
                "close other programs and compare again",
            )
        except (OSError, ArithmeticError, MemoryError, RuntimeError, ValueError) as error:
            # TensorFlow raises RuntimeError for lack of memory, and ValueError for damaged files.
            first = (str(error).splitlines() or [""])[0][:200]
            yield Outcome(config, None, f"{type(error).__name__}: {first}")


def _train_network(config: RunConfig, export: Export, leaks: Sequence[Leak]) -> Outcome:
    described = describe_run(config, export, describe_weights(config.weights))
    there = finished_run(described)
    if there:
        return Outcome(config, there, was_there=True)
    target = unfinished_run(described)
    # A process of its own gives all memory back, and takes no other network along if it dies.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_end_with_parent) as pool:
        training = pool.submit(_train, config, export.path, target, leaks)
        try:
            return Outcome(config, training.result())
        except (KeyboardInterrupt, Terminated):
            _end_children()
            raise


def _end_children() -> None:
    """End the processes that train; a signal that reaches Python in a callback is lost, so ask again."""
    for child in multiprocessing.active_children():
        while child.is_alive():
            child.terminate()
            child.join(ASK_AGAIN_S)


def _train(
    config: RunConfig, export_path: Path, target: Path | None, leaks: Sequence[Leak]
) -> Path:
    from trainer.startup import start_tensorflow

    try:
        start_tensorflow()
        from trainer.exports.reader import read_export
        from trainer.run import train_run

        return train_run(config, read_export(export_path), target, True, leaks).path
    except (Exception, Terminated):
        if told_to_end():
            os._exit(1)  # the parent names the network whose process was ended
        raise


def _end_with_parent() -> None:
    """End this process when its parent ends, so that no orphan keeps training."""
    end_cleanly()
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LONGEST_END_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def assign_weights(sources: Sequence[str], archs: Sequence[str]) -> dict[str, str | None]:
    """Assign sources of weights to networks: `NETWORK=SOURCE` for one, `SOURCE` for all others.

    The value is None where no source was given.

    Raises:
        ConfigInvalid: a source is for a network that is not compared.
    """
    named: dict[str, str] = {}
    general = None
    for text in sources:
        name, _, source = text.partition("=")
        arch = _arch_named(name) if source else None
        if arch is None:
            general = text
        elif arch not in archs:
            raise ConfigInvalid(f"--weights {name}=...: {arch} is not among the networks", 2)
        else:
            named[arch] = source
    return {arch: named.get(arch, general) for arch in archs}


def _arch_named(name: str) -> str | None:
    """Return the architecture's name; None if the text is the start of a path that contains `=`."""
    try:
        return find_architecture(name.strip()).name
    except UnknownArchitecture:
        return None
