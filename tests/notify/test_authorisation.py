"""Every route of notify × everybody: what HTTP.md and FEATURES.md promise, by hand."""

import pytest

from services.notify.app import spec
from shared.settings import ServiceSettings
from tests import authorisation
from tests.authorisation import PEOPLE, Stage, a_stage
from tests.faults.smtp_server import MailServer
from tests.notify.office import ask, becomes, quick, something
from tests.notify.test_links import MEETING, PORTAL, secret_in

# The mail went to `convenor`, who works at bolagsverket. Its links are for whoever has the mail, until it is
# sent again: that comes last.
ROWS = authorisation.table(
    "notify",
    authorisation.CALLERS,
    # nobody member convenor coordinator other steering system system-2, from left to right
    """
    GET    /notify/v1/notifications                          401 none ok ok  none none ok none
    GET    /notify/v1/notifications/{notification_id}        401 404 ok  ok  404 404 ok  404
    GET    /notify/v1/preferences/{person_id}                401 404 ok  ok  404 404 ok  404
    PUT    /notify/v1/preferences/{person_id}                401 404 ok  ok  404 404 ok  404
    GET    /notify/v1/templates                              401 ok  ok  ok  ok  ok  ok  ok
    GET    /notify/v1/templates/{kind}/{language}/preview    401 404 ok  ok  404 404 ok  404
    GET    /notify/v1/answers/{secret}                      ok  ok  ok  ok  ok  ok  ok  ok
    GET    /notify/v1/sign-ins/{secret}                      ok  ok  ok  ok  ok  ok  ok  ok
    GET    /notify/v1/unsubscribe/{secret}                   ok  ok  ok  ok  ok  ok  ok  ok
    POST   /notify/v1/unsubscribe/{secret}                   ok  ok  ok  ok  ok  ok  ok  ok
    DELETE /notify/v1/unsubscribe/{secret}                   ok  ok  ok  ok  ok  ok  ok  ok
    GET    /notify/v1/tasks                                  401 403 403 ok  404 404 ok  404
    GET    /notify/v1/audit-entries                          401 403 403 ok  404 404 403 404
    DELETE /notify/v1/suppressions/{person_id}               401 404 403 ok  404 404 ok  404
    POST   /notify/v1/notifications/{notification_id}/resend 401 404 403 ok  404 404 ok  404
    """,
)
V1 = "/notify/v1"


def test_every_route_of_notify_has_its_row_and_every_row_its_route() -> None:
    assert not authorisation.missing_and_unknown(spec(quick("127.0.0.1:9")), ROWS)


@pytest.mark.ci
async def test_everybody_gets_of_notify_what_is_theirs_and_nothing_else(
    settings: ServiceSettings, server: MailServer
) -> None:
    async with a_stage(spec(quick(server, portal=PORTAL)), settings) as stage:
        things = await one_of_each(stage, settings)
        end = {"where": {"secret": secret_in(server, PEOPLE["convenor"].email or "", "unsubscribe")}}
        requests = {
            f"GET {V1}/audit-entries": {"params": {"agency": "bolagsverket"}},
            f"GET {V1}/tasks": {"params": {"agency": "bolagsverket"}},
            f"PUT {V1}/preferences/{{person_id}}": {"json": {"kinds": {}}},
            # With real data: an example is shown to everybody.
            f"GET {V1}/templates/{{kind}}/{{language}}/preview": {
                "params": {"notification": things["notification_id"]}
            },
            f"GET {V1}/answers/{{secret}}": {
                "where": {"secret": secret_in(server, PEOPLE["convenor"].email or "", "answers")}
            },
            f"GET {V1}/sign-ins/{{secret}}": {
                "where": {"secret": secret_in(server, PEOPLE["convenor"].email or "", "sign-in")}
            },
            **{f"{method} {V1}/unsubscribe/{{secret}}": end for method in ("GET", "POST", "DELETE")},
        }
        found = await authorisation.surprises(stage.running.http, ROWS, stage.callers, things, requests, {})
        assert not found, "\n" + "\n".join(found)


async def one_of_each(stage: Stage, settings: ServiceSettings) -> dict[str, str]:
    request = something(PEOPLE["convenor"], data=MEETING)
    await ask(settings, request)
    await becomes(stage.running, request, "sent")
    person = PEOPLE["convenor"].id
    link = something(PEOPLE["convenor"], kind="portal.sign_in", subject="sign-in/0193a1b2")
    await ask(settings, link)
    await becomes(stage.running, link, "sent")
    return {"notification_id": request.id, "person_id": person, "kind": request.kind, "language": "sv"}
