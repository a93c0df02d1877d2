"""The product's errors, each with the exit code that the command ends with."""


class DemoError(Exception):
    """The command could not do what it was asked to."""

    exit_code = 1


class InputError(DemoError):
    """An option, a configuration or a connection file is wrong; nothing was done."""

    exit_code = 2


class Refused(DemoError):
    """The command could do it, and will not without leave."""

    exit_code = 4
