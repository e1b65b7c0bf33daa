"""`python -m benchmarks.hall.adapter`: `counterdesk route` for a hall simulator that asks in words of its own.

It reads a JSON line for each call (minutes since midnight; the keys are those read in `question`) and answers
`{"ticket": …, "reasons": […]}`. What the simulator does not tell, how many priority citizens were called in a row, is
counted here.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec

STANDINGS = {"priority": "priority", "appointment": "appointment", "walkin": "walk_in"}
ROUTE = (sys.executable, "-m", "counterdesk", "route")


def question(asked: dict[str, Any], run: int) -> dict[str, Any]:
    """What a simulator asks as a line for `counterdesk route`. run: priority tickets called in a row before."""
    return {
        "now": asked["now"],
        "counter": str(asked["counter"]),
        "promise": asked["targetTotalMin"],
        "no_show": asked["noShowRate"],
        "priority_run": run,
        "groups": [
            {"id": g["id"], "minutes": g["meanServiceMin"], "spread": g["cv"], "target": g["waitTargetMin"]}
            for g in asked["groups"]
        ],
        "counters": [
            {
                "id": str(c["id"]),
                "on_duty": c["onDuty"],
                "offers": c["offers"],
                "skills": c["skills"],
                "pace": c["speed"],
                "serving": c["serving"] or "",
                "busy_since": c["busySince"],
                "breaks": c["breaks"],
            }
            for c in asked["counters"]
        ],
        "waiting": [
            {
                "id": str(t["id"]),
                "group": t["group"],
                "standing": STANDINGS[t["cls"]],
                "since": t["takenAt"],
                "due": t["dueAt"],
                "overtaken": t["overtaken"],
            }
            for t in asked["waiting"]
        ],
    }


def main() -> int:
    """Answer until the input ends. Returns the exit status of `counterdesk route`."""
    with subprocess.Popen(ROUTE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as route:
        assert route.stdin is not None
        assert route.stdout is not None
        run, before = 0, 0.0
        for line in sys.stdin.buffer:
            asked = msgspec.json.decode(line)
            run = run if asked["now"] >= before else 0  # another day
            before = asked["now"]
            route.stdin.write(msgspec.json.encode(question(asked, run)) + b"\n")
            route.stdin.flush()
            answer = msgspec.json.decode(route.stdout.readline())
            if "error" in answer:
                raise SystemExit(f"counterdesk route: {answer['error']}")
            called = next((t for t in asked["waiting"] if str(t["id"]) == answer["ticket"]), None)
            if called is not None:
                run = run + 1 if called["cls"] == "priority" else 0
                answer["ticket"] = called["id"]
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
            sys.stdout.buffer.flush()
        route.stdin.close()
        return route.wait()


if __name__ == "__main__":
    sys.exit(main())
