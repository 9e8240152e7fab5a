"""What holds for all tests: no test measures time, so that a busy machine fails none."""

from hypothesis import settings

settings.register_profile("malar", deadline=None)
settings.load_profile("malar")
