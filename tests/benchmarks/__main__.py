"""python -m tests.benchmarks [SUBJECT ...]: prints what the product costs, line by line as it is measured."""

import importlib
import sys

# Each has a module SUBJECT_cost of its own.
SUBJECTS = ("setup", "streams", "pipelines", "demo")
WITH_OTHER_TOOLS = ("peers",)


def main(subjects: list[str]) -> None:
    known = (*SUBJECTS, *WITH_OTHER_TOOLS)
    if unknown := [subject for subject in subjects if subject not in known]:
        sys.exit(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(known)}.")
    for subject in subjects or SUBJECTS:
        for line in importlib.import_module(f".{subject}_cost", __package__).lines():
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
