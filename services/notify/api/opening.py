"""What a mail's receiver may do without signing in, by the secrets in the mail (E15, N8)."""

from datetime import datetime

from fastapi import APIRouter, Depends, Response

from services.notify.handlers import opening
from services.notify.models import Choice, MeetingToAnswer, SignIn, Unsubscription
from shared.mongo import Mongo, Transaction
from shared.web.fields import Secret
from shared.web.needs import Db, Now, Transactions
from shared.web.policy import public

router = APIRouter(prefix="/notify/v1", tags=["links"], dependencies=[Depends(public)])


@router.get("/answers/{secret}", summary="Which meeting this answers / Vilket möte det gäller")
async def read_answer(db: Db, now: Now, response: Response, secret: Secret) -> MeetingToAnswer:
    """Changes nothing: says whose answer it is, and to what. The meeting takes it. / Ändrar inget."""
    response.headers["Cache-Control"] = "no-store"
    return await opening.meeting_to_answer(db, secret, now)


@router.get("/sign-ins/{secret}", summary="Which attempt to sign in / Vilket försök att logga in")
async def read_sign_in(db: Db, now: Now, response: Response, secret: Secret) -> SignIn:
    """Changes nothing and signs nobody in: that is the portal's to do. / Ändrar inget och loggar inte in."""
    response.headers["Cache-Control"] = "no-store"
    return await opening.sign_in(db, secret, now)


@router.get("/unsubscribe/{secret}", summary="Which mails this ends / Vilka mejl det gäller")
async def read_unsubscription(db: Db, now: Now, response: Response, secret: Secret) -> Unsubscription:
    """Changes nothing: mail scanners open links as well. / Ändrar inget."""
    response.headers["Cache-Control"] = "no-store"
    return await opening.unsubscription(db, secret, now)


@router.post("/unsubscribe/{secret}", summary="No more of these / Inga fler sådana")
async def unsubscribe(mongo: Transactions, now: Now, response: Response, secret: Secret) -> Unsubscription:
    """Idempotent. What is sent along is not read, so that RFC 8058's one click is taken as it comes. / Kan
    göras om utan följd.
    """
    return await _choose(mongo, now, response, secret, "never")


@router.delete("/unsubscribe/{secret}", summary="I want them after all / Jag vill ha dem ändå")
async def take_back(mongo: Transactions, now: Now, response: Response, secret: Secret) -> Unsubscription:
    """Idempotent. / Kan göras om utan följd."""
    return await _choose(mongo, now, response, secret, "at_once")


async def _choose(
    mongo: Mongo, now: datetime, response: Response, secret: str, choice: Choice
) -> Unsubscription:
    response.headers["Cache-Control"] = "no-store"

    async def work(tx: Transaction) -> Unsubscription:
        return await opening.choose_by_secret(tx, secret, now, choice)

    return await mongo.transact(work)
