"""Identity: users, roles, sign-in, tokens and API keys. The one place where Flask-AppBuilder is met.

In: the Flask app and the engine of the control database. Out: `Identity`, asked by every other file of the platform and
the screens. Users and roles live in Flask-AppBuilder's tables: its role `Admin` makes a platform admin, a role named
`<company>/<role>` gives that role in that company. What a role may do is said by definitions and unknown here.
"""

from .api_keys import ApiKey, ApiKeys
from .credentials import Caller
from .directory import Directory
from .installation import RESERVED, Identity, install, prepare
from .protection import WeakSecret, keep_secret
from .roles import Roles
from .screen import admin_required, login_required
from .user import LANGUAGES, Fault, IdentityError, User

__all__ = [
    "LANGUAGES",
    "RESERVED",
    "ApiKey",
    "ApiKeys",
    "Caller",
    "Directory",
    "Fault",
    "Identity",
    "IdentityError",
    "Roles",
    "User",
    "WeakSecret",
    "admin_required",
    "install",
    "keep_secret",
    "login_required",
    "prepare",
]
