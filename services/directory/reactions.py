"""Which handlers react to which fact. They run in this order, in the transaction that causes the fact."""

from services.directory.agencies.rules import AgencyChanged
from services.directory.groups.handlers import groups
from services.directory.peers.handlers import lone
from services.directory.people.handlers import trust
from services.directory.people.rules.facts import PersonEdited, RolesChanged, VisibilityChanged
from services.directory.privacy.handlers import erasing
from services.directory.upkeep.handlers import corrections, upkeep
from shared.mongo import Reactions

REACTIONS: Reactions = {
    PersonEdited: (upkeep.on_person_edited,),
    RolesChanged: (lone.on_roles_changed,),
    VisibilityChanged: (
        groups.on_visibility_changed,
        erasing.on_visibility_changed,
        trust.on_visibility_changed,
        corrections.on_visibility_changed,
        upkeep.on_visibility_changed,
    ),
    AgencyChanged: (trust.on_agency_changed,),
}
