"""Everything that `make bench` measures, in this order. A new figure is a function and a line here."""

from tests.bench import (
    announcing,
    bookings,
    delay,
    finding,
    flat,
    imports,
    intake,
    mail,
    pages,
    reads,
    scim,
    searching,
    starting,
)
from tests.bench.rows import Part

PARTS = (
    Part("intake", "staff records through the directory beside a bare loop that is as safe", intake.measure),
    Part("others", "the same records as others would take them in", intake.measure_others),
    Part("consumers", "the same with one process and with two", flat.measure_consumers),
    Part("flat", "the same with few and with many people there already", flat.measure),
    Part("announcing", "the outbox to Kafka beside a bare relay", announcing.measure),
    Part("mail", "16 senders beside bare loops, and a burst from the request", mail.measure),
    Part("search", "questions over HTTP, 50 a second, over more and more people", searching.measure),
    Part("finding", "whether the right person comes first, of 1,200", finding.measure),
    Part(
        "pages", "the portal's pages, 50 a second, over the story's 1,200 people; their weight", pages.measure
    ),
    Part("start", "make run, warm", starting.measure),
    # From here on the four services run beside what is measured.
    Part("delay", "from a record to search and to every copy; memory, idle", delay.measure),
    Part("reads", "a person by id over HTTP beside a bare route", reads.measure),
    Part("scim", "each operation beside scim2-server's own in-memory servers", scim.measure),
    Part("loaded", "the delay while 50,000 records are taken in; memory at its most", delay.measure_loaded),
    # It leaves 200,000 people behind, of whom the local stack's MongoDB can't keep all in memory.
    Part("import", "an HR export of 200,000 rows", imports.measure),
    Part("bookings", "100 clients and one occasion", bookings.measure),
)
