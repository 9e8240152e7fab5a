"""Where the region of a rating is from."""

from curator.base.messages import translatable

ACCEPTED = "accepted"
EDITED = "edited"
DRAWN = "drawn"
COPIED = "copied"
IMPORTED = "imported"
UNKNOWN = ""  # rated before it was recorded, or without a region

NAMES = {
    ACCEPTED: translatable("accepted as suggested"),
    EDITED: translatable("changed from the suggestion"),
    DRAWN: translatable("drawn by hand"),
    COPIED: translatable("copied from another rating"),
    IMPORTED: translatable("imported from a file"),
    UNKNOWN: translatable("not recorded"),
}
ORIGINS = tuple(NAMES)
