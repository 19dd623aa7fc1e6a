"""The directory: who works where, with what, and who can help."""

from services.directory import upgrade, worker
from services.directory.agencies.api import agencies, roles, tokens, words
from services.directory.agencies.store import agencies as agency_store
from services.directory.agencies.store import coordinating as coordinating_store
from services.directory.consumers import SUBSCRIPTIONS
from services.directory.groups.api import decisions as group_decisions
from services.directory.groups.api import groups
from services.directory.groups.store import groups as group_store
from services.directory.groups.store import life as group_life_store
from services.directory.imports import api as imports
from services.directory.imports import store as import_store
from services.directory.intake.api import feeds, mass_leaves, staff_records
from services.directory.intake.store import feeds as feed_store
from services.directory.intake.store import leaves as leave_store
from services.directory.peers.api import figures, lone, peers
from services.directory.peers.store import lone as lone_store
from services.directory.peers.store import peers as peer_store
from services.directory.people.api import contacts, history, joining, people
from services.directory.people.store import claims as claim_store
from services.directory.people.store import history as history_store
from services.directory.people.store import people as people_store
from services.directory.practices import api as practices
from services.directory.practices import store as practice_store
from services.directory.privacy.api import departures, privacy, records
from services.directory.privacy.store import departures as departure_store
from services.directory.privacy.store import privacy as privacy_store
from services.directory.privacy.store import records as record_store
from services.directory.questions import store as question_store
from services.directory.questions.api import answers, overview, questions
from services.directory.reactions import REACTIONS
from services.directory.scim import api as scim
from services.directory.scim import store as scim_store
from services.directory.search import api as search
from services.directory.search import follower
from services.directory.upkeep.api import completeness, confirmations, corrections
from services.directory.upkeep.store import corrections as correction_store
from services.directory.upkeep.store import upkeep as upkeep_store
from shared.consuming.states import Source
from shared.contracts.topics import DIRECTORY_AGENCIES, DIRECTORY_GROUPS, DIRECTORY_PEOPLE, DIRECTORY_PRIVACY
from shared.privacy import burials
from shared.service import Spec, merge
from shared.web import audit_entries

SPEC = Spec(
    name="directory",
    description="Who works where, with what, and who can help / Vem arbetar var, och vem kan hjälpa",
    indexes=merge(
        people_store.INDEXES,
        peer_store.INDEXES,
        lone_store.INDEXES,
        agency_store.INDEXES,
        feed_store.INDEXES,
        group_store.INDEXES,
        group_life_store.INDEXES,
        history_store.INDEXES,
        correction_store.INDEXES,
        claim_store.INDEXES,
        coordinating_store.INDEXES,
        upkeep_store.INDEXES,
        question_store.INDEXES,
        practice_store.INDEXES,
        privacy_store.INDEXES,
        record_store.INDEXES,
        departure_store.INDEXES,
        scim_store.INDEXES,
        import_store.INDEXES,
        leave_store.INDEXES,
        burials.INDEXES,
    ),
    subscriptions=SUBSCRIPTIONS,
    bodies={**scim.BODIES, **imports.BODIES},
    routers=(
        search.router,
        people.router,
        history.router,
        corrections.router,
        confirmations.router,
        contacts.router,
        peers.router,
        lone.router,
        overview.router,
        figures.router,
        groups.router,
        group_decisions.router,
        questions.router,
        answers.router,
        practices.router,
        records.router,
        privacy.router,
        departures.router,
        roles.router,
        words.router,
        joining.router,
        agencies.router,
        completeness.router,
        feeds.router,
        tokens.router,
        staff_records.router,
        scim.router,
        imports.router,
        mass_leaves.router,
        audit_entries.router("directory", "directory:read"),
    ),
    sources=(
        Source(DIRECTORY_PEOPLE, "people", people_store.public_state),
        Source(DIRECTORY_AGENCIES, "agencies", agency_store.public_state),
        Source(DIRECTORY_GROUPS, "groups", group_store.public_state),
        Source(DIRECTORY_PRIVACY, "privacy_requests", privacy_store.public_state),
    ),
    tails=(DIRECTORY_PEOPLE,),
    workers={
        "search": follower.follow_people,
        "privacy": worker.answer_privacy,
        "lone reviews": worker.watch_feeds,
    },
    due=worker.due,
    reactions=REACTIONS,
    upgrade=(upgrade.upgrade,),
)
