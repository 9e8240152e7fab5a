"""Recognises by its content a file that was given as weights and holds none."""

import zipfile
from pathlib import Path

HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = b"PK\x03\x04"
# Where the length of a whole HDF5 file stands, by the version of its first block.
END_OF_HDF5 = {0: 40, 1: 44, 2: 28, 3: 28}
HDF5_ENDINGS = (".h5", ".hdf5")
PYTORCH = "is a file of PyTorch, whose weights do not fit: take those that Keras publishes"
AGAIN = "download or copy it again"
STARTS = (
    (b"version https://git-lfs", "is a Git LFS pointer and not the file: run  git lfs pull"),
    (b"<", f"is a web page or XML, as a wrong link or a sign-in page gives: {AGAIN}"),
    (b"{", f"is JSON text, as a server answers when it has no such file: {AGAIN}"),
    (b"\x80", PYTORCH),  # a pickle
    (b"\x1f\x8b", "is compressed: unpack it"),
    (b"Rar!", "is compressed: unpack it"),
    (b"7z\xbc\xaf", "is compressed: unpack it"),
)


def problem_of_weights(file: Path) -> str | None:
    """Say what a file is that cannot hold weights of Keras, and what to do; None if it may hold them."""
    if file.is_dir():
        return "is a folder: name the .h5 file in it"
    with file.open("rb") as handle:
        start = handle.read(1024)
    if not start.strip(b"\0"):
        return f"{'holds zeros only' if start else 'is empty'}: {AGAIN}"
    if start.startswith(HDF5):
        return _problem_of_hdf5(file, start)
    if start.startswith(ZIP):
        return _problem_of_zip(file)
    if start[8:10] == b'{"':
        return "is a safetensors file: take the weights that Keras publishes"
    return next((told for sign, told in STARTS if start.lstrip().startswith(sign)), None)


def _problem_of_hdf5(file: Path, start: bytes) -> str | None:
    there, at = file.stat().st_size, END_OF_HDF5.get(start[8] if len(start) > 8 else -1)
    whole = int.from_bytes(start[at : at + 8], "little") if at else 0
    if there < max(whole, 96):
        of = f" of {whole:,}" if whole else ""
        return f"is cut short, {there:,}{of} bytes are there: {AGAIN}"
    if file.suffix.lower() not in HDF5_ENDINGS:
        return "is an HDF5 file: rename it so that its name ends in .h5"
    return None


def _problem_of_zip(file: Path) -> str | None:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return f"is cut short or damaged: {AGAIN}"
    if "model.weights.h5" in names:
        named = file.suffix.lower() == ".keras"
        return None if named else "is a .keras file: rename it so that its name ends in .keras"
    if any(name.endswith("data.pkl") for name in names):
        return PYTORCH
    return "is a zip archive: unpack it, and name the .h5 file in it"
