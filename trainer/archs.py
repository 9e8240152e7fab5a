"""The networks as plain data: a row here is all that a network needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from trainer.errors import UnknownArchitecture

Preprocessing = Literal["tf", "caffe", "torch"]


@dataclass(frozen=True)
class PaperRow:
    """One row of the paper's Table I, under the paper's own column names."""

    recall: float
    precision: float
    f1: float


@dataclass(frozen=True)
class Architecture:
    """What sets one network apart from the others.

    `keras_name` is its name in keras.applications and in reports; `parameters` counts the network
    without its classifier; `frozen_through` names the last layer that fine-tuning leaves frozen;
    `paper` is None for a network that is not in the paper; `settings` override the defaults of
    RunConfig; `options` go to the function of keras.applications.
    """

    name: str
    keras_name: str
    native_size: int
    minimum_size: int
    preprocessing: Preprocessing
    parameters: int
    frozen_through: str
    paper: PaperRow | None = None
    settings: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size_mb(self) -> float:
        """Megabytes of the network's weights, four bytes each."""
        return self.parameters * 4 / 1e6


_ROWS = (
    Architecture(
        name="resnet50",
        keras_name="ResNet50",
        native_size=224,
        minimum_size=32,
        preprocessing="caffe",
        parameters=23_587_712,
        frozen_through="conv4_block6_out",
        paper=PaperRow(recall=0.912, precision=0.909, f1=0.91),
    ),
    Architecture(
        name="inception_resnet_v2",
        keras_name="InceptionResNetV2",
        native_size=299,
        minimum_size=75,
        preprocessing="tf",
        parameters=54_336_736,
        frozen_through="mixed_7a",
        paper=PaperRow(recall=0.826, precision=0.868, f1=0.84),
    ),
    Architecture(
        name="inception_v3",
        keras_name="InceptionV3",
        native_size=299,
        minimum_size=75,
        preprocessing="tf",
        parameters=21_802_784,
        frozen_through="mixed8",
        paper=PaperRow(recall=0.839, precision=0.863, f1=0.85),
    ),
    Architecture(
        name="densenet121",
        keras_name="DenseNet121",
        native_size=224,
        minimum_size=32,
        preprocessing="torch",
        parameters=7_037_504,
        frozen_through="pool4_pool",
        paper=PaperRow(recall=0.941, precision=0.957, f1=0.94),
    ),
    Architecture(
        name="xception",
        keras_name="Xception",
        native_size=299,
        minimum_size=71,
        preprocessing="tf",
        parameters=20_861_480,
        frozen_through="block13_pool",
        paper=PaperRow(recall=0.826, precision=0.876, f1=0.85),
    ),
    Architecture(
        name="nasnet_large",
        keras_name="NASNetLarge",
        native_size=331,
        minimum_size=32,
        preprocessing="tf",
        parameters=84_916_818,
        frozen_through="normal_concat_16",
        paper=PaperRow(recall=0.651, precision=0.717, f1=0.68),
    ),
    Architecture(
        name="vgg16",
        keras_name="VGG16",
        native_size=224,
        minimum_size=32,
        preprocessing="caffe",
        parameters=14_714_688,
        frozen_through="block4_pool",
        paper=PaperRow(recall=0.871, precision=0.891, f1=0.88),
    ),
    Architecture(
        name="mobilenet",
        keras_name="MobileNet",
        native_size=224,
        minimum_size=32,
        preprocessing="tf",
        parameters=3_228_864,
        frozen_through="conv_pw_11_relu",
        paper=PaperRow(recall=0.898, precision=0.893, f1=0.89),
    ),
    Architecture(
        name="efficientnet_v2_b0",
        keras_name="EfficientNetV2B0",
        native_size=224,
        minimum_size=32,
        preprocessing="torch",
        parameters=5_919_312,
        frozen_through="block5e_add",
        # Keras finds the weights' file by this name: docs/decisions.md#efficientnet.
        options={"name": "efficientnetv2-b0", "include_preprocessing": False},
    ),
)

ARCHS: Mapping[str, Architecture] = {row.name: row for row in _ROWS}


def paper_archs() -> list[str]:
    """Name the networks of the paper, in the order of its Table I."""
    return [row.name for row in ARCHS.values() if row.paper]


def find_architecture(name: str) -> Architecture:
    """Look up an architecture; case, dashes and underscores do not matter.

    Raises:
        UnknownArchitecture: no network has this name.
    """
    wanted = _bare(name)
    for row in ARCHS.values():
        if wanted in (_bare(row.name), _bare(row.keras_name)):
            return row
    raise UnknownArchitecture(f"unknown architecture '{name}': choose one of {', '.join(ARCHS)}")


def _bare(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
