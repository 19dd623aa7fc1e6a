"""One route that reads one document, with nothing around it: MongoDB's URL and a port on the command line."""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException
from motor.motor_asyncio import AsyncIOMotorClient

app = FastAPI()


@app.get("/people/{person_id}")
async def read_person(person_id: str) -> dict[str, Any]:
    found = await app.state.db.people.find_one({"_id": person_id})
    if found is None:
        raise HTTPException(404)
    return found


if __name__ == "__main__":
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(sys.argv[1])
    app.state.db = client["directory"]
    uvicorn.run(
        app, port=int(sys.argv[2]), log_level="error", access_log=False, loop="uvloop", http="httptools"
    )
