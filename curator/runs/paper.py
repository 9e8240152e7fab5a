"""The paper's reported figures, for comparison with our own.

Source: Souza, Mota de Oliveira, Casa, Ortoncelli, "Automatic Detection of Lupus Butterfly Malar
Rash Based on Transfer Learning": its 905 photos, and its Table I.
"""

from dataclasses import dataclass

POSITIVES = {"female": 678, "male": 227}


@dataclass(frozen=True)
class PaperRow:
    """A row of Table I, under the paper's own column names.

    The paper calls missed photos with the rash "false positives": by its own definitions its
    "precision" is recall and its "recall" is precision. Its F1 is truncated to two decimals.
    """

    title: str
    recall: float
    precision: float
    f1: float


# Keyed by the network names that runs use.
TABLE = {
    "resnet50": PaperRow("ResNet-50", 0.912, 0.909, 0.91),
    "inception_resnet_v2": PaperRow("Inception-ResNet V2", 0.826, 0.868, 0.84),
    "inception_v3": PaperRow("Inception V3", 0.839, 0.863, 0.85),
    "densenet121": PaperRow("DenseNet-121", 0.941, 0.957, 0.94),
    "xception": PaperRow("Xception", 0.826, 0.876, 0.85),
    "nasnet_large": PaperRow("NASNetLarge", 0.651, 0.717, 0.68),
    "vgg16": PaperRow("VGG16", 0.871, 0.891, 0.88),
    "mobilenet": PaperRow("MobileNet", 0.898, 0.893, 0.89),
}
