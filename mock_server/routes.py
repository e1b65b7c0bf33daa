"""Every route of the server with every answer it can give: the table behind routing and the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from counterdesk.catalog.casefile import CaseFile
from counterdesk.station.commands import AnyCommand
from counterdesk.station.exchange import Checkpoint, Receipt, ShiftNote, Snapshot
from counterdesk.station.summary import By, Figures
from mock_server import wire


class Header(msgspec.Struct, frozen=True):
    """A header or a part of the query that a request must or may carry. kind: its type; None for any text."""

    name: str
    text: str
    required: bool = True
    kind: Any = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path.

    name: the method of `Api` that answers. body: the type of the request's JSON, None if it has none.
    answers: what each status carries; None means no body, "events" a stream, "object" free JSON, a media type that.
    open: needs no session. right: the action of `authority.MATRIX` that is asked before the handler; where it is empty
    the rules or the host ask for the right of what is inside. person: whether a person's act is behind it.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    name: str
    summary: str
    answers: dict[int, Any]
    body: Any = None
    headers: tuple[Header, ...] = ()
    query: tuple[Header, ...] = ()
    open: bool = False
    right: str = ""
    person: bool = False

    @property
    def statuses(self) -> dict[int, Any]:
        """All answers, with those that every route of its kind can give."""
        answers: dict[int, Any] = dict(self.answers)
        if self.body is not None:
            answers |= {400: wire.Failure, 408: wire.Failure, 413: wire.Failure}
        if not self.open:
            answers |= {401: wire.Failure}
        if "{" in self.path or self.query:
            answers |= {400: wire.Failure}
        if self.right:
            answers |= {403: wire.Failure}
        answers |= {431: wire.Failure}
        return dict(sorted((answers | {500: wire.Failure, 503: wire.Failure}).items()))


_CASE = "/v1/cases/{case}/file"
_NOTE = "/v1/counters/{counter}/note"
_CURSOR = "the number of the last event received; without it the stream starts at the first event"

_OF_STATION = Header("station", "which station; without it the server's own", required=False)

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/v1/sessions",
        name="sign_in",
        summary="Open a session",
        body=wire.SignIn,
        answers={201: wire.SignedIn, 401: wire.Failure, 429: wire.Failure},
        open=True,
    ),
    Route(
        method="DELETE",
        path="/v1/sessions",
        name="sign_out",
        summary="End the session of the token",
        answers={204: None},
    ),
    Route(
        method="POST",
        path="/v1/sessions/refresh",
        name="refresh",
        summary="New tokens for a refresh token",
        body=wire.Refresh,
        answers={200: wire.Renewed, 401: wire.Failure},
        open=True,
    ),
    Route(
        method="POST",
        path="/v1/accounts/{officer}/unlock",
        name="unlock",
        summary="Forget an officer's failed sign-ins",
        answers={204: None},
        right="unlock",
        person=True,
    ),
    Route(
        method="POST",
        path="/v1/commands",
        name="execute",
        summary="Carry out a command once",
        body=AnyCommand,
        headers=(Header("Idempotency-Key", "the command's id, 1 to 64 printable ASCII characters"),),
        answers={200: Receipt, 409: wire.Refusal, 422: wire.Failure},
        person=True,
    ),
    Route(
        method="GET",
        path="/v1/station",
        name="snapshot",
        summary="The whole station now",
        answers={200: Snapshot},
        right="read_station",
    ),
    Route(
        method="GET",
        path="/v1/events",
        name="events",
        summary="The station's events as they happen (Server-Sent Events)",
        headers=(Header("Last-Event-ID", _CURSOR, required=False),),
        query=(Header("after", "the same, where a header cannot be set", required=False),),
        answers={200: "events"},
        right="read_station",
    ),
    Route(
        method="GET",
        path=_CASE,
        name="read_file",
        summary="Read a case file; its version is the ETag",
        answers={200: CaseFile, 409: wire.Refusal},
        person=True,
    ),
    Route(
        method="PUT",
        path=_CASE,
        name="write_file",
        summary="Store a case file over the version that If-Match names",
        body=CaseFile,
        headers=(Header("If-Match", 'the version that was read, as "3"; "0" where nothing is stored yet'),),
        answers={200: wire.Stored, 409: wire.Refusal, 412: wire.Failure, 428: wire.Failure},
        person=True,
    ),
    Route(
        method="GET",
        path=_NOTE,
        name="read_note",
        summary="Read the shift note that lies at a counter",
        answers={200: ShiftNote, 404: wire.Failure, 409: wire.Refusal},
        person=True,
    ),
    Route(
        method="PUT",
        path=_NOTE,
        name="write_note",
        summary="Leave a shift note at a counter, in place of an earlier one",
        body=wire.NoteText,
        answers={204: None, 409: wire.Refusal},
        person=True,
    ),
    Route(
        method="DELETE",
        path=_NOTE,
        name="drop_note",
        summary="Take the shift note of a counter away",
        answers={204: None, 409: wire.Refusal},
        person=True,
    ),
    Route(
        method="POST",
        path="/v1/archives/lookup",
        name="lookup",
        summary="What the archives know once a fact has a value",
        body=wire.Lookup,
        answers={200: wire.Facts, 409: wire.Refusal},
        person=True,
    ),
    Route(
        method="GET",
        path="/v1/figures",
        name="figures",
        summary="Tickets, waits, service and what became of them, over some days",
        query=(
            Header("from", "the first day, as 2026-11-02", kind=date),
            Header("to", "the last day; at most 400 days together", kind=date),
            Header("by", "what tells the rows apart; without it the queue group", required=False, kind=By),
            Header("officer", "only what this officer served", required=False),
        ),
        answers={200: Figures, 409: wire.Refusal},
        right="read_figures",
        person=True,
    ),
    Route(
        method="GET",
        path="/v1/audit/checkpoint",
        name="checkpoint",
        summary="The audit trail's root now, or when it had so many entries",
        query=(Header("size", "a number of entries; without it all", required=False, kind=wire.Cursor),),
        answers={200: Checkpoint, 404: wire.Failure},
        right="read_station",
    ),
    Route(
        method="GET",
        path="/v1/audit",
        name="audit",
        summary="Entries of the audit trail, some hundreds at a time",
        query=(
            Header(
                "after",
                "the number of the last entry received; without it from the first",
                required=False,
                kind=wire.Cursor,
            ),
        ),
        answers={200: wire.AuditPage},
        right="read_audit",
        person=True,
    ),
    Route(
        method="POST",
        path="/v1/escrow/open",
        name="open_escrow",
        summary="Open the key of a dead terminal's journal",
        body=wire.OpenEscrow,
        answers={200: wire.EscrowKey, 404: wire.Failure, 422: wire.Failure, 429: wire.Failure},
        right="open_escrow",
        person=True,
    ),
    Route(
        method="GET",
        path="/v1/board/events",
        name="board_events",
        summary="The hall's board whenever it is another (Server-Sent Events)",
        answers={200: "events"},
        right="read_board",
    ),
    Route(
        method="GET",
        path="/board",
        name="board_page",
        summary="The hall's board as a page",
        query=(
            _OF_STATION,
            Header("lang", "its language; without it Chinese", required=False, kind=Literal["zh", "en"]),
        ),
        answers={200: "text/html", 404: wire.Failure},
        open=True,
    ),
    Route(
        method="GET",
        path="/board/events",
        name="public_board_events",
        summary="What the page shows, whenever it is another (Server-Sent Events)",
        query=(_OF_STATION,),
        answers={200: "events", 404: wire.Failure, 429: wire.Failure},
        open=True,
    ),
    Route(
        method="GET",
        path="/board/board.js",
        name="board_script",
        summary="The page's script",
        answers={200: "text/javascript", 404: wire.Failure},
        open=True,
    ),
    Route(
        method="GET",
        path="/board/board.css",
        name="board_style",
        summary="The page's looks",
        answers={200: "text/css", 404: wire.Failure},
        open=True,
    ),
    Route(
        method="GET",
        path="/healthz",
        name="health",
        summary="Whether the server and its store answer",
        answers={200: "object"},
        open=True,
    ),
    Route(
        method="GET",
        path="/openapi.json",
        name="openapi",
        summary="This document",
        answers={200: "object"},
        open=True,
    ),
)
