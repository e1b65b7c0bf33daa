"""What the program promises, tried thousands of times: `python -m benchmarks.torture [NAME…]`.

A program is a module of this package with

    NAME: str                                  what it is called on the command line
    LONG: int                                  how many cases the long form has
    run(cases: int, seed: int) -> Outcome      tries, runs its control, and counts

The short forms are called by tests.
"""
