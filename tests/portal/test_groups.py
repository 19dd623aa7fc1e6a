"""A group's life on its page: changed, given a form, handed over, taken over (D23)."""

from datetime import UTC, datetime, timedelta

from tests.directory.network import staff
from tests.harness import eventually
from tests.portal.house import Browser, House
from tests.portal.states import looked_after


async def a_group(house: House, name: str, owner: str, *others: str) -> tuple[str, list[Browser]]:
    """Its path, and the browsers of the owner and of the others, who have joined."""
    await house.hire("spv", owner, *others, roles=("jurist",))
    browsers = [await house.signed_in(each) for each in (owner, *others)]
    await browsers[0].open("/groups")
    await browsers[0].post("/groups", name=name)
    path = browsers[0].page.url.path
    for browser in browsers[1:]:
        await browser.open(path)
        await browser.post(f"{path}/membership", move="join")
    await browsers[0].open(path)
    return path, browsers


async def test_a_group_that_has_grown_up_is_given_a_form_and_writes_down_what_it_decides(
    house: House,
) -> None:
    path, (owner, second, third) = await a_group(house, "Juristerna", "Grundar", "Kallarin", "Medis")
    assert "Ge den en form" not in owner.text
    await looked_after(house, path, created_at=datetime.now(UTC) - timedelta(days=400))
    await second.open(path)
    assert "Ge den en form" not in second.text, "its owner is asked"
    await owner.open(path)
    assert "Den har funnits i ett år." in owner.text
    await owner.open(f"{path}/change")
    form = {
        "name": "Juristerna", "purpose": "Vi prövar", "edition": owner.edition, "mandate": "",
        "owner_id": house.people["Grundar"], "convenor_id": house.people["Kallarin"],
    }  # fmt: skip
    assert (await owner.post(f"{path}/change", **form)).status_code == 422
    assert "Skriv vad den ska göra." in owner.text
    await owner.post(f"{path}/change", **{**form, "mandate": "Gemensamma mallar."})
    assert "Uppdrag: Gemensamma mallar." in owner.text
    assert "Kallar samman" in owner.text
    assert "Ge den en form" not in owner.text
    assert (await owner.post(f"{path}/change", **form, csrf=None)).status_code == 422
    await second.open(path)
    assert (await second.post(f"{path}/decisions", text="", decided_on="i går")).status_code == 422
    assert "2 saker behöver rättas" in second.text
    decision = {"text": "Vi turas om.\nBörjar med SPV.", "decided_on": "2026-11-25", "csrf": second.csrf}
    await second.post(f"{path}/decisions", **decision)
    await second.post(f"{path}/decisions", **decision)
    assert second.text.count("Vi turas om. Börjar med SPV.") == 1, "sent twice, done once"
    await second.post(f"{path}/decisions", **{**decision, "text": "Något annat."})
    assert "Något annat." in second.text
    assert "Vi turas om. Börjar med SPV." in second.text
    assert "nedskrivet av Åsa Kallarin" in second.text
    await third.open(path)
    assert "Vi turas om." in third.text
    assert "Skriv ner det" not in third.text
    await owner.open(f"{path}/change")
    await owner.post(f"{path}/change", **{**form, "edition": owner.edition, "convenor_id": ""})
    assert "Uppdrag" not in owner.text
    assert "Vi turas om." in owner.text, "what was decided stays"
    await owner.post(f"{path}/change", **{**form, "edition": "*", "mandate": "Mallar igen."})
    assert (await third.post(f"{path}/decisions", text="Jag bestämmer.", decided_on="2026-11-25")).status_code == 403  # fmt: skip


async def test_a_group_stays_as_it_is_and_is_handed_over(house: House) -> None:
    path, (owner, other, _third) = await a_group(house, "Lunchlöparna", "Startar", "Efterar", "Joggar")
    await looked_after(house, path, created_at=datetime.now(UTC) - timedelta(days=400))
    await owner.open(f"{path}/change")
    named = {"name": "Löparna", "edition": owner.edition, "owner_id": house.people["Startar"]}
    await owner.post(f"{path}/change", **named)
    assert "Ge den en form" in owner.text, "a name is no answer to that"
    await owner.post(f"{path}/stage")
    assert "Ge den en form" not in owner.text
    await owner.open(f"{path}/change")
    form = {"name": "Löparna", "edition": owner.edition, "owner_id": house.people["Efterar"]}
    await owner.post(f"{path}/change", **form)
    assert "Löparna" in owner.text
    assert "Ändra gruppen" not in owner.text, "somebody else looks after it now"
    await other.open(path)
    assert "Ändra gruppen" in other.text
    stale = await other.post(f"{path}/change", **{**form, "name": "Lunch"})
    assert stale.status_code == 422
    assert "Någon annan hann spara en ändring före dig" in other.text


async def test_a_member_takes_over_a_group_whose_owner_has_left(house: House) -> None:
    path, (_owner, member) = await a_group(house, "Övergivna", "Slutar", "Blirkvar")
    outsider = await house.signed_in("Granne")
    await house.directory.hire("spv", staff("slutar", family_name="Slutar", status="left"))
    await eventually(
        lambda: member.open(path), until=lambda page: "Ingen ansvarar för gruppen just nu" in page.text
    )
    await outsider.open(path)
    assert "Ingen ansvarar" not in outsider.text, "its members are asked"
    await member.post(f"{path}/ownership")
    assert "Ingen ansvarar" not in member.text
    # Who is in a group is found by search, which hears of those who have just joined.
    await eventually(lambda: member.open(path), until=lambda page: "Ansvarar för gruppen" in page.text)
