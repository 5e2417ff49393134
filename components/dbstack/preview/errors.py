"""What can go wrong with a report, as sentences a user can act on."""


class PreviewError(Exception):
    """The report could not be made. The exit code is 1."""

    exit_code = 1


class RecordingError(PreviewError):
    """What should be a recorded preview, a report or a waiver file is none. The exit code is 2."""

    exit_code = 2
