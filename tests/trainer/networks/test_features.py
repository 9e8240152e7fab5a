"""What the frozen network sees is computed once, kept by content, and equal however it was come by."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.conftest import TINY, awaken
from trainer.archs import ARCHS
from trainer.exports.manifest import Example, Export
from trainer.images.augmentation import photo_views
from trainer.networks.detector import Detector, build_detector
from trainer.networks.engines import HALF_PRECISION_ERROR, Engine, load_engine
from trainer.networks.features import FeatureCache, compute_features, find_cache, gather

pytestmark = pytest.mark.usefixtures("tensorflow")


PROBE = np.random.default_rng(1).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def detector(tensorflow: None) -> Detector:
    built = build_detector(ARCHS["mobilenet"], 32)
    awaken(built.network)
    return built


@pytest.fixture(scope="module")
def engine(detector: Detector) -> Engine:
    return load_engine("tensorflow", detector, PROBE)


@pytest.fixture
def cache(detector: Detector, engine: Engine, export: Export, tmp_path: Path) -> FeatureCache:
    return find_cache(tmp_path, detector, engine, TINY, export.crop)


class Counted:
    """Counts the images that an engine is shown, and breaks off after the most."""

    def __init__(self, engine: Engine, most: int = 10**9) -> None:
        self.images = 0

        def extract(pixels: np.ndarray) -> np.ndarray:
            self.images += len(pixels)
            if self.images > most:
                raise KeyboardInterrupt
            return engine.extract(pixels)

        self.engine = Engine(engine.name, extract)


def wanted(export: Export, views: int) -> dict[Example, int]:
    return dict.fromkeys(export.examples, views)


def test_features_are_those_of_the_extractor(
    detector: Detector, engine: Engine, export: Export, cache: FeatureCache
) -> None:
    seen = compute_features(engine, cache, wanted(export, 2), TINY, export.crop)
    views = photo_views(export.examples, TINY, export.crop.fill_rgb, range(3))
    direct = detector.extractor.predict_on_batch(np.stack(list(views.as_numpy_iterator())))
    features = gather(seen, export.examples, 2)
    np.testing.assert_allclose(features.views.reshape(direct.shape), direct, rtol=1e-4, atol=1e-5)
    assert features.labels.tolist() == [int(x.is_positive) for x in export.examples]
    np.testing.assert_array_equal(gather(seen, export.examples, 0).clean, features.clean)


def test_nothing_is_computed_twice(engine: Engine, export: Export, cache: FeatureCache) -> None:
    counted = Counted(engine)
    photos = len(export.examples)
    for views, shown in ((0, photos), (2, 2 * photos), (1, 0), (2, 0)):
        before = counted.images
        seen = compute_features(counted.engine, cache, wanted(export, views), TINY, export.crop)
        assert counted.images - before == shown
        assert {found.shape for found in seen.values()} == {(1 + views, 1024)}


def test_what_was_seen_before_a_crash_is_kept(
    detector: Detector, engine: Engine, export: Export, cache: FeatureCache
) -> None:
    with pytest.raises(KeyboardInterrupt):
        compute_features(Counted(engine, 40).engine, cache, wanted(export, 2), TINY, export.crop)
    rest = Counted(engine)
    seen = compute_features(rest.engine, cache, wanted(export, 2), TINY, export.crop)
    assert rest.images == 3 * len(export.examples) - 30  # of 32 images, ten whole photos
    fresh = replace(cache, folder=cache.folder / "fresh")
    again = compute_features(engine, fresh, wanted(export, 2), TINY, export.crop)
    for name, found in again.items():
        np.testing.assert_allclose(seen[name], found, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("content", [b"", b"nothing", np.zeros((3, 7), np.float32)])
def test_a_damaged_file_is_computed_again(
    detector: Detector,
    engine: Engine,
    export: Export,
    cache: FeatureCache,
    content: bytes | np.ndarray,
) -> None:
    counted = Counted(engine)
    photo = {export.examples[0]: 0}
    first = compute_features(counted.engine, cache, photo, TINY, export.crop)
    [file] = cache.folder.rglob("*.npy")
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        np.save(file, content)
    again = compute_features(counted.engine, cache, photo, TINY, export.crop)
    assert counted.images == 2
    assert (again[export.examples[0].id] == first[export.examples[0].id]).all()


def test_another_way_of_seeing_has_a_cache_of_its_own(
    detector: Detector, engine: Engine, export: Export, tmp_path: Path
) -> None:
    folders = [
        find_cache(tmp_path, detector, engine, config, export.crop).folder
        for config in (
            TINY,
            replace(TINY, seed=9, epochs=2, views=7, lr=0.1),
            replace(TINY, resize="stretch"),
            replace(TINY, img_size=64),
            replace(TINY, hue=0.1),
        )
    ]
    assert folders[0] == folders[1]
    assert len(set(folders)) == 4
    other = build_detector(ARCHS["mobilenet"], 32)
    halved = Engine("openvino-bf16", engine.extract)
    for network, run_by in ((other, engine), (detector, halved)):
        found = find_cache(tmp_path, network, run_by, TINY, export.crop).folder
        assert found not in folders


def test_a_head_on_features_learns_what_it_learns_through_the_network(
    detector: Detector, engine: Engine, export: Export, cache: FeatureCache
) -> None:
    """One step of gradient descent on the same views gives the same head, either way."""
    import keras

    train = export.of_split("train")[:8]
    seen = compute_features(engine, cache, dict.fromkeys(train, 1), TINY, export.crop)
    views = photo_views(train, TINY, export.crop.fill_rgb, [1])
    pixels = np.stack(list(views.as_numpy_iterator()))
    features = gather(seen, train, 1)
    targets = np.eye(2, dtype=np.float32)[features.labels]
    kernels = []
    for model, inputs in ((detector.head, features.views[:, 1]), (detector.model, pixels)):
        detector.start_head(3)
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss="categorical_crossentropy")
        for _ in range(3):
            model.train_on_batch(inputs, targets)
        kernels.append([weight.copy() for weight in detector.head.get_weights()])
    for through_features, through_network in zip(*kernels, strict=True):
        np.testing.assert_allclose(through_features, through_network, rtol=1e-3, atol=1e-5)


def test_features_of_a_graphics_processor_are_kept_apart(
    detector: Detector, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensorflow.config.list_logical_devices", lambda kind: [kind])
    assert engine.name == "tensorflow"
    assert load_engine("tensorflow", detector, PROBE).name == "tensorflow-gpu"


def test_openvino_sees_what_tensorflow_sees(detector: Detector, engine: Engine) -> None:
    pytest.importorskip("openvino", reason="the extra openvino is not installed")
    other = load_engine("openvino", detector, PROBE)
    plain, found = engine.extract(PROBE), other.extract(PROBE)
    assert other.name in ("openvino-bf16", "openvino-f32")
    assert found.dtype == plain.dtype
    assert np.linalg.norm(found - plain) <= HALF_PRECISION_ERROR * np.linalg.norm(plain)
