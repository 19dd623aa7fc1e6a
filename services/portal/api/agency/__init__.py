"""What a coordinator sees and does for their agency (D3, D6, D8, D13, D18, N6, D24, O2), a module a page."""

from services.portal.api.agency import (
    audit,
    corrections,
    erasure,
    imports,
    keys,
    leaves,
    mail,
    overview,
    refused,
    words,
)

ROUTERS = (
    overview.router,
    refused.router,
    words.router,
    corrections.router,
    leaves.router,
    mail.router,
    imports.router,
    keys.router,
    erasure.router,
    audit.router,
)
