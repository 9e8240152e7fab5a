"""Scores new photos with a finished run."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from trainer.archs import find_architecture
from trainer.exports.manifest import CLASSES
from trainer.images.photos import Outline
from trainer.images.squares import squared
from trainer.networks.detector import load_detector
from trainer.networks.inference import positive_scores
from trainer.prediction.face_crops import cut_photo, start_face_search
from trainer.prediction.records import PhotoPrediction
from trainer.progress import working
from trainer.runs.folder import StoredRun

BATCH = 16  # photos in memory at once; more would only make a progress bar jump


def predict_photos(
    run: StoredRun, photos: Sequence[Path], outlines: Sequence[Outline | None]
) -> Iterator[PhotoPrediction]:
    """Score photos, in order; a region is suggested where no outline is given.

    Raises:
        FaceSearchMissing: a region is to be suggested, and mtcnn is not installed.
        RunBroken: the run's model is not what its settings say.
    """
    settings = run.config
    with working("loading the detector"):
        if None in outlines:
            start_face_search()
        arch = find_architecture(settings.arch)
        detector = load_detector(arch, settings.img_size, run.model_file)
    pairs = list(zip(photos, outlines, strict=True))
    for start in range(0, len(pairs), BATCH):
        crops = [cut_photo(*each, run.crop) for each in pairs[start : start + BATCH]]
        squares = [_square(run, cut.pixels) for cut in crops if cut.pixels is not None]
        scores = iter(positive_scores(detector.model, np.stack(squares)) if squares else ())
        for cut in crops:
            yield (
                cut.prediction if cut.pixels is None else _scored(run, cut.prediction, next(scores))
            )


def _square(run: StoredRun, pixels: np.ndarray) -> np.ndarray:
    settings = run.config
    square: np.ndarray = squared(
        pixels, settings.img_size, settings.resize, run.crop.fill_rgb
    ).numpy()
    return square


def _scored(run: StoredRun, prediction: PhotoPrediction, score: float) -> PhotoPrediction:
    label = CLASSES[int(score >= run.threshold)]
    return replace(prediction, score=float(score), label=label)
