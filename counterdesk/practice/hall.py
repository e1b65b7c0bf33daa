"""The simulated hall: citizens who come, wait and leave, officers at the other counters, departments behind them.

It acts on a station only by commands, like everyone else, and only where no person does. Whoever runs the station
pumps it; the whole interface:

    Execute   = Callable[[str, AnyCommand, Actor, datetime], Answer | Awaitable[Answer]]   raises Refused
    WriteFile = Callable[[CaseFile, Actor], int | Awaitable[int]]                          raises Refused, VersionConflict

    hall = Hall(seed, speed, index, staffed=frozenset({"3"}))
    hall.warm_up(execute, write_file, state, now)                synchronous; sets a fresh station up and fills it
    await hall.run(execute, write_file, state, clock)            until cancelled

    state: Callable[[], State]; clock: Callable[[], datetime] (aware, TIMEZONE). Station.execute and Station.write_file
    are an Execute and a WriteFile as they are; the fourth argument of Execute is the time of the command: in the past
    while warming up, clock() afterwards. hall.run may also be given plain (not async) functions.

Below that, for tests and other pumps: `hall.due()`, `hall.act(now, state) -> Move | None`, `hall.answered(...)`.
"""
