"""Tables of the rep's work. Activities are only ever added to; `work_state` is what they replay to."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
)

from data_access.schema import metadata

person = Table(
    "person",
    metadata,
    Column("person_id", BigInteger, nullable=False, autoincrement=False, comment="1, 2, 3 ..."),
    Column("name", String, nullable=False, comment="as colleagues know them"),
    Column("active", Boolean, nullable=False, comment="false: keeps its history, is no longer offered"),
)

activity = Table(
    "activity",
    metadata,
    Column("activity_id", BigInteger, nullable=False, autoincrement=False, comment="1, 2, 3 ... in order"),
    Column("account_id", BigInteger, nullable=False, comment="the account"),
    Column(
        "kind",
        String,
        nullable=False,
        comment="contact, note, promise, plan, statement, document, hold, release, assign, pend, route, appeal, undo",
    ),
    Column("person_id", BigInteger, nullable=False, comment="who did it"),
    Column("at", DateTime, nullable=False, comment="UTC"),
    Column("day", Date, nullable=False, comment="the office's day"),
    Column("method", String, comment="contact: call, letter, portal_message, payer_call, payer_portal"),
    Column("spoke_to", String, comment="contact: with whom"),
    Column("outcome", String, comment="contact: a key of entries.OUTCOMES"),
    Column("note", String, comment="free text"),
    Column("next_step", String, comment="what is to be done next"),
    Column("next_on", Date, comment="when"),
    Column("amount", Numeric(14, 2), comment="promise, plan: what was promised; statement: what it asks for"),
    Column("in_all", Numeric(14, 2), comment="promise: promised in all by its day, earlier instalments too"),
    Column("due_on", Date, comment="promise: by when; plan: last instalment; appeal: last day to file"),
    Column("plan_id", BigInteger, comment="promise: the plan it is an instalment of"),
    Column("batch_id", BigInteger, comment="statement: first activity of its batch; hold: contact it came with"),
    Column("to_person_id", BigInteger, comment="assign: to whom; null takes it from everybody"),
    Column("until", Date, comment="pend: first day the account is to be seen again"),
    Column("topic", String, comment="hold, release: which hold; route: which cause"),
    Column("claim_id", BigInteger, comment="appeal: the denied claim"),
    Column("level", Integer, comment="appeal: 1, 2, 3"),
    Column("state", String, comment="appeal: a key of entries.APPEAL_STATES"),
    Column("override", String, comment="contact: why a contact limit or hold was passed over"),
    Column("undoes", BigInteger, comment="undo: the activity taken back"),
)

work_state = Table(
    "work_state",
    metadata,
    Column("account_id", BigInteger, nullable=False, comment="an account with activities"),
    Column("version", BigInteger, nullable=False, comment="its latest activity"),
    Column("assigned_to", BigInteger, comment="whose it is"),
    Column("follow_up_on", Date, comment="day of the next step"),
    Column("next_step", String, comment="what is to be done"),
    Column("pend_until", Date, comment="not to be seen before"),
    Column("routed_to", String, comment="cause it was routed to"),
    Column("holds", String, comment="holds that stand, joined by commas; null: none"),
    Column("last_touch_on", Date, comment="latest contact, appeal or paper"),
    Column("touches", Integer, nullable=False, comment="how many of these"),
    Column("last_talk_on", Date, comment="latest conversation with the patient"),
    Column("promise_id", BigInteger, comment="latest promise or plan"),
    Column("promise_amount", Numeric(14, 2), comment="what it promises in all"),
    Column("promise_made_on", Date, comment="when it was made"),
    Column("promise_due_on", Date, comment="by when; of a plan its last instalment"),
    Column("instalments", Integer, comment="of the latest promise, when it is a plan"),
    Column("appeal_claim_id", BigInteger, comment="claim of the latest appeal"),
    Column("appeal_level", Integer, comment="its level"),
    Column("appeal_state", String, comment="its state as recorded"),
    Column("appeal_filed_on", Date, comment="when that level was filed"),
)

#: Of a server; where one process has the database open, it keeps them in its memory.
presence = Table(
    "presence",
    metadata,
    Column("account_id", BigInteger, nullable=False, comment="account that somebody has open"),
    Column("person_id", BigInteger, nullable=False, comment="who"),
    Column("seen_at", DateTime, nullable=False, comment="last sign of it, UTC"),
)

document = Table(
    "document",
    metadata,
    Column("document_id", BigInteger, nullable=False, autoincrement=False, comment="1, 2, 3 ..."),
    Column("activity_id", BigInteger, nullable=False, comment="what it was sent or added by"),
    Column("account_id", BigInteger, nullable=False, comment="the account"),
    Column("file_name", String, nullable=False, comment="never holds a patient's name when we named it"),
    Column("media_type", String, nullable=False, comment="such as application/pdf"),
    Column("sha256", String, nullable=False, comment="hash of the body"),
    Column("body", LargeBinary, nullable=False, comment="PHI: the very bytes that were sent or added"),
)

saved_view = Table(
    "saved_view",
    metadata,
    Column("view_id", BigInteger, nullable=False, autoincrement=False, comment="1, 2, 3 ..."),
    Column("person_id", BigInteger, nullable=False, comment="whose it is"),
    Column("name", String, nullable=False, comment="what its owner calls it"),
    Column("screen", String, nullable=False, comment="file name of the page"),
    Column("parameters", String, nullable=False, comment="its link's query; filters only, never patient data"),
    Column("shared", Boolean, nullable=False, comment="true: everybody sees it"),
)

INDEXES = [
    Index("ix_activity_account", activity.c.account_id),
    Index("ix_work_state_account", work_state.c.account_id),
    Index("ix_document_account", document.c.account_id),
]
