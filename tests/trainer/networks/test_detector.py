"""One saved model takes raw pixels: preprocessing, frozen network and the paper's head inside."""

import dataclasses
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.conftest import awaken
from tests.trainer.each import each_architecture
from trainer.archs import ARCHS, Architecture, Preprocessing, find_architecture
from trainer.errors import RunBroken, WeightsUnavailable
from trainer.networks.detector import HEAD_UNITS, build_detector, load_detector, preprocessed
from trainer.networks.loading import build_network, load_network
from trainer.training.fit import unfreeze_last_blocks
from trainer.weights import describe_weights

pytestmark = pytest.mark.usefixtures("tensorflow")

MOBILENET = ARCHS["mobilenet"]
EFFICIENTNET = ARCHS["efficientnet_v2_b0"]


def some_pixels(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("kind", "module"), [("tf", "mobilenet"), ("caffe", "vgg16"), ("torch", "densenet")]
)
def test_preprocessing_inside_equals_keras_applications(kind: Preprocessing, module: str) -> None:
    import keras

    inputs = keras.Input((16, 16, 3), dtype="uint8")
    model = keras.Model(inputs, preprocessed(inputs, kind))
    pixels = some_pixels(8, 16)
    reference = getattr(keras.applications, module).preprocess_input(pixels.astype(np.float32))
    np.testing.assert_allclose(model.predict_on_batch(pixels), reference, atol=2e-5)


def test_each_network_of_the_paper_is_preprocessed_as_its_own_module_does() -> None:
    import keras

    modules = {
        "ResNet50": "resnet50",
        "InceptionResNetV2": "inception_resnet_v2",
        "InceptionV3": "inception_v3",
        "DenseNet121": "densenet",
        "Xception": "xception",
        "NASNetLarge": "nasnet",
        "VGG16": "vgg16",
        "MobileNet": "mobilenet",
    }
    pixels = some_pixels(2, 8)
    for name, module in modules.items():
        arch = find_architecture(name)
        inputs = keras.Input((8, 8, 3), dtype="uint8")
        model = keras.Model(inputs, preprocessed(inputs, arch.preprocessing))
        own = getattr(keras.applications, module).preprocess_input
        expected = own(pixels.astype(np.float32))
        np.testing.assert_allclose(model.predict_on_batch(pixels), expected, atol=2e-5)


@pytest.mark.slow
def test_efficientnet_sees_pixels_as_keras_own_model_with_its_layers_for_scaling(
    tmp_path: Path,
) -> None:
    """Keras' own takes raw pixels and scales them inside; ours loads its weights and scales before."""
    import keras

    own = keras.applications.EfficientNetV2B0(
        weights=None, include_top=False, input_shape=(64, 64, 3)
    )
    assert {"Rescaling", "Normalization"} <= {type(layer).__name__ for layer in own.layers}
    awaken(own)
    own.save_weights(tmp_path / "own.weights.h5")
    ours = build_detector(EFFICIENTNET, 64, str(tmp_path / "own.weights.h5"))
    pixels = some_pixels(3, 64)
    expected = own.predict_on_batch(pixels.astype(np.float32)).mean(axis=(1, 2))
    assert expected.std() > 0.01
    np.testing.assert_allclose(
        ours.extractor.predict_on_batch(pixels), expected, rtol=1e-3, atol=0.01
    )


@pytest.mark.parametrize("arch", [MOBILENET, EFFICIENTNET], ids=lambda arch: arch.name)
def test_imagenet_weights_come_from_the_file_that_keras_asks_for(
    arch: Architecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    asked: list[str] = []

    def refuse(name: str, origin: str, **_: object) -> str:
        asked.append(origin)
        raise OSError("no connection")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", refuse)
    with pytest.raises(WeightsUnavailable):
        load_network(arch, 224, "imagenet")
    with pytest.raises(OSError, match="no connection"):
        getattr(keras.applications, arch.keras_name)(include_top=False, input_shape=(224, 224, 3))
    ours, own = asked
    assert ours == own


def test_the_head_is_the_papers() -> None:
    detector = build_detector(MOBILENET, 32)
    dense = [layer for layer in detector.model.layers if type(layer).__name__ == "Dense"]
    assert [layer.units for layer in dense] == [*HEAD_UNITS, 2]
    assert [layer.activation.__name__ for layer in dense] == ["relu"] * 3 + ["softmax"]
    assert detector.model.layers[-5].name == "pooling"
    assert detector.network.count_params() == MOBILENET.parameters
    trainable = sum(int(np.prod(weight.shape)) for weight in detector.model.trainable_weights)
    assert trainable == 1025 * 1024 + 1025 * 1024 + 1025 * 512 + 513 * 2


def test_the_model_is_the_head_on_the_extractors_features() -> None:
    detector = build_detector(MOBILENET, 32)
    awaken(detector.network)
    pixels = some_pixels(5, 32)
    whole = detector.model.predict_on_batch(pixels)
    parts = detector.head.predict_on_batch(detector.extractor.predict_on_batch(pixels))
    np.testing.assert_allclose(whole, parts, atol=1e-6)
    np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-6)


def test_training_the_head_leaves_the_frozen_network_byte_for_byte() -> None:
    import keras

    detector = build_detector(MOBILENET, 32)
    awaken(detector.network)
    before = [weight.copy() for weight in detector.network.get_weights()]
    head_before = detector.head.get_weights()[-1].copy()
    detector.model.compile(keras.optimizers.Adam(0.01), loss="categorical_crossentropy")
    targets = np.eye(2, dtype=np.float32)[[0, 1, 1, 1]]
    detector.model.train_on_batch(some_pixels(4, 32), targets)
    after = detector.network.get_weights()
    assert all((old == new).all() for old, new in zip(before, after, strict=True))
    assert (detector.head.get_weights()[-1] != head_before).any()


def test_only_the_last_blocks_are_unfrozen_and_no_batch_normalisation() -> None:
    detector = build_detector(MOBILENET, 32)
    unfreeze_last_blocks(detector.network, MOBILENET.frozen_through)
    trainable = [layer.name for layer in detector.network.layers if layer.trainable]
    assert "conv_pw_13" in trainable
    assert "conv_pw_11" not in trainable
    assert not [name for name in trainable if name.endswith("bn")]


def test_a_saved_model_is_whole_for_anyone_with_keras(tmp_path: Path) -> None:
    import keras

    detector = build_detector(ARCHS["vgg16"], 32)
    detector.model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    pixels = some_pixels(3, 32)
    expected = detector.model.predict_on_batch(pixels)
    assert (loaded.predict_on_batch(pixels) == expected).all()


def test_a_saved_models_code_is_never_run_only_its_numbers_are_read(tmp_path: Path) -> None:
    detector = build_detector(MOBILENET, 32)
    awaken(detector.network)
    file, bare = tmp_path / "model.keras", tmp_path / "bare.keras"
    detector.model.save(file)
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(bare, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, b"{not even JSON" if name == "config.json" else content)
    pixels = some_pixels(3, 32)
    loaded = load_detector(MOBILENET, 32, bare)
    expected = detector.model.predict_on_batch(pixels)
    assert (loaded.model.predict_on_batch(pixels) == expected).all()


def test_a_model_of_another_architecture_is_refused(tmp_path: Path) -> None:
    build_detector(MOBILENET, 32).model.save(tmp_path / "model.keras")
    with pytest.raises(RunBroken, match="does not contain a vgg16 detector"):
        load_detector(ARCHS["vgg16"], 32, tmp_path / "model.keras")
    (tmp_path / "model.keras").write_bytes(b"nothing")
    with pytest.raises(RunBroken, match="does not contain a mobilenet detector"):
        load_detector(MOBILENET, 32, tmp_path / "model.keras")


def test_weights_come_from_a_file_and_are_recorded_by_their_hash(tmp_path: Path) -> None:
    network = build_network(MOBILENET, 32)
    network.save_weights(tmp_path / "own.weights.h5")
    file = str(tmp_path / "own.weights.h5")
    loaded = load_network(MOBILENET, 64, file)
    for one, other in zip(network.get_weights(), loaded.get_weights(), strict=True):
        assert (one == other).all()
    source = describe_weights(file)
    assert (source.kind, source.file) == ("file", "own.weights.h5")
    assert len(source.sha256 or "") == 64


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layer", ["conv1", "conv_pw_13_bn"])
def test_weights_that_are_not_finite_are_refused(number: float, layer: str, tmp_path: Path) -> None:
    network = build_network(MOBILENET, 32)
    variable = network.get_layer(layer).variables[-1]
    values = variable.numpy()
    values.flat[-1] = number
    variable.assign(values)
    file = tmp_path / "own.weights.h5"
    network.save_weights(file)
    with pytest.raises(WeightsUnavailable, match=r"own\.weights\.h5 is damaged: .* not finite"):
        load_network(MOBILENET, 32, str(file))


def test_a_detector_whose_numbers_are_not_finite_is_refused(tmp_path: Path) -> None:
    detector = build_detector(MOBILENET, 32)
    detector.head.layers[0].bias.assign(np.full(detector.head.layers[0].bias.shape, np.nan))
    detector.save(tmp_path / "model.keras")
    with pytest.raises(RunBroken, match=r"model\.keras is damaged"):
        load_detector(MOBILENET, 32, tmp_path / "model.keras")


def test_weights_that_do_not_fit_are_refused_in_one_line(tmp_path: Path) -> None:
    build_network(MOBILENET, 32).save_weights(tmp_path / "mobilenet.weights.h5")
    (tmp_path / "text.weights.h5").write_text("no weights at all")
    for name in ("mobilenet.weights.h5", "text.weights.h5"):
        with pytest.raises(WeightsUnavailable) as caught:
            load_network(ARCHS["vgg16"], 32, str(tmp_path / name))
        assert f"{name} does not contain weights of vgg16" in str(caught.value)
    with pytest.raises(WeightsUnavailable, match="no weights file at"):
        describe_weights(str(tmp_path / "none.h5"))


def test_a_failed_download_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Exception("URL fetch failure on https://host/file.h5: None -- [Errno -3] no name")

    monkeypatch.setattr("keras.applications.MobileNet", fail)
    with pytest.raises(WeightsUnavailable) as caught:
        load_network(MOBILENET, 32, "imagenet")
    text = str(caught.value)
    assert "\n" not in text
    assert "--weights PATH" in text
    assert "--weights none" in text


@pytest.mark.slow
@each_architecture
def test_every_architecture_trains_a_step_and_comes_back_the_same(
    arch: Architecture, tmp_path: Path
) -> None:
    import keras

    keras.backend.clear_session()
    size = arch.minimum_size
    detector = build_detector(arch, size)
    assert detector.network.count_params() == arch.parameters
    frozen = [weight.copy() for weight in detector.network.get_weights()]
    detector.model.compile(keras.optimizers.SGD(0.01), loss="categorical_crossentropy")
    pixels, targets = some_pixels(2, size), np.eye(2, dtype=np.float32)[[1, 1]]
    head_before = [weight.copy() for weight in detector.head.get_weights()]
    detector.model.train_on_batch(pixels, targets)
    after = detector.network.get_weights()
    assert all((old == new).all() for old, new in zip(frozen, after, strict=True))
    assert (detector.head.get_weights()[-1] != head_before[-1]).any()
    detector.model.save(tmp_path / "model.keras")
    expected = detector.model.predict_on_batch(pixels)
    loaded = load_detector(arch, size, tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.model.predict_on_batch(pixels), expected, atol=1e-6)
    unfreeze_last_blocks(loaded.network, arch.frozen_through)
    assert any(layer.trainable and layer.weights for layer in loaded.network.layers)


def test_rows_of_the_table_are_plain_frozen_data() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        MOBILENET.name = "other"  # type: ignore[misc]
    assert MOBILENET.size_mb == pytest.approx(12.9, abs=0.1)
