"""python -m tests.benchmarks: prints what the product costs, line by line as it is measured."""

from . import demo_cost, pipelines_cost, setup_cost, streams_cost


def main() -> None:
    for cost in (setup_cost, streams_cost, pipelines_cost, demo_cost):
        for line in cost.lines():
            print(line, flush=True)


if __name__ == "__main__":
    main()
