"""For all tests."""

import signal

# A shell that runs the tests in the background has them ignore Ctrl-C, which processes that they start would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
