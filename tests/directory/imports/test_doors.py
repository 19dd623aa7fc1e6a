"""D9: who may import, and which forms and files are taken."""

import json

import pytest

from shared.web import limits
from tests.directory.imports.agency import HEADINGS, Agency, export, row
from tests.directory.network import Network, staff
from tests.harness import signed_in


async def test_who_may_import_and_who_may_look(agency: Agency, network: Network) -> None:
    [member, boss] = await network.hire(agency.slug, staff("m"), staff("b"))
    job = await agency.load(export(row(1)))
    assert (await network.get(f"/imports/{job['id']}", network.tokens["spv"])).status_code == 404
    assert (await network.get(f"/imports/{job['id']}/report", network.tokens["spv"])).status_code == 404
    mine = signed_in(member, agency.slug)
    assert (await agency.post(export(row(2)), mine)).status_code == 403
    coordinator = await network.coordinate(agency.slug, boss)
    assert (await agency.post(export(row(2)), coordinator)).status_code == 202


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"dry_run": "kanske"}, "dry_run"),
        ({"mapping": "{"}, "mapping"),
        ({"mapping": '{"Kod": "nosuch"}'}, "mapping"),
        ({"mapping": json.dumps({"x" * 201: None})}, "mapping"),
        ({"mapping": json.dumps({"Kod": "x" * 900_000})}, "mapping"),
        ({"dryrun": "true"}, "dryrun"),
    ],
)
async def test_a_form_that_is_wrong_is_told_where(agency: Agency, form: dict[str, str], field: str) -> None:
    answer = await agency.post(export(row(1)), **form)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text
    assert len(answer.content) < 5_000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b";" * 2_000_000 + b"\n" * 2_000_000, "line of the file is longer than 128000 bytes"),
        (b";" * 4_000_000, "line of the file is longer than 128000 bytes"),
        (b"\r".join([b"Anstnr;Namn", b"1;" + b"x" * 200_000]), "line of the file is longer"),
        (export(row(1), headings=HEADINGS + ";" * 200), "more than 200 columns"),
        (export(row(1), headings="\n\nPersonal 2026\n" + HEADINGS + ";a" * 200), "more than 200 columns"),
        (export(row(1), headings=HEADINGS + ";" + "å" * 201), "heading of the file is longer than 200"),
    ],
    ids=["empty headings", "one line", "one value", "columns", "under a title", "a heading"],
)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_file_that_is_too_wide_is_refused_at_the_door(
    agency: Agency, network: Network, data: bytes, said: str, dry_run: bool
) -> None:
    kept = await network.db.import_files.estimated_document_count()
    answer = await agency.post(data, dry_run=dry_run)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "file"
    assert said in error["reason"]
    assert await network.db.imports.count_documents({"agency": agency.slug}) == 0
    # Others' files may expire meanwhile.
    assert await network.db.import_files.estimated_document_count() <= kept


async def test_a_file_of_two_hundred_columns_and_of_long_lines_is_taken_in(agency: Agency) -> None:
    wide = HEADINGS + "".join(f";Övrigt {n} {'x' * 150}" for n in range(193))
    job = await agency.load(export(row(1) + ";x" * 193, headings=wide))
    assert (job["state"], job["counts"]["applied"], len(job["unused"])) == ("done", 1, 193)


async def test_a_file_may_be_larger_than_other_bodies_and_has_a_limit_of_its_own(agency: Agency) -> None:
    from services.directory.imports import api

    wide = HEADINGS + ";Anteckning"
    rows = [row(n) + ";" + "x" * 100_000 for n in range(1, 21)]
    assert (await agency.load(export(*rows, headings=wide)))["counts"]["applied"] == 20
    told = {"Content-Length": str(api.MOST + 1)}
    too_large = await agency.network.http.post(
        "/directory/v1/imports", content=b"x", headers={**agency.headers, **told}
    )
    assert (too_large.status_code, too_large.json()["status"]) == (413, 413)
    no_file = await agency.network.http.post(
        "/directory/v1/imports/i/repetitions",
        content=b"x" * (limits.MAX_BODY + 1),
        headers={**agency.headers, "Content-Type": "application/json"},
    )
    assert no_file.status_code == 413
    nothing = await agency.network.http.post("/directory/v1/imports", headers=agency.headers)
    assert nothing.status_code == 422
