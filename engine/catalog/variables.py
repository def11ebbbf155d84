"""Every variable a wording may use: one registry for the reference, the checker, the editor and the sample preview."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """`values` closes the set a comparison may name; `is_link` marks an http(s) address."""

    name: str
    group: str
    label: str
    meaning: str
    example: str
    may_be_empty: bool = False
    values: tuple[str, ...] = ()
    is_link: bool = False


def _shop(name: str, label: str, meaning: str, example: str, empty: bool = True, link: bool = False) -> Variable:
    return Variable(name, "shop", label, meaning, example, may_be_empty=empty, is_link=link)


SHOP = (
    _shop("shop_name", "Shop name", "The name of the shop.", "Fernwood Print Co.", empty=False),
    _shop("shop_email", "Shop email", "The shop's own email address.", "hello@fernwood.example.com"),
    _shop("shop_phone", "Shop phone", "The shop's phone number, as it is written.", "(212) 555-0100"),
    _shop("shop_address", "Shop address", "Where the shop is.", "18 Mill Lane, Hudson, NY 12534"),
    _shop("shop_website", "Shop website", "The shop's website.", "https://fernwood.example.com", link=True),
    _shop("shop_hours", "Opening hours", "When orders can be picked up.", "Mon–Fri 9 am – 5 pm"),
    _shop("shop_logo_url", "Shop logo", "The address of the logo.", "https://fernwood.example.com/logo.png", link=True),
    _shop("shop_notice", "Notice", "A notice for a time, such as holiday hours.", "Closed 24–26 December."),
    _shop("today", "Today", "Today's date in the shop's time zone.", "November 3, 2026", empty=False),
)

CUSTOMER = (
    Variable("customer_name", "customer", "Customer name", "The full name of the person written to.", "Dana Whitfield"),
    Variable(
        "customer_first_name",
        "customer",
        "First name",
        "The first name; empty when an accounts department is written to.",
        "Dana",
        may_be_empty=True,
    ),
    Variable("customer_company", "customer", "Company", "The customer's company.", "Riverside Running Club", True),
    Variable(
        "customer_email", "customer", "Customer email", "The customer's email.", "dana@riverside.example.com", True
    ),
    Variable("customer_phone", "customer", "Customer phone", "The customer's phone number.", "(212) 555-0142", True),
    Variable(
        "portal_url",
        "customer",
        "Customer portal",
        "The customer's own page with orders and invoices.",
        "https://orders.fernwood.example.com/p/7c2f9d",
        is_link=True,
    ),
)

JOB = (
    Variable("job_number", "job", "Job number", "The number of the job.", "1042"),
    Variable("job_title", "job", "Job title", "What the job is called.", "Spring 10k shirts"),
    Variable("job_status", "job", "Status", "The present status, in the customer's words.", "In production"),
    Variable("job_quantity", "job", "Quantity", "How many pieces.", "120", may_be_empty=True),
    Variable("due_date", "job", "Due date", "When the job is due.", "November 20, 2026", may_be_empty=True),
    Variable(
        "delivery_method",
        "job",
        "Delivery method",
        "How the order leaves the shop: pickup, ship or deliver.",
        "pickup",
        may_be_empty=True,
        values=("pickup", "ship", "deliver"),
    ),
    Variable("sales_rep_name", "job", "Sales rep", "Who looks after the job.", "Sam Ortiz", may_be_empty=True),
    Variable("sales_rep_email", "job", "Sales rep email", "The sales rep's email.", "sam@fernwood.example.com", True),
)

STAFF_JOB = (
    Variable("job_internal_status", "job", "Status (staff)", "The present status, as staff call it.", "Screen Burned"),
    Variable(
        "job_previous_status", "job", "Previous status (staff)", "The status it came from.", "Films", may_be_empty=True
    ),
)

ART = (
    Variable(
        "art_review_url",
        "art",
        "Proof link",
        "The page where the customer approves the proof or asks for changes.",
        "https://orders.fernwood.example.com/art/51e0aa",
        is_link=True,
    ),
    Variable("art_version", "art", "Proof version", "Which version of the proof it is.", "2"),
    Variable(
        "art_decline_reason",
        "art",
        "Requested changes",
        "What the customer wants changed.",
        "Please make the logo a little larger.",
        may_be_empty=True,
    ),
)

CARRIERS = ("UPS", "USPS", "FedEx", "DHL", "OnTrac", "Canada Post")

TRACKING = (
    Variable(
        "tracking_numbers", "tracking", "Tracking numbers", "The numbers not announced yet.", "1Z999AA10123456784"
    ),
    Variable(
        "tracking_links",
        "tracking",
        "Tracking links",
        "A link for each number; the number itself where the carrier is not known.",
        "https://www.ups.com/track?tracknum=1Z999AA10123456784",
    ),
    Variable(
        "tracking_url",
        "tracking",
        "First tracking link",
        "The link of the first number.",
        "https://www.ups.com/track?tracknum=1Z999AA10123456784",
        may_be_empty=True,
        is_link=True,
    ),
    Variable(
        "tracking_previous",
        "tracking",
        "Earlier tracking numbers",
        "Numbers of this job announced before; empty for the first package.",
        "1Z999AA10123456001",
        may_be_empty=True,
    ),
    Variable("carrier", "tracking", "Carrier", "Who carries the package.", "UPS", may_be_empty=True, values=CARRIERS),
)

INVOICE_LINK = Variable(
    "invoice_url",
    "invoice",
    "Invoice link",
    "The page with the invoice; in a job's message, of its newest invoice.",
    "https://orders.fernwood.example.com/invoice/9ab3c1",
    may_be_empty=True,
    is_link=True,
)
AMOUNT_DUE = Variable(
    "amount_due", "invoice", "Amount due", "What is still to be paid; empty when nothing is.", "$480.00", True
)
PAYMENT_URL = Variable(
    "payment_url",
    "invoice",
    "Payment link",
    "The page that takes a card; empty unless Stripe is connected and something is due that is not on its way.",
    "https://orders.fernwood.example.com/pay/9ab3c1",
    may_be_empty=True,
    is_link=True,
)

INVOICE = (
    Variable("invoice_number", "invoice", "Invoice number", "The number of the invoice.", "2107"),
    Variable("po_number", "invoice", "PO number", "The customer's purchase order.", "PO-5531", may_be_empty=True),
    Variable("invoice_date", "invoice", "Invoice date", "When the invoice was sent.", "October 20, 2026"),
    Variable(
        "invoice_due_date", "invoice", "Due date of the invoice", "When it is to be paid.", "November 3, 2026", True
    ),
    Variable("invoice_total", "invoice", "Invoice total", "The whole sum of the invoice.", "$960.00"),
    AMOUNT_DUE,
    Variable("amount_paid", "invoice", "Amount paid", "What has been paid; empty when nothing was.", "$480.00", True),
    Variable("payment_date", "invoice", "Payment date", "When it was paid.", "November 3, 2026", may_be_empty=True),
    INVOICE_LINK,
    PAYMENT_URL,
)

OVERDUE = (
    Variable("days_overdue", "overdue", "Days overdue", "Days since the due date.", "12"),
    Variable("days_until_due", "overdue", "Days until due", "Days left until the due date.", "3"),
    Variable(
        "total_overdue",
        "overdue",
        "Total overdue",
        "The sum of the customer's overdue invoices; in a reminder before the due date, of those due soon.",
        "$1,240.00",
        may_be_empty=True,
    ),
    Variable(
        "overdue_count",
        "overdue",
        "Overdue invoices, number",
        "How many invoices are overdue; in a reminder before the due date, how many are due soon.",
        "2",
    ),
    Variable(
        "overdue_invoices",
        "overdue",
        "Overdue invoices, table",
        "A table of the customer's overdue invoices; in a reminder before the due date, of those due soon.",
        "2107 · due November 3, 2026 · $480.00",
        may_be_empty=True,
    ),
    Variable(
        "reminders_sent",
        "overdue",
        "Reminders sent",
        "The latest reminders this customer got, newest first.",
        "30 days overdue on December 3, 2026, Invoice overdue on November 4, 2026",
        may_be_empty=True,
    ),
)

LEAD = (
    Variable("lead_name", "lead", "Lead name", "Who asked.", "Jordan Blake"),
    Variable("lead_email", "lead", "Lead email", "Their email address.", "jordan@hilltop.example.com", True),
    Variable("lead_phone", "lead", "Lead phone", "Their phone number.", "(212) 555-0177", may_be_empty=True),
    Variable("lead_company", "lead", "Lead company", "Their company.", "Hilltop Brewing", may_be_empty=True),
    Variable(
        "lead_source", "lead", "Lead source", "Where the lead came from.", "website", values=("website", "manual")
    ),
    Variable("lead_message", "lead", "Lead message", "What they wrote.", "60 hoodies for our crew, two colours.", True),
)

REORDER = (
    Variable("reorder_job_number", "reorder", "Job to repeat", "The job to be made again.", "1017", may_be_empty=True),
    Variable("reorder_quantity", "reorder", "Reorder quantity", "How many they want.", "80", may_be_empty=True),
    Variable("reorder_note", "reorder", "Reorder note", "What they added.", "Same colours, please.", may_be_empty=True),
)

SMS = (
    Variable(
        "sms_opt_out_text",
        "sms",
        "Opt-out line",
        "How to stop texts; carriers expect it in a first message.",
        "Reply STOP to opt out.",
        may_be_empty=True,
    ),
)

VARIABLES: tuple[Variable, ...] = (
    *SHOP, *CUSTOMER, *JOB, *STAFF_JOB, *ART, *TRACKING, *INVOICE, *OVERDUE, *LEAD, *REORDER, *SMS,
)  # fmt: skip

_BY_NAME = {variable.name: variable for variable in VARIABLES}


def variable(name: str) -> Variable:
    """Raises KeyError for a name outside the registry."""
    return _BY_NAME[name]


def names(*groups: tuple[Variable, ...]) -> tuple[str, ...]:
    return tuple(variable.name for group in groups for variable in group)
