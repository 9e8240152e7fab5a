"""All networks as cases of a test; the two that take minutes of a core are left to `make test-whole`."""

import pytest

from trainer.archs import ARCHS

LONG = {"nasnet_large", "inception_resnet_v2"}

each_architecture = pytest.mark.parametrize(
    "arch",
    [
        pytest.param(arch, id=arch.name, marks=[pytest.mark.long] if arch.name in LONG else [])
        for arch in ARCHS.values()
    ],
)
