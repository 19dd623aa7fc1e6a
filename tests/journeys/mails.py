"""What has come to the mail catcher."""

import httpx2

from agencynet.system import System
from shared.mongo import Document


async def received(system: System) -> list[Document]:
    """Every mail to anybody, the newest first."""
    found: list[Document] = []
    page = 1
    async with httpx2.AsyncClient(timeout=60) as http:
        while True:
            answer = await http.get(f"{system.stack.mail_page}/mails", params={"limit": 1000, "page": page})
            found += answer.json()["items"]
            if not answer.json()["next"]:
                return found
            page += 1
