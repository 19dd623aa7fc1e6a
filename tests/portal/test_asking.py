"""Asking the role and the practice library from the page (D21, D22)."""

from tests.portal.house import House


async def test_a_question_is_asked_answered_and_solved(house: House) -> None:
    asker, peer = await house.signed_in("Ensam"), await house.signed_in("Granne")
    await asker.open("/new-question")
    await asker.post("/new-question", title="", text="", role="")
    assert "3 saker behöver rättas" in asker.text
    await asker.post(
        "/new-question", title="Hur följer ni upp ramavtal?", text="Vi har 40 avtal.", role="upphandlare"
    )
    path = asker.page.url.path
    assert "har fått frågan" in asker.text
    await peer.open(path)
    await peer.post(f"{path}/answers", text="En gång i kvartalet.\nMed en mall.")
    assert "En gång i kvartalet." in peer.text
    await asker.open(path)
    accept = next(
        part.split('"')[0] for part in asker.page.text.split('action="') if "/acceptance/" in part[:120]
    )
    await asker.post(accept)
    assert "Det här hjälpte" in asker.text
    await asker.open("/questions")
    assert "Löst." in asker.text


async def test_a_way_of_working_is_written_down_compared_and_taken_over(house: House) -> None:
    writer, other = await house.signed_in("Granne"), await house.signed_in("Ensam", "en")
    await writer.open("/new-practice")
    await writer.post("/new-practice", title="Friskvård hos oss", topic="friskvård", text="5 000 kr om året.")
    path = writer.page.url.path
    assert "Friskvård hos oss" in writer.text
    await other.open("/practice", topic="friskvård")
    assert "Side by side" in other.text
    assert "Not written down yet" in other.text
    await other.open(path)
    await other.post(f"{path}/adoption")
    assert "Adopted from" in other.text
    assert other.page.url.path != path
    copy = other.page.url.path
    assert "Change or review it" in other.text, "one's own to change, as was said"
    assert (await other.open(f"{path}/change")).status_code == 403
    await writer.open(f"{path}/change")
    assert "En annan myndighet har tagit över det" in writer.text
    form = {
        "title": "Friskvård hos oss", "topic": "friskvård", "text": "6 000 kr om året.", "edition": writer.edition,
        "review_on": "nästa år",
    }  # fmt: skip
    assert (await writer.post(f"{path}/change", **form)).status_code == 422
    assert "år-månad-dag" in writer.text
    await writer.post(f"{path}/change", **{**form, "review_on": "2029-03-01"})
    assert "6 000 kr om året." in writer.text
    assert "1 mars 2029" in writer.text
    assert (await writer.post(f"{path}/change", **{**form, "review_on": "2029-03-02"})).status_code == 422
    assert "Någon annan hann spara en ändring före dig" in writer.text
    await other.open(copy)
    assert "The original has changed since." in other.text
    await other.open(f"{copy}/change")
    mine = {**form, "edition": "*", "review_on": "2029-03-01", "text": "Ours", "caught_up": "yes"}
    await other.post(f"{copy}/change", **mine)
    assert "The original has changed since." not in other.text
    await other.post(f"{copy}/change", **mine, withdrawn="yes")
    assert "No longer done like this" in other.text


async def test_a_way_of_working_is_handed_over_to_a_colleague_who_is_told(house: House) -> None:
    await house.hire("spv", "Skrev", "Overtar")
    writer = await house.signed_in("Skrev")
    await writer.open("/new-practice")
    await writer.post("/new-practice", title="Fika varje fredag", topic="friskvård", text="Klockan två.")
    path = writer.page.url.path
    assert f'href="{path}/owner"' in writer.page.text
    await writer.open(f"{path}/owner", q="overtar")
    assert "Overtar" in writer.text
    assert (await writer.post(f"{path}/owner", to=house.people["Granne"])).status_code == 422, "elsewhere"
    await writer.post(f"{path}/owner", to=house.people["Overtar"])
    assert (writer.page.url.path, "Åsa Overtar" in writer.text) == (path, True)
    assert f'href="{path}/owner"' not in writer.page.text
    assert await house.link_in("Overtar", "directory.practice_owner", "practice") == path
