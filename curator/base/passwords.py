"""Passwords: which are refused, how they are hashed, and that checking one tells nothing of its account."""

from base64 import b64encode
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from werkzeug.security import check_password_hash

from curator.base.errors import InputInvalid

# The second recommended choice of RFC 9106, section 4: Argon2id, 64 MiB, 3 passes, 4 lanes.
HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
OLD_STAND_IN = (
    f"scrypt:32768:8:1${'n' * 16}${'0' * 128}"  # what earlier versions made, of no password
)
MOST_CHARS = 1024  # a longer one would only keep the server busy
LEAST_GUESSES_LOG10 = 8  # zxcvbn's score 3, "safely unguessable" even to who has a slow hash
LOOKED_AT_CHARS = 72  # of a password; what zxcvbn takes
LEAST_OF_A_WORD, LEAST_LETTERS_MORE = 3, 5
# What people here would take and zxcvbn's English lists lack.
GUESSED = (
    *("malar", "curator", "lupus", "butterfly", "rash", "dermatology", "study", "annotator"),
    *("borboleta", "dermatologia", "estudo", "hospital", "senha", "minhasenha", "brasil"),
    *("flamengo", "corinthians", "palmeiras", "mudar", "administrador", "admin", "trocar"),
)


def is_current(password_hash: str) -> bool:
    """Tell whether a hash is of the kind and with the parameters that new ones have."""
    return _is_argon2(password_hash) and not HASHER.check_needs_rehash(password_hash)


def hash_password(password: str) -> str:
    """Hash a password; slow, so never inside a write transaction."""
    return HASHER.hash(password)


def fits(password_hash: str | None, password: str, *, are_old_ones_left: bool) -> bool:
    """Tell whether a password is the hash's, in a time that tells neither whether there is one nor its kind.

    Args:
        password_hash: the account's, or None where there is no such account.
        are_old_ones_left: whether any account still has a hash of an earlier version; one of both
            kinds is then checked for everybody.
    """
    # A stand-in where the account has no hash of a kind: all sign-ins compute the same.
    is_new = password_hash is not None and _is_argon2(password_hash)
    is_old = password_hash is not None and not is_new
    fits_new = _fits_argon2(password_hash if is_new and password_hash else _stand_in(), password)
    fits_old = False
    if are_old_ones_left or is_old:
        old = password_hash if is_old and password_hash else OLD_STAND_IN
        fits_old = check_password_hash(old, password)
    return (is_new and fits_new) or (is_old and fits_old)


def require_good_password(password: str, *, min_chars: int, guessed: Iterable[str]) -> None:
    """Raise InputInvalid for a password that is short, or among the first that anyone would guess.

    Args:
        guessed: words that a guesser would try for this account: its name, the study's name.
    """
    if len(password) < min_chars:
        raise InputInvalid(
            "The password is too short: use at least %(least)s characters.", least=min_chars
        )
    if len(password) > MOST_CHARS:
        raise InputInvalid(
            "The password is too long: use at most %(most)s characters.", most=MOST_CHARS
        )
    words = [word.casefold() for word in (*GUESSED, *guessed) if len(word) >= LEAST_OF_A_WORD]
    if _says_little_more(password, words) or _guesses_log10(password, words) < LEAST_GUESSES_LOG10:
        raise InputInvalid(
            "The password is easy to guess: use several words that do not belong together, without "
            "common passwords, names, rows of keys or repetitions."
        )


def _says_little_more(password: str, words: list[str]) -> bool:
    """Tell whether a password is hardly more than these words, whatever separates or numbers them."""
    rest = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) < len(password) and sum(map(str.isalpha, rest)) < LEAST_LETTERS_MORE


def _guesses_log10(password: str, words: list[str]) -> float:
    from zxcvbn import zxcvbn  # reads 90,000 words

    # zxcvbn refuses longer ones; what follows could only make it harder to guess.
    return float(zxcvbn(password[:LOOKED_AT_CHARS], user_inputs=words)["guesses_log10"])


def _stand_in() -> str:
    """Return a hash that no password fits and that takes as long to check as a new one."""
    salt, digest = (b64encode(bytes(size)).decode().rstrip("=") for size in (16, 32))
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


def _is_argon2(password_hash: str) -> bool:
    return password_hash.startswith("$argon2")


def _fits_argon2(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
