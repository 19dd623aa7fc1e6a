"""Pages in the states that they come to only when something has happened."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.directory.groups.handlers import life as group_life
from services.directory.upkeep.handlers import upkeep
from tests.harness import eventually
from tests.portal.house import Browser, House
from tests.portal.test_links import WRONG, a_meeting


@dataclass
class Pages:
    """`inside` for the one who is called Ensam, `outside` for whoever has the link."""

    inside: list[str] = field(default_factory=list[str])
    outside: list[str] = field(default_factory=list[str])


async def still_right(house: House, name: str) -> str:
    """The link of a mail that asks somebody whether their profile is still right."""
    me, mongo = house.people[name], house.directory.running.mongo
    due = {"$set": {"due_at": datetime.now(UTC) - timedelta(days=1)}, "$unset": {"confirmed_at": ""}}
    await house.directory.db.confirmations.update_one({"_id": me}, due, upsert=True)
    await mongo.transact(lambda tx: upkeep.ask_whether_right(tx, me, datetime.now(UTC)))
    return await house.link_in(name, "directory.still_right", "confirmations")


async def pages_in_their_states(house: House) -> Pages:
    ensam, granne = await house.signed_in("Ensam"), await house.signed_in("Granne")
    pages = Pages(
        outside=[f"/answers/{WRONG}", f"/unsubscribe/{WRONG}", f"/confirmations/{WRONG}", "/sign-in/callback"]
    )
    await _meetings(house, pages, ensam, granne)
    await _asked(pages, ensam, granne)
    await _groups(house, pages, ensam)
    await house.hire(
        "spv", "Fragas", "Svarade", phone="+46 60 18 40 77", specialties=("ramavtal", "friskvård")
    )
    asked, answered = [await still_right(house, name) for name in ("Fragas", "Svarade")]
    await house.browser().post(answered, csrf="")
    ended = await house.link_in("Svarade", "directory.still_right", "unsubscribe")
    await house.browser().post(ended, csrf="", page="yes")
    pages.outside += [asked, answered, ended]
    return pages


async def _meetings(house: House, pages: Pages, ensam: Browser, granne: Browser) -> None:
    rule = {"roles": "upphandlare", "agencies": "bolagsverket"}
    paths = {
        title: await a_meeting(house, "Ensam", title=title, place="Sundsvall", **rule, **more)
        for title, more in (
            ("Obesvarad träff", {}),
            ("Besvarad träff", {}),
            ("Inställd träff", {}),
            ("Hållen träff", {}),
        )
    }
    full = await a_meeting(house, "Granne", title="Full träff", roles="upphandlare", capacity="1")
    for path in (*paths.values(), full):
        await eventually(lambda path=path: _invited(ensam, path))
    link = await house.link_in("Ensam", "events.invited", "answers")
    end = await house.link_in("Ensam", "events.invited", "unsubscribe")
    await eventually(lambda: _invited(granne, full))
    await granne.post(f"{full}/answer", answer="accepted")
    await ensam.open(full)
    await ensam.post(f"{full}/answer", answer="accepted")
    await ensam.open(paths["Besvarad träff"])
    await ensam.post(f"{paths['Besvarad träff']}/answer", answer="accepted")
    await ensam.open(paths["Inställd träff"])
    await ensam.post(f"{paths['Inställd träff']}/cancellation", sure="yes")
    await ensam.open(paths["Hållen träff"])
    await ensam.post(f"{paths['Hållen träff']}/answer", answer="accepted")
    await was_held(house, paths["Hållen träff"])
    await ensam.open(paths["Besvarad träff"])
    await ensam.post(f"{paths['Besvarad träff']}/attendance/code")
    pages.inside += [
        *paths.values(),
        f"{paths['Hållen träff']}/attendance",
        f"{paths['Hållen träff']}/here?code=7KQ2MXPA",
        f"{paths['Besvarad träff']}/attendance/code",
        f"{paths['Obesvarad träff']}/attendance/code",
        f"{paths['Obesvarad träff']}/change",
        f"{paths['Obesvarad träff']}/convenor",
        full,
    ]
    pages.outside += [link, f"{link}?saved=true", end]


async def _groups(house: House, pages: Pages, owner: Browser) -> None:
    """One that is proposed for a form, and one that has it."""
    paths: list[str] = []
    await house.hire("spv", "Gruppett", "Grupptva")
    members = [await house.signed_in(name) for name in ("Gruppett", "Grupptva")]
    for name in ("Föreslagen", "Formad"):
        await owner.open("/groups")
        await owner.post("/groups", name=name)
        paths.append(owner.page.url.path)
        for member in members:
            await member.open(paths[-1])
            await member.post(f"{paths[-1]}/membership", move="join")
    proposed, formed = paths
    await looked_after(house, proposed, created_at=datetime.now(UTC) - timedelta(days=400))
    await owner.open(formed)
    me = house.people["Ensam"]
    form = {"name": "Formad", "owner_id": me, "convenor_id": me, "mandate": "Mallar.", "edition": "*"}
    await owner.post(f"{formed}/change", **form)
    await owner.post(f"{formed}/decisions", text="Vi ses.\nVarje månad.", decided_on="2026-11-25")
    pages.inside += [proposed, formed, f"{formed}/change"]


async def looked_after(house: House, path: str, **changes: object) -> None:
    """A group as the directory's clock looks after it, when it is due."""
    group, now = path.rpartition("/")[2], datetime.now(UTC)
    await house.directory.db.groups.update_one({"_id": group}, {"$set": {**changes, "due_at": now}})
    await house.directory.running.mongo.transact(lambda tx: group_life.look_after(tx, group, now))


async def was_held(house: House, path: str) -> None:
    """Let a meeting have been held yesterday."""
    ended = datetime.now(UTC) - timedelta(days=1)
    times = {"starts_at": ended - timedelta(hours=2), "ends_at": ended}
    meetings = house.others["events"].mongo.db.meetings
    assert (await meetings.update_one({"_id": path.rpartition("/")[2]}, {"$set": times})).modified_count


async def _invited(browser: Browser, path: str) -> bool:
    await browser.open(path)
    return f"{path}/answer" in browser.page.text


async def _asked(pages: Pages, asker: Browser, peer: Browser) -> None:
    await asker.open("/new-question")
    await asker.post("/new-question", title="Hur prövas detta?", text="Så här länge.", role="upphandlare")
    question = asker.page.url.path
    await peer.open(question)
    await peer.post(f"{question}/answers", text="Med axe.\nI båda språken.")
    await peer.open("/new-practice")
    topic = "friskvård"
    written = {"title": "Friskvård mot kvitto", "topic": topic, "text": "Först frågar vi.\nSedan betalar vi."}
    await peer.post("/new-practice", **written)
    practice = peer.page.url.path
    assert practice.startswith("/practice/"), peer.text
    await asker.open(practice)
    await asker.post(f"{practice}/adoption")
    adopted = asker.page.url.path
    changed = {**written, "text": "Vi betalar.", "review_on": "2029-03-01", "edition": "*"}
    await peer.post(f"{practice}/change", **changed)
    pages.inside += [question, practice, adopted, f"{adopted}/change", f"{adopted}/owner"]
