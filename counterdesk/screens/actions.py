"""The actions of the desk: one table that the keys, the key bar, the help and the command list all read.

An action that gives a command to the station is legal exactly when the station's rules would take it now; why it is
not stands in their refusal. The others say for themselves why they cannot be done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from counterdesk.screens.views.checklist import asks
from counterdesk.screens.views.queue import held_here
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.ways import counter_ways
from counterdesk.station import commands as c
from counterdesk.station.model import Case
from counterdesk.station.refused import Refused

CommandOf = Callable[[Scene], c.AnyCommand | None]


@dataclass(frozen=True, slots=True)
class Action:
    """Something an officer can do.

    id: its name in the settings file and in the words (`action.<id>`, `action_help.<id>`). key: where it stands unless
    the settings say otherwise; "" only in the command list. command: what it would tell the station, for legality.
    needs: a key of `blocked.*` that says why an action without a command can't be done now, or "". yields: it gives its
    key up where the settings want that for another action. taught: only where something is practised.
    """

    id: str
    key: str = ""
    command: CommandOf | None = None
    needs: Callable[[Scene], str] | None = None
    on_key_bar: bool = False
    yields: bool = False
    taught: bool = False

    def blocked(self, scene: Scene) -> str:
        """Why it can't be done now, in words; "" if it can."""
        if self.needs is not None and (reason := self.needs(scene)):
            return scene.words(f"blocked.{reason}")
        if self.command is None:
            return ""
        if self.id == "call_next" and scene.current is not None and scene.current.state == "serving":
            return ""  # it asks first what becomes of the citizen who stands there
        if self.id == "new_case" and can_begin_here(scene):
            return ""
        if not scene.known:
            return scene.words("idle.unknown")
        command = self.command(scene)
        refused = Refused("counter_idle", counter=scene.desk.counter) if command is None else scene.refusal(command)
        return scene.reason(refused) if refused is not None else ""

    def label(self, scene: Scene) -> str:
        """What the key bar calls it: where it depends on the case, the step that it would take."""
        if self.id == "advance" and (command := advance_command(scene)) is not None:
            return scene.words(f"command.{type(command).__name__}")
        if self.id == "hold" and scene.current is None and held_here(scene):
            return scene.words("command.ResumeTicket")
        return scene.words(f"action.{self.id}")


def advance_command(scene: Scene) -> c.AnyCommand | None:
    """The next step of the case in the panel, None where it has none at the counter."""
    case = scene.open_case
    return None if case is None else next_step(case)


def next_step(case: Case) -> c.AnyCommand | None:
    """What a counter does next with a case."""
    match case.status:
        case "draft" | "received":
            return c.AcceptCase(case=case.id)
        case "accepted" if case.on_the_spot:
            return c.CompleteCase(case=case.id)
        case "accepted" if case.handoff is None or case.handoff.state in ("refused", "stuck"):
            return c.HandOverCase(case=case.id)
        case "supplementing":
            return c.SupplementCase(case=case.id)
        case "ready" | "refused" | "produced" | "dispatched":
            return c.DeliverCase(case=case.id)
        case "delivered":
            return c.CloseCase(case=case.id)
    return None


def can_begin_here(scene: Scene) -> bool:
    """Whether a case is begun on this terminal alone: nobody answers, and no ticket is being served."""
    current = scene.current
    return scene.desk.link.status != "online" and (current is None or current.state != "serving")


def _no_case(scene: Scene) -> str:
    return "" if scene.open_case is not None else "no_case"


def _not_at_station(scene: Scene) -> str:
    """What the station does with a case can only be asked for once it has the case."""
    return "local_case" if scene.case in scene.desk.local else _no_case(scene)


def _no_step(scene: Scene) -> str:
    if reason := _not_at_station(scene):
        return reason
    return "" if advance_command(scene) is not None else "no_step"


def _no_question(scene: Scene) -> str:
    if scene.assessment is None:
        return "no_case"
    return "" if scene.assessment.to_ask or scene.assessment.gate else "nothing_to_ask"


def _no_quiet_check(scene: Scene) -> str:
    if scene.assessment is None:
        return "no_case"
    quiet = any(
        state.fact.section == "checks"
        and state.fact.normal is not None
        and state.status == "unanswered"
        and state.relevant is not False
        for state in scene.assessment.facts
    )
    return "" if quiet else "no_quiet_check"


def _offline(scene: Scene) -> str:
    return "" if scene.desk.link.status == "online" else "offline"


def _ticket_here(scene: Scene) -> str:
    """Nobody goes home while a citizen stands at his counter."""
    return _offline(scene) or ("ticket_here" if scene.current is not None else "")


def _no_note(scene: Scene) -> str:
    return "no_note" if scene.desk.note is None else _offline(scene)


def _no_unlocking(scene: Scene) -> str:
    if scene.actor is None or not scene.actor.may("unlock"):
        return "leader_only"
    return _offline(scene) or ("" if "accounts" in scene.desk.can else "no_accounts")


def leads(scene: Scene) -> bool:
    """Whether this person may act at everybody's counter, and so sees the whole hall."""
    return scene.actor is not None and scene.actor.may("other_counter")


def _no_hall(scene: Scene) -> str:
    return "" if leads(scene) else "leader_only"


def _no_help(scene: Scene) -> str:
    if _offline(scene):
        return "help_offline"  # whoever needs help has to know at once that nobody hears him
    return "help_called" if scene.desk.counter in scene.station.help else ""


def _no_call(scene: Scene) -> str:
    return _offline(scene) or ("" if scene.desk.counter in scene.station.help else "no_help_called")


def _nothing_askable(scene: Scene) -> str:
    """A leader is asked about a case by its officer, for what the file says he may decide."""
    if reason := _not_at_station(scene):
        return reason
    if not asks(scene):
        return "not_asking"
    case, found = scene.open_case, scene.evidence()
    if case is None or case.status not in ("draft", "received") or found is None:
        return "nothing_askable"
    return "" if found.askable or case.asked else "nothing_askable"


def _no_figures(scene: Scene) -> str:
    if scene.actor is None or not scene.actor.may("read_figures") or "figures" not in scene.desk.can:
        return "no_figures"
    return _offline(scene)


def _read_only(scene: Scene) -> str:
    """Nothing is taken in where it could not be kept."""
    return "read_only" if scene.desk.journal.read_only else ""


def _no_offer(scene: Scene) -> str:
    """Only whoever is served is offered something, and only what can finish his matter."""
    current = scene.current
    if current is None or current.state != "serving":
        return "nobody_here"
    return _offline(scene) or ("" if counter_ways(scene) else "counter_only")


def _nothing_masked(scene: Scene) -> str:
    return "" if scene.masked else "nothing_masked"


def _case_command(make: Callable[[str], c.AnyCommand]) -> CommandOf:
    return lambda scene: make(scene.case) if scene.case else None


def _hold_or_resume(scene: Scene) -> c.AnyCommand:
    held = held_here(scene)
    if scene.current is None and held:
        return c.ResumeTicket(counter=scene.desk.counter, ticket=held[0].id)
    return c.HoldTicket(counter=scene.desk.counter, kind="papers_out")


def _other_counter(scene: Scene) -> str:
    """Any place to transfer to, so that the rules can be asked whether a transfer is possible at all."""
    open_ones = [n for n, k in scene.station.counters.items() if n != scene.desk.counter and k.state != "closed"]
    return open_ones[0] if open_ones else ""


def _transfer(scene: Scene) -> c.AnyCommand:
    other = _other_counter(scene)
    group = "" if other else next(iter(scene.station.groups), "")
    return c.TransferTicket(counter=scene.desk.counter, to_counter=other, to_group=group)


def _call_next(scene: Scene) -> c.AnyCommand:
    return c.CallNext(counter=scene.desk.counter)


def _leaves(scene: Scene) -> c.AnyCommand | None:
    return c.TicketLeaves(ticket=scene.current.id) if scene.current is not None else None


ACTIONS: tuple[Action, ...] = (
    Action("help", "f1", on_key_bar=True),
    Action("call_next", "f2", _call_next, on_key_bar=True),
    Action("start", "f3", lambda s: c.StartService(counter=s.desk.counter), on_key_bar=True),
    Action("no_show", "f4", lambda s: c.MarkNoShow(counter=s.desk.counter), on_key_bar=True),
    Action("hold", "f5", _hold_or_resume, on_key_bar=True),
    Action("transfer", "f6", _transfer, on_key_bar=True),
    Action("next_question", "f7", needs=_no_question, on_key_bar=True),
    Action("switch_panel", "f8", on_key_bar=True),
    Action("advance", "f9", advance_command, needs=_no_step, on_key_bar=True),
    Action("finish", "f10", lambda s: c.FinishTicket(counter=s.desk.counter, outcome="come_back"), on_key_bar=True),
    Action("commands", "ctrl+p", on_key_bar=True),
    Action("recall", "ctrl+r", lambda s: c.Recall(counter=s.desk.counter)),
    Action("undo", "ctrl+z", lambda s: c.UndoStep(counter=s.desk.counter)),
    Action("new_case", "ctrl+n", lambda s: c.OpenCase(counter=s.desk.counter, case="?", service="?"), needs=_read_only),
    Action("quiet_checks", "ctrl+y", needs=_no_quiet_check),
    Action("next_case", "ctrl+o", needs=_no_case),
    Action("review", "ctrl+g", needs=_no_case),
    Action("policy", "ctrl+t"),
    Action("hall", "ctrl+s", needs=_no_hall, yields=True),
    Action("show_value", needs=_nothing_masked),
    Action("lock", "ctrl+l"),
    Action(
        "change_service",
        command=_case_command(lambda case: c.ChangeService(case=case, service="?")),
        needs=_not_at_station,
    ),
    Action("receive", command=_case_command(lambda case: c.ReceiveCase(case=case)), needs=_not_at_station),
    Action("notice", needs=_no_case),
    Action("print", needs=_no_case),
    Action("decline", command=_case_command(lambda case: c.DeclineCase(case=case, reason="?")), needs=_not_at_station),
    Action("discard", command=_case_command(lambda case: c.DiscardCase(case=case)), needs=_no_case),
    Action("withdraw", command=_case_command(lambda case: c.WithdrawCase(case=case)), needs=_not_at_station),
    Action("ask_leader", needs=_nothing_askable),
    Action("requeue", command=lambda s: c.Requeue(counter=s.desk.counter)),
    Action("leave", command=_leaves),
    Action("offer", needs=_no_offer),
    Action("open_counter", command=lambda s: c.OpenCounter(counter=s.desk.counter, groups=tuple(s.station.groups))),
    Action("pause_counter", command=lambda s: c.PauseCounter(counter=s.desk.counter, reason="break")),
    Action("close_counter", command=lambda s: c.CloseCounter(counter=s.desk.counter)),
    Action("profile", command=lambda s: c.ChangeProfile(counter=s.desk.counter, groups=tuple(s.station.groups))),
    Action("hand_over_shift", command=lambda s: c.CloseCounter(counter=s.desk.counter), needs=_ticket_here),
    Action("take_note", needs=_no_note),
    Action("unlock_officer", needs=_no_unlocking),
    Action("call_for_help", command=lambda s: c.CallForHelp(counter=s.desk.counter), needs=_no_help),
    Action("take_back_help", command=lambda s: c.AnswerHelp(counter=s.desk.counter), needs=_no_call),
    Action("figures", needs=_no_figures),
    Action("reopen_journal", needs=lambda s: "" if s.desk.journal.status == "failed" else "journal_well"),
    Action("retry", needs=lambda s: "" if s.desk.link.status != "online" else "online"),
    Action("read_card", needs=_no_case, taught=True),
    Action("ask_paper", needs=_no_case, taught=True),
    Action("deed", needs=_no_case, taught=True),
    Action("phone", taught=True),
    Action("briefing", needs=_ticket_here, taught=True),
    Action("quit", "ctrl+q"),
)
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def actions(scene: Scene) -> tuple[Action, ...]:
    """The actions that there are at this desk."""
    return tuple(action for action in ACTIONS if scene.taught or not action.taught)


def key_name(key: str) -> str:
    """A key as the key bar writes it: F2, ^P."""
    return f"^{key.removeprefix('ctrl+').upper()}" if key.startswith("ctrl+") else key.upper()
