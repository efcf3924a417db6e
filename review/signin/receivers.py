"""Django's own signals of signing in and out: the one place that no way in gets around.

The console's pages, the admin's and any other call `login()`; a session that nobody noted here
belongs to nobody.
"""

import time
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from governance.roles.models import User
from governance.signin import sessions
from review.signin import client
from review.signin.fresh import CONFIRMED_AT
from review.signin.methods import method_of


def opened(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    session = request.session
    if session.session_key is None:
        session.create()
    noted = sessions.begin(
        user=user,
        session_key=session.session_key or "",
        method=method_of(request),
        agent=client.agent(request),
        address=client.address(request),
    )
    session[sessions.KEY] = str(noted.pk)
    session[CONFIRMED_AT] = time.time()


def closed(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    session_id = request.session.get(sessions.KEY)
    if session_id:
        sessions.sign_out(session_id=session_id)


def connect() -> None:
    user_logged_in.connect(opened, dispatch_uid="signin-opened")
    user_logged_out.connect(closed, dispatch_uid="signin-closed")
