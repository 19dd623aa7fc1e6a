"""Step 10: how three agencies do it, so that side by side shows what it is for."""

from __future__ import annotations

from agencynet.demo.observing import require
from agencynet.demo.scene import Scene

# Topic, agency, title and text.
_WRITTEN = (
    (
        "friskvård",
        "bolagsverket",
        "Friskvårdsbidrag och en timme i veckan",
        "3 000 kronor om året mot kvitto, och en timme i veckan på arbetstid när chefen har sagt ja.",
    ),
    (
        "friskvård",
        "spv",
        "Bidrag utan kvitto i en app",
        "4 000 kronor om året. Leverantören har en app, så ingen lämnar kvitton. Ingen friskvårdstimme.",
    ),
    (
        "friskvård",
        "csn",
        "Friskvårdstimme i grupp",
        "En timme i veckan, gärna ihop: lunchpromenad, yoga och löpgrupp. 2 500 kronor om året.",
    ),
    (
        "förmåner",
        "bolagsverket",
        "En sida om alla förmåner",
        "Allt står på en sida på intranätet: cykel, läkarvård, föräldralön. HR går igenom den i januari.",
    ),
    (
        "förmåner",
        "csn",
        "Förmånscykel genom ramavtal",
        "Cykel genom bruttolöneavdrag i tre år, på ramavtal. Två fönster om året, i mars och september.",
    ),
    (
        "förmåner",
        "mittuniversitetet",
        "Läkarvård och sjukgymnastik",
        "95 kronor tillbaka vid läkarbesök, och fria besök hos företagshälsan efter samtal med chefen.",
    ),
    (
        "risk- och konsekvensanalys",
        "spv",
        "Mall på två sidor före varje ändring",
        "Chef och skyddsombud fyller i samma mall före beslutet: vad ändras, för vem, vad gör vi åt det?",
    ),
    (
        "risk- och konsekvensanalys",
        "csn",
        "Alltid i två möten",
        "Först med dem som berörs, sedan i skyddskommittén. Uppföljning efter tre månader.",
    ),
    (
        "risk- och konsekvensanalys",
        "bolagsverket",
        "Liten och stor ändring",
        "Liten ändring: en sida, chef och skyddsombud. Stor: arbetsgrupp, riskmatris och beslut i ledningen.",
    ),
)


async def play(scene: Scene) -> None:
    network = scene.network
    topics = dict.fromkeys(topic for topic, *_ in _WRITTEN)
    for topic in topics:
        compared = await network.get("/directory/v1/practices/compare", network.system("csn"), topic=topic)
        have = {one["agency"] for one in compared["agencies"] if one["practices"]}
        for _, agency, title, text in (one for one in _WRITTEN if one[0] == topic):
            if agency in have:
                # An earlier run of the story wrote it.
                continue
            writer = next(one for one in scene.cast.visible("hr-specialist", agency) if one is not scene.left)
            body = {"topic": topic, "title": title, "text": text}
            await network.send("POST", "/directory/v1/practices", network.person(writer), body)
        compared = await network.get("/directory/v1/practices/compare", network.system("csn"), topic=topic)
        written = [one["agency"] for one in compared["agencies"] if one["practices"]]
        require(f"{topic} can be compared between three agencies", len(written) >= 3, written)
    scene.report.saw(f"Three agencies each say how they do {', '.join(topics)}")
