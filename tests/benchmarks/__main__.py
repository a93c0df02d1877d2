"""python -m tests.benchmarks: prints what the product costs, line by line as it is measured."""

from . import setup_cost


def main() -> None:
    for line in setup_cost.lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
