"""The table of requirements: one row each, the only place to change."""

from curator.validation import (
    access,
    blindness,
    forgetting,
    installation,
    loss,
    recomputing,
    splitting,
    trail,
)
from curator.validation.results import Requirement

AREAS = {
    "1": "Access",
    "2": "Audit trail",
    "3": "No loss",
    "4": "Erasure",
    "5": "Blind rating",
    "6": "Leak-free export",
    "7": "Scores that recompute",
    "8": "This installation, only read",
}


def _row(number: str, says: str, tested: str, check: object) -> Requirement:
    return Requirement(f"R-{number}", AREAS[number[0]], says, tested, check)  # type: ignore[arg-type]


REQUIREMENTS: tuple[Requirement, ...] = (
    _row(
        "1.1",
        "Who is not signed in sees nothing of the study.",
        "Every route of pages and API asked by HTTP without a sign-in.",
        access.visitors_see_nothing,
    ),
    _row(
        "1.2",
        "Each role opens no more than the table of roles gives it.",
        "Every route that a role may not use asked by HTTP, by an annotator, an adjudicator and a viewer.",
        access.roles_open_only_their_own,
    ),
    _row(
        "1.3",
        "Administration is open to administrators alone.",
        "Every route of accounts, settings, consent, freezes, erasure, changes and Label Studio asked by HTTP by each "
        "role, whatever the table of roles says.",
        access.administration_is_closed,
    ),
    _row(
        "1.4",
        "A password cannot be guessed by trying.",
        "Wrong passwords of one account sent one after another, then the right one.",
        access.guesses_are_stopped,
    ),
    _row(
        "1.5",
        "A sign-in that nobody uses ends.",
        "The last use of a sign-in set back by CURATOR_IDLE_MINUTES, then a page asked.",
        access.idle_sessions_end,
    ),
    _row(
        "1.6",
        "Who is disabled is out at once.",
        "An account disabled while its browser and its token are in use.",
        access.disabled_accounts_are_out,
    ),
    _row(
        "1.7",
        "A rater bound to a site sees nothing of another.",
        "Every route that the role may use asked for a photo of another site.",
        access.sites_are_kept_apart,
    ),
    _row(
        "1.8",
        "Cookies cannot be read by scripts, sent by other sites or, as set, by plain HTTP.",
        "The cookie of a sign-in, as these settings make it.",
        access.cookies_have_their_flags,
    ),
    _row(
        "1.9",
        "No password or token is stored.",
        "All files, rows and the server's log searched for those in use.",
        access.secrets_are_not_stored,
    ),
    _row(
        "2.1",
        "Each act is recorded: who, when, what, before and after.",
        "Acts by HTTP, each compared with the event that it left.",
        trail.acts_are_recorded,
    ),
    _row(
        "2.2",
        "The database refuses to change or remove an event.",
        "Events and versions of rows changed and removed by plain SQL.",
        trail.events_cannot_be_changed,
    ),
    _row(
        "2.3",
        "An altered event is found.",
        "Who, when, what and why of an event altered with the triggers removed; then the proof of `audit verify`.",
        trail.altered_events_are_found,
    ),
    _row(
        "2.4",
        "A removed event is found.",
        "An event removed with the triggers removed; then the proof of `audit verify`.",
        trail.removed_events_are_found,
    ),
    _row(
        "2.5",
        "A rating changed past the program is found.",
        "A label changed by plain SQL; then the comparison of `doctor` with the log.",
        trail.changed_ratings_are_found,
    ),
    _row(
        "3.1",
        "What was answered as saved survives the end of the server.",
        "Ratings saved by HTTP, the server killed (SIGKILL) as soon as it has answered.",
        loss.saves_survive_a_killed_server,
    ),
    _row(
        "3.2",
        "A save from an older page does not replace a newer one.",
        "A rating saved by HTTP for a version that is no longer the newest.",
        loss.stale_saves_are_refused,
    ),
    _row(
        "3.3",
        "A backup comes back whole.",
        "Backed up, restored into an empty instance; rows, log and files compared, then `doctor`.",
        loss.backups_come_back_whole,
    ),
    _row(
        "3.4",
        "Damage on the disk is found.",
        "One bit of a stored photo flipped; then `doctor`.",
        loss.flipped_bits_are_found,
    ),
    _row(
        "3.5",
        "A damaged backup is not restored.",
        "One bit of a file in the backup flipped; then `restore`.",
        loss.damaged_backups_are_refused,
    ),
    _row(
        "4.1",
        "Of an erased photo nothing is left.",
        "A rated and viewed photo erased; all files and rows searched for its bytes, hashes, name and note.",
        forgetting.nothing_is_left,
    ),
    _row(
        "4.2",
        "An erased photo is not taken again.",
        "The same file, and its pixels in another file, uploaded by HTTP.",
        forgetting.erased_photos_stay_out,
    ),
    _row(
        "4.3",
        "A backup does not bring an erased photo back.",
        "A backup from before the erasure restored.",
        forgetting.restores_leave_it_out,
    ),
    _row(
        "5.1",
        "Pages show no rating before the own one.",
        "Every page that an annotator may open asked by a second rater, before and after the own rating.",
        blindness.pages_tell_nothing,
    ),
    _row(
        "5.2",
        "Programs get no rating before the own one.",
        "Every reading operation of the API, as above.",
        blindness.operations_tell_nothing,
    ),
    _row(
        "5.3",
        "A blind rating is kept when it is changed later.",
        "A label changed after the other rating was seen.",
        blindness.first_words_are_kept,
    ),
    _row(
        "5.4",
        "An export does not tell who said what.",
        "All files of an export searched for raters, notes and names of files.",
        splitting.exports_name_nobody,
    ),
    _row(
        "6.1",
        "A person and the copies of a photo never straddle splits or folds.",
        "Drawn persons with two photos each and copies exported; splits compared with who was drawn.",
        splitting.groups_stay_together,
    ),
    _row(
        "6.2",
        "The same data and seed give the same export.",
        "Exported in the scratch instance and in a restored copy; all files compared.",
        splitting.same_seed_gives_same_export,
    ),
    _row(
        "6.3",
        "An export's hashes fit.",
        "The content hash and each picture's hash computed anew.",
        splitting.hashes_fit,
    ),
    _row(
        "6.4",
        "New photos move no earlier one to another split.",
        "Exported, photos added, exported again.",
        splitting.growth_moves_nothing,
    ),
    _row(
        "7.1",
        "Scores of this instance's runs follow from their predictions.",
        "`python -m trainer verify` of every run.",
        recomputing.runs_recompute,
    ),
    _row(
        "7.2",
        "Scores that this installation computes follow from their predictions.",
        "A small network trained on the scratch export, then `trainer verify`.",
        recomputing.trained_scores_recompute,
    ),
    _row(
        "7.3",
        "Scores that do not follow are found.",
        "One label of a copied run's predictions changed, then `trainer verify`.",
        recomputing.changed_predictions_are_found,
    ),
    _row(
        "8.1",
        "The program's files are those of the release.",
        "SHA-256 of every installed file compared with the package's list.",
        installation.files_are_the_released_ones,
    ),
    _row(
        "8.2",
        "The database has the schema of the program.",
        "Its revision compared.",
        installation.schema_is_the_programs,
    ),
    _row(
        "8.3",
        "The instance is sound.",
        "`doctor` on the instance in use.",
        installation.instance_is_sound,
    ),
    _row(
        "8.4",
        "The log of changes holds.",
        "Every link of its chain computed anew.",
        installation.log_holds,
    ),
    _row(
        "8.5",
        "Nobody else on the machine reads the instance's files.",
        "Modes and owners of all files.",
        installation.files_are_private,
    ),
    _row(
        "8.6",
        "There is a recent backup.",
        "Age of the last backup that was found whole.",
        installation.backup_is_recent,
    ),
)

# What a program cannot test of itself, and the clinic has to see to.
NOT_COVERED = (
    "Procedures: who decides, who is told, what is done when something fails.",
    "Training of the people who use the tool, and whether their ratings are right.",
    "The network, the firewall, the HTTPS proxy in front and its certificate.",
    "The operating system, its updates, its other users, and the disk beneath the file system.",
    "Where backups lie and who can reach them; copies outside the instance.",
    "Label Studio, and the search for faces in the background, which the scratch instance leaves off.",
    "Whether a detector is any good: see the report and the model card of its run.",
)
