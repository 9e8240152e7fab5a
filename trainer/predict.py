"""Asks a finished run about new photos."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer.archs import find_architecture
from trainer.errors import PhotoUnreadable, RegionInvalid
from trainer.evaluate import positive_scores
from trainer.model import Detector, load_detector
from trainer.photos import Region, cut_region, open_photo
from trainer.rundir import StoredRun


@dataclass(frozen=True)
class PhotoScore:
    """The answer for one photo: a score, or the reason why there is none."""

    photo: Path
    threshold: float
    score: float | None
    problem: str | None = None

    @property
    def label(self) -> str | None:
        """Name the class that the detector calls."""
        if self.score is None:
            return None
        return "positive" if self.score >= self.threshold else "negative"


def predict_photos(
    run: StoredRun, photos: Sequence[Path], regions: Sequence[Region | None]
) -> Iterator[PhotoScore]:
    """Score photos one after the other, each with its region; unreadable ones are told."""
    settings = run.config
    detector = load_detector(find_architecture(settings.arch), settings.img_size, run.model_file)
    for photo, region in zip(photos, regions, strict=True):
        yield _predict_photo(run, detector, photo, region)


def _predict_photo(
    run: StoredRun, detector: Detector, photo: Path, region: Region | None
) -> PhotoScore:
    try:
        pixels = cut_region(open_photo(photo), region, run.crop)
    except PhotoUnreadable as error:
        return PhotoScore(photo, run.threshold, None, str(error))
    except RegionInvalid as error:
        return PhotoScore(photo, run.threshold, None, f"{photo}: {error}")
    return PhotoScore(photo, run.threshold, score_pixels(run, detector, pixels))


def score_pixels(run: StoredRun, detector: Detector, pixels: np.ndarray) -> float:
    """Compute P(positive) of one cut region."""
    from trainer.data import squared

    square = squared(pixels, run.config.img_size, run.config.resize, run.crop.fill_rgb)
    return float(positive_scores(detector.model, square.numpy()[np.newaxis])[0])
