"""Practice: a simulated hall with citizens, officers, departments and registers: no network, no real person."""
