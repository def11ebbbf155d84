"""The demo shop as data: Fernwood Print Co., its people, customers and orders. Days count from the day it is loaded.

Every address is at example.com and every number 555-01xx, so nothing here belongs to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SHOP: dict[str, Any] = {
    "name": "Fernwood Print Co.",
    "email": "hello@example.com",
    "phone": "(845) 555-0100",
    "address": "18 Mill Street, Beacon, NY 12508",
    "website": "https://www.example.com",
    "hours": "Mon–Fri 9–5:30, Sat 10–2",
    "reply_to": "hello@example.com",
    "redirect_email": "test-inbox@example.com",
    "redirect_phone": "+18455550199",
    "alert_email": "alerts@example.com",
    "alert_phone": "+18455550198",
}


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    role: str


STAFF = (
    Person("June Okafor", "june@example.com", "admin"),
    Person("Theo Brandt", "theo@example.com", "admin"),
    Person("Maya Lindqvist", "maya@example.com", "sales"),
    Person("Carlos Rivera", "carlos@example.com", "sales"),
    Person("Sam Whitaker", "sam@example.com", "production"),
    Person("Ines Duarte", "ines@example.com", "production"),
)
MAYA, CARLOS = "maya@example.com", "carlos@example.com"


@dataclass(frozen=True, slots=True)
class Customer:
    """`consent` is the age in days of the agreement to texts; `paused` the days that messages stay paused."""

    key: str
    name: str
    company: str | None
    email: str | None
    phone: str | None
    method: str | None = None
    billing: str | None = None
    cc: tuple[str, ...] = ()
    consent: int | None = 120
    paused: int | None = None


CUSTOMERS = (
    Customer(
        "school",
        "Dana Whitfield",
        "Riverside High Athletics",
        "dana.whitfield@example.com",
        "(845) 555-0111",
        "deliver",
        billing="riverside.accounts@example.com",
        cc=("athletic.director@example.com",),
    ),
    Customer("brewery", "Marcus Bell", "Two Kettles Brewing", "marcus@example.com", "845-555-0112", "pickup"),
    Customer("cafe", "Rosa Marchetti", "Trattoria Rosa", "rosa@example.com", "+1 845 555 0113", "deliver"),
    Customer("cycling", "Priya Natarajan", "Hudson Valley Wheelers", "priya.n@example.com", "8455550114", "pickup"),
    Customer(
        "builder",
        "Frank Delgado",
        "Delgado & Sons Construction",
        "frank@example.com",
        "(845) 555-0115",
        "ship",
        billing="ap.delgado@example.com",
        cc=("office.delgado@example.com", "payroll.delgado@example.com"),
    ),
    Customer("choir", "Eleanor Pruitt", "Beacon Community Choir", "eleanor.pruitt@example.com", None, "pickup"),
    Customer("startup", "Kenji Watanabe", "Lumen Analytics", "kenji@example.com", "212-555-0117", "ship"),
    Customer("yoga", "Amara Osei", "Still Water Yoga", "amara@example.com", "(845) 555-0118", "pickup", consent=None),
    Customer(
        "primary",
        "Helen Castellano",
        "Mill Street Elementary PTA",
        "pta@example.com",
        "(845) 555-0119",
        "deliver",
        billing="pta.treasurer@example.com",
    ),
    Customer("band", "Jonah Reyes", "The Paper Lanterns", "jonah@example.com", "+16465550120", "ship"),
    Customer("family", "Grace O'Connell", None, "grace.oconnell@example.com", "front desk, ask for Grace", "ship"),
    Customer("hardware", "Walt Jensen", "Jensen Hardware", None, "(845) 555-0122", "pickup"),
    Customer("library", "Nadia Petrov", "Howland Friends of the Library", "nadia@example.com", "845 555 0123", None),
    Customer(
        "rescue",
        "Tom Ashby",
        "Second Chance Dog Rescue",
        "tom.ashby@example.com",
        "(845) 555-0124",
        "pickup",
        paused=21,
    ),
    Customer("climbing", "Björn Eklund", "Cliffside Climbing Gym", "bjorn@example.com", "(845) 555-0125", "ship"),
)


@dataclass(frozen=True, slots=True)
class Payment:
    cents: int
    ago: int
    method: str = "check"
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """`due` and `ago` (when it was sent, or drafted) are days; a paid one without payments was paid elsewhere."""

    cents: int
    status: str
    ago: int
    due: int | None = None
    payments: tuple[Payment, ...] = ()
    po: str | None = None
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """`ago` is the age of the order, `due` the days until it is wanted.

    Each of `proofs` is "sent", "approved", or what the customer asked to change.
    """

    customer: str
    title: str
    quantity: int | None
    status: str
    ago: int
    method: str | None = None
    due: int | None = None
    rep: str | None = MAYA
    source: str = "staff"
    proofs: tuple[str, ...] = ()
    packages: tuple[tuple[str, str], ...] = ()
    invoices: tuple[Invoice, ...] = ()
    contact: tuple[str, str, str] | None = None


DECLINED = ("Could the crest be about a third larger, please?", "The blue should be darker, like last year's.")

# A table, so the formatter stays out of it.
# fmt: off
JOBS = (
    # Delivered, shipped, ready
    Job("school", "Track team hoodies", 64, "delivered", 150, "deliver", -118, proofs=(DECLINED[1], "approved"),
        invoices=(Invoice(214_400, "sent", 125, -95, po="RHS-2207"),)),
    Job("builder", "Hi-vis crew shirts", 120, "delivered", 118, "ship", -90, CARLOS, proofs=("approved",),
        packages=(("FedEx", "449044304137821"),), invoices=(Invoice(168_000, "sent", 95, -65, po="DS-1180"),)),
    Job("cafe", "Staff aprons", 18, "delivered", 88, "deliver", -70, proofs=("approved",),
        invoices=(Invoice(43_200, "paid", 72, -42, (Payment(43_200, 50, "check", "1043"),)),)),
    Job("band", "Spring tour tees", 200, "delivered", 84, "ship", -66, CARLOS, "customer", proofs=("approved",),
        packages=(("UPS", "1Z999AA10123456784"), ("UPS", "1Z999AA10123456785")),
        invoices=(Invoice(236_000, "sent", 65, -35, (Payment(100_000, 40, "card", "deposit"),)),)),
    Job("startup", "Conference T-shirts", 150, "shipped", 40, "ship", -4, CARLOS,
        proofs=(DECLINED[0], "approved"), packages=(("UPS", "1Z999AA10123456799"),),
        invoices=(Invoice(187_500, "sent", 35, -5, po="LUM-0417"),)),
    Job("climbing", "Route-setter jackets", 24, "shipped", 33, "ship", -2, proofs=("approved",),
        packages=(("USPS", "9400111899223100001234"),),
        invoices=(Invoice(139_200, "paid", 20, 10, (Payment(69_600, 20, "card"), Payment(69_600, 3, "card"))),)),
    Job("family", "Family reunion tees", 35, "shipped", 25, "ship", 1, None, "customer", proofs=("approved",),
        packages=(("USPS", "9400111899223100005678"), ("FedEx", "449044304137900")),
        invoices=(Invoice(52_500, "paid", 14, 0),)),
    Job("cycling", "Club jerseys, summer", 42, "completed_order", 30, "pickup", 0, proofs=("approved",),
        invoices=(Invoice(113_400, "sent", 9, 21),)),
    Job("brewery", "Taproom crew shirts", 30, "completed_order", 27, "pickup", 1, CARLOS, proofs=("approved",),
        invoices=(Invoice(48_000, "paid", 12, 3, (Payment(48_000, 4, "card", "at the counter"),)),)),
    Job("primary", "Field day shirts, grades 1–5", 240, "completed_order", 26, "deliver", 2,
        proofs=("approved",),
        invoices=(Invoice(192_000, "sent", 8, 22, (Payment(96_000, 8, "check", "2071"),), po="PTA-88"),)),
    Job("library", "Book sale totes", 75, "completed_order", 24, None, 3, None, proofs=("approved",)),
    # In the workshop
    Job("builder", "Foreman polos", 36, "bagging", 22, "ship", 3, CARLOS, proofs=("approved",),
        invoices=(Invoice(90_000, "sent", 6, 24, po="DS-1192"),)),
    Job("school", "Debate club quarter-zips", 22, "bagging", 21, "deliver", 4, proofs=("approved",)),
    Job("brewery", "Anniversary ale tees", 180, "in_production", 20, "pickup", 5, CARLOS,
        proofs=(DECLINED[0], "approved"),
        invoices=(Invoice(216_000, "sent", 10, 2, (Payment(108_000, 9, "card", "deposit"),)),)),
    Job("startup", "Onboarding kit hoodies", 60, "in_production", 19, "ship", 6, CARLOS, proofs=("approved",)),
    Job("yoga", "Studio tank tops", 48, "in_production", 18, "pickup", 6, proofs=("approved",)),
    Job("choir", "Concert polos", 55, "in_production", 17, "pickup", 9, proofs=("approved",)),
    Job("climbing", "Youth team singlets", 32, "screen_burned", 16, "ship", 8, proofs=("approved",)),
    Job("cafe", "Pizza night tees", 40, "screen_burned", 16, "deliver", 10, CARLOS, proofs=("approved",)),
    Job("band", "Poster-print hoodies", 90, "films", 15, "ship", 11, CARLOS, proofs=("approved",)),
    Job("primary", "Teacher cardigans", 28, "films", 14, "deliver", 12, proofs=("approved",)),
    # Approved: ready to go on press
    Job("cycling", "Wind vests", 25, "art_approved", 14, "pickup", 13, proofs=("approved",)),
    Job("startup", "Hackathon tees", 80, "art_approved", 13, "ship", 14, CARLOS, proofs=(DECLINED[1], "approved")),
    Job("cafe", "Delivery team caps", 15, "art_approved", 12, "deliver", 14, proofs=("approved",),
        invoices=(Invoice(27_000, "sent", 11, 19, disputed=True),)),
    Job("school", "Marching band jackets", 110, "art_approved", 12, "deliver", 20, proofs=("approved",),
        contact=("Luis Ferrer", "luis.ferrer@example.com", "(845) 555-0131")),
    # Waiting for the customer
    Job("brewery", "Harvest festival tees", 140, "art_approval_sent", 10, "pickup", 18, CARLOS, proofs=("sent",)),
    Job("climbing", "Member T-shirts", 100, "art_approval_sent", 9, "ship", 19, proofs=(DECLINED[0], "sent")),
    Job("family", "Golden wedding tees", 20, "art_approval_sent", 8, "ship", 16, None, "customer",
        proofs=("sent",)),
    Job("library", "Summer reading tees", 130, "art_approval_sent", 8, None, 22,
        proofs=(DECLINED[1], DECLINED[0], "sent")),
    Job("choir", "Tour scarves", 50, "art_revision_requested", 8, "pickup", 24,
        proofs=("The treble clef is mirrored on the left side.",)),
    Job("rescue", "Adoption day tees", 70, "art_revision_requested", 7, "pickup", 21, CARLOS,
        proofs=("Please use the new logo, with two dogs.",)),
    Job("yoga", "Retreat sweatshirts", 34, "art_requested", 6, "pickup", 28),
    Job("hardware", "Counter aprons", 12, "art_requested", 6, "pickup", None, CARLOS),
    # Quotes
    Job("builder", "Winter jackets", 45, "quote_sent", 5, "ship", 45, CARLOS),
    Job("cycling", "Century ride tees", 160, "quote_sent", 4, "pickup", 40, source="customer"),
    Job("primary", "Book fair totes", 90, "quote_sent", 4, "deliver"),
    Job("band", "Autumn tour tees", 250, "quote", 2, "ship", None, CARLOS, "customer"),
    Job("cafe", "Anniversary tees", None, "quote", 1, None, None, None),
    # Set aside
    Job("rescue", "Volunteer hoodies", 26, "on_hold", 23, "pickup", None, proofs=("approved",),
        invoices=(Invoice(70_200, "draft", 3, None),)),
    Job("hardware", "Softball jerseys", 16, "cancelled", 31, "pickup", None, CARLOS,
        invoices=(Invoice(38_400, "void", 28, 2),)),
)
# fmt: on

OTHER_INVOICES = (
    ("yoga", Invoice(18_000, "draft", 1, None)),
    ("startup", Invoice(24_500, "sent", 2, 13, po="LUM-0431")),
)


@dataclass(frozen=True, slots=True)
class Lead:
    name: str
    email: str
    ago: int
    phone: str | None = None
    company: str | None = None
    source: str = "website"
    message: str | None = None


LEADS = (
    Lead(
        "Olivia Grant",
        "olivia.grant@example.com",
        1,
        "845-555-0141",
        "Grant & Field Florists",
        message="Twelve aprons with our logo, one colour. When could they be ready?",
    ),
    Lead("Devon Marsh", "devon.marsh@example.com", 2, None, None, message="What would 40 tees for a fun run cost?"),
    Lead(
        "Sofia Almeida",
        "sofia@example.com",
        4,
        "(845) 555-0143",
        "Almeida Dental",
        "manual",
        "Called about embroidered scrubs; wants samples.",
    ),
    Lead("Ray Kowalski", "ray.kowalski@example.com", 9, "8455550144", "Kowalski Towing"),
    Lead(
        "Beth Langley",
        "beth.langley@example.com",
        15,
        None,
        "Beacon Farmers' Market",
        "manual",
        "Vendor shirts for the season, about 60.",
    ),
)


@dataclass(frozen=True, slots=True)
class Reorder:
    customer: str
    title: str
    quantity: int | None
    ago: int
    note: str | None = None


REORDERS = (
    Reorder("brewery", "Taproom crew shirts", 24, 1, "Same as last time, but four more in XL."),
    Reorder("school", "Track team hoodies", 70, 3),
    Reorder("cafe", "Staff aprons", None, 6, "Two new cooks start next month."),
)

OVERRIDES = (
    ("school", "invoice_overdue_email", "pays by purchase order once a quarter"),
    ("choir", "status_change_email", "asked for fewer messages"),
)
OPTED_OUT = (("sms", "+18455550114", "answered STOP"),)
CLOSED_DAYS = ((1, 1, "New Year's Day"), (7, 4, "Independence Day"), (12, 25, "Christmas Day"))
