"""The services of the counter as data: what one TOML file a service says, and the shared tables.

Every claim carries a `confidence`; prompts, fees and limits name their `basis` (ids of `Basis`). A condition is a
string in the closed language of `conditions.py`; an empty one always holds. A date range is effective from its first
day to its last, both included. `allow` silences a warning of `counterdesk catalog check` on this entity: "E10: why".
Nothing here computes: `assess.py` does.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, Literal

import msgspec

Confidence = Literal["sure", "likely", "illustrative"]
Level = Literal["BLOCK", "WARN", "INFO", "TIP"]
DayKind = Literal["working", "calendar"]
ChannelKind = Literal["kiosk", "app", "mini_programme", "site"]
Section = Literal["identity", "details", "checks"]
Value = str | int | bool | date | Decimal | tuple[dict[str, str | int], ...]


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What all catalogue entities share: immutable, and no key that the model does not know."""


class Text(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One text in both languages of the screen."""

    zh: str
    en: str


class Dated(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that is the law only from one day to another (both included; None is open)."""

    effective_from: date | None = None
    effective_to: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether this holds on `day`."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )


class Option(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One choice of an `enum` fact: the code that is stored and what it is called."""

    code: str
    name: Text


class Basis(Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A legal basis: law and article in both languages; dated where it came into force or ended."""

    id: str
    name: Text
    confidence: Confidence = "sure"


class Department(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who decides a case (services.md §2.2)."""

    id: str
    name: Text
    short: Text
    confidence: Confidence = "likely"


class Channel(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a citizen can finish a matter without a counter: a machine, an app, a mini-programme, a site."""

    id: str
    kind: ChannelKind
    name: Text
    short: Text


class ChannelUse(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """That a channel finishes a service, where the service's `kiosk_when` (kiosks) or `app_when` (all others) holds.

    confidence: that it does. minutes: how long it takes there, None where no source says.
    """

    channel: str
    confidence: Confidence
    minutes: float | None = None
    minutes_confidence: Confidence = "illustrative"


class Material(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A paper that several services ask for, as the shared table `materials.toml` names it."""

    code: str
    name: Text
    check: Text
    deferrable: bool = False


class Violation(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row of the violations table (services.md §4.2)."""

    code: str
    name: Text
    points: int
    points_before_2022: int
    fine: int | None = None
    ordinary_procedure: bool = False


class Fee(Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money due when `when` holds, in yuan."""

    id: str
    item: Text
    amount: Decimal
    when: str = ""
    basis: tuple[str, ...] = ()
    confidence: Confidence
    note: Text | None = None
    allow: tuple[str, ...] = ()


class Limit(Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long the case may take when `when` holds; 0 days is on the spot, None says the law sets none."""

    kind: Literal["statutory", "promised"]
    days: int | None = None
    day_kind: DayKind = "working"
    when: str = ""
    basis: tuple[str, ...] = ()
    confidence: Confidence
    note: Text | None = None
    allow: tuple[str, ...] = ()


class Decision(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which department decides when `when` holds, and whether that happens at the counter."""

    department: str
    on_the_spot: bool
    when: str = ""
    confidence: Confidence
    allow: tuple[str, ...] = ()


class Statement(Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sentence about the service that is shown but not computed with (who may apply, result, where, channels)."""

    text: Text
    confidence: Confidence


class Variant(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A case group of the service (情形). Where `when` is given it tells by itself which variant applies."""

    code: str
    name: Text
    note: Text | None = None
    when: str = ""
    confidence: Confidence
    allow: tuple[str, ...] = ()


class Row(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of a computed fact: the value when the condition holds. At most one row may hold."""

    when: str
    value: str | int | bool


CAPTURED: Final = frozenset(("photo", "fp"))
"""Types of facts that a device takes."""


class Fact(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something the counter must know: an intake field, or a check the officer answers.

    type: one of the field types of services.md §2.3: rid name date datetime enum bool int money plate vin licfile phone
      addr passport hkm twp hmtpermit foreignpp uscc birthcert photo fp text records, and `rid_or_uscc`, `date_or_long`,
      `enum_set`.
    options / options_from: the choices of an enum, here or in the shared table `options.toml`.
    latest: "today" for a date that cannot lie ahead. anywhere: an address that need not be in Shanghai.
    required: "always", "never", or the condition under which it is.
    relevant: the condition under which it is asked at all.
    compute: an expression (`compute`) or rows (`rows`) that make it a computed fact, never typed.
    prefill: an expression offered as the value when nothing was entered yet.
    normal: the uneventful answer of a check; one key gives it to all checks that are still open.
    source: where the answer comes from: what the applicant says, a document shown, a register, what the officer sees.
    """

    key: str
    label: Text
    type: str
    section: Section = "details"
    ask: Text | None = None
    options: tuple[Option, ...] = ()
    options_from: str = ""
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    latest: Literal["", "today"] = ""
    anywhere: bool = False
    required: str = "always"
    relevant: str = ""
    compute: str = ""
    rows: tuple[Row, ...] = ()
    prefill: str = ""
    normal: str | int | bool | None = None
    source: Literal["applicant", "document", "register", "officer"] = "document"
    sensitive: bool = False
    hint: Text | None = None
    confidence: Confidence = "illustrative"
    allow: tuple[str, ...] = ()

    @property
    def computed(self) -> bool:
        """Whether the value follows from other facts."""
        return bool(self.compute or self.rows)


class MaterialUse(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """That a service asks for a material when `when` holds."""

    code: str
    originals: int
    copies: int
    when: str = ""
    necessity: Literal["required", "optional"] = "required"
    one_of: str = ""
    note: Text | None = None
    check: Text | None = None
    deferrable: bool | None = None
    confidence: Confidence
    allow: tuple[str, ...] = ()


class Prompt(Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A smart prompt: what to say when `when` holds, at which level, on what basis.

    stage: whether it speaks during intake, or when the case is closed at the counter.
    text may name facts and the computed values `{n}`, `{date}`, … which `params` maps to expressions.
    """

    id: str
    level: Level
    text: Text
    when: str = ""
    params: dict[str, str] = {}
    stage: Literal["intake", "closing"] = "intake"
    basis: tuple[str, ...] = ()
    confidence: Confidence
    allow: tuple[str, ...] = ()

    @property
    def overridable(self) -> bool:
        """Whether a shift leader may set it aside with a reason: a blocker of practice, never one of written law
        (context.md §3.1: no override of a statutory BLOCK without a legal ground)."""
        return self.level == "BLOCK" and self.confidence != "sure"


class Bundle(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to offer after this service."""

    services: tuple[str, ...]
    text: Text
    basis: tuple[str, ...] = ()
    confidence: Confidence


class Minutes(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Handling time at the counter: median and 90th percentile, minutes."""

    median: float
    p90: float
    confidence: Confidence = "illustrative"


class Service(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of the 47 services, whole.

    applicant_fact: the fact that holds the applicant's ID number; age, sex and birth of the applicant come from it.
    guardian_needed, agent_allowed, kiosk_when, app_when: conditions behind the facts that the engine provides
      (`guardian_needed`, `agent_allowed`, `kiosk_possible`, `app_possible`); here an empty string is refused.
    channels: where else it can be finished; none where no source says so.
    decisions and limits are read in order: the first that holds is meant, so put the special before the general.
    reviewed_on: when its owner last read it against the law.
    """

    id: str
    number: int
    category: str
    group: str
    name: Text
    short: Text
    aliases: tuple[str, ...] = ()
    mode: Literal["instant", "handed_over", "mixed"]
    minutes: Minutes
    daily_demand: float
    applicant_fact: str
    guardian_needed: str = "false"
    agent_allowed: str = "false"
    kiosk_when: str = "false"
    app_when: str = "false"
    channels: tuple[ChannelUse, ...] = ()
    who: tuple[Statement, ...]
    decisions: tuple[Decision, ...]
    limits: tuple[Limit, ...]
    fees: tuple[Fee, ...] = ()
    results: tuple[Statement, ...]
    kiosk: Statement
    app: Statement
    place: tuple[Statement, ...]
    basis: tuple[Basis, ...]
    variants: tuple[Variant, ...] = ()
    materials: tuple[MaterialUse, ...]
    facts: tuple[Fact, ...]
    prompts: tuple[Prompt, ...]
    bundles: tuple[Bundle, ...] = ()
    mistakes: tuple[Text, ...] = ()
    reviewed_on: date | None = None
    allow: tuple[str, ...] = ()


class Category(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of the 13 categories."""

    id: str
    name: Text


class Group(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A queue group: the services that share one ticket letter and one waiting target in minutes."""

    id: str
    letter: str
    name: Text
    short: Text
    wait_target: int


class Meaning(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing about a person or a car that services ask for under several keys, or that a card says.

    facts: keys that mean it in every service, or `service/key` for one service. card: what of an identity card it is.
    """

    id: str
    facts: tuple[str, ...]
    card: Literal["", "name", "birth", "sex", "address", "expires"] = ""


class Carry(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one case of a visit may tell the next one. A key that stands nowhere here means the same in all services.

    anew: keys that mean another matter in each case and are asked anew.
    """

    anew: tuple[str, ...] = ()
    same: tuple[Meaning, ...] = ()


class Catalog(Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole catalogue as built: one version, one hash, everything the desk and the station read.

    pinyin: every reading of each character that occurs in a name or alias; the build writes it.
    station, disabled: the id of the station layer that was laid over it, and the services that station does not offer.
    """

    version: str
    station: str = ""
    disabled: tuple[str, ...] = ()
    sha256: str = ""
    pinyin: dict[str, tuple[str, ...]] = {}
    categories: tuple[Category, ...]
    groups: tuple[Group, ...]
    departments: tuple[Department, ...]
    channels: tuple[Channel, ...] = ()
    materials: tuple[Material, ...]
    options: dict[str, tuple[Option, ...]]
    violations: tuple[Violation, ...]
    facts: tuple[Fact, ...]
    basis: tuple[Basis, ...]
    prompts: tuple[Prompt, ...]
    services: tuple[Service, ...]
    carry: Carry = Carry()

    @property
    def label(self) -> str:
        """What tells this catalogue from others, for people: the version and the beginning of the hash."""
        return f"{self.version} {self.sha256[:8]}"
