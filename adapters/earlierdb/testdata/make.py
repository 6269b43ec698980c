"""Writes older.sql and later.sql: the data of the earlier service at each of its generations.

Needs passlib, bcrypt, argon2-cffi and cryptography (Debian: python3-passlib python3-bcrypt python3-argon2 python3-cryptography).
Run it in its folder. Passwords, secrets and codes are those that the tests use.
"""

import base64
import hashlib
import json
import uuid

import argon2
from cryptography.fernet import Fernet
from passlib.hash import bcrypt, pbkdf2_sha256

SECRET_KEY = "the-secret-key-of-the-earlier-service"
SALT = "the-salt-of-the-earlier-service"
OLDER = Fernet(base64.urlsafe_b64encode(hashlib.sha256(SECRET_KEY.encode()).digest()))
LATER = Fernet(base64.urlsafe_b64encode(hashlib.pbkdf2_hmac("sha256", SECRET_KEY.encode(), SALT.encode(), 210_000)))
OTHER = Fernet(Fernet.generate_key())
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

EVERY = [
    "org.update", "org_settings.read", "org_settings.update", "user.read", "user.onboard", "user.update", "user.delete",
    "user.suspend", "user.activate", "user.mfa_reset", "user.password_reset", "role.read", "role.manage", "role.assign",
    "audit.read", "file.read", "file.write", "report.read",
]


def ident(name):
    """An id that does not change when the data is made again."""
    digest = bytearray(hashlib.sha256(name.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x40
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def quick(password):
    return bcrypt.using(rounds=5, ident="2b").hash(password)


def text(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (dict, list)):
        value = json.dumps(value)
    return "'" + str(value).replace("'", "''") + "'"


class Data:
    def __init__(self):
        self.lines = ["-- Made by make.py.", "SET standard_conforming_strings = on;"]

    def add(self, table, **values):
        self.lines.append(
            "INSERT INTO %s (%s) VALUES (%s);" % (table, ", ".join(values), ", ".join(text(v) for v in values.values()))
        )

    def org(self, name, title, slug=None, status="ACTIVE", **settings):
        self.add("orgs", id=name, name=title, slug=slug or name, status=status)
        if settings:
            self.add("org_settings", org_id=name, policy_version=3, **settings)

    def role(self, org, name, permissions, system=False):
        self.add("roles", id=ident(org + name), org_id=org, name=name, description=name + " of " + org, is_system_role=system,
                 permissions=permissions)

    def user(self, name, org, email=None, member=None, status="ACTIVE", invitation=None, roles=(), **values):
        values = {"full_name": name.title(), "created_at": "2021-03-04 05:06:07+00", "last_active_at": "2024-05-06 07:08:09+00", **values}
        self.add("users", id=ident(name), org_id=org, email=email or name + "@example.org", **values)
        for other in (org,) if member is None else member:
            self.add("org_memberships", org_id=other, user_id=ident(name), platform_status=status, invitation_status=invitation)
            for role in roles:
                self.add("user_roles", org_id=other, user_id=ident(name), role_id=ident(other + role)) if other == org else None

    def code(self, name, code, used=None):
        digest = hashlib.sha256(code.replace("-", "").upper().encode()).hexdigest()
        self.add("user_mfa_recovery_codes", user_id=ident(name), code_hash=digest, used_at=used)

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines) + "\n")


def mfa(box):
    return {"mfa_enabled": True, "mfa_method": "totp", "mfa_secret_encrypted": box.encrypt(TOTP.encode()).decode(),
            "mfa_confirmed_at": "2022-01-02 03:04:05+00"}


def older():
    data = Data()
    data.org("acme-inc", "Acme Inc.", require_two_factor=False, mfa_required_actions=["login", "user.delete", "coffee.make", 7],
             remember_device_days=900, session_timeout_minutes=20, allow_profile_edit=False, allow_user_data_export=True,
             audit_log_retention_days=365, inactive_user_retention_days=7, theme={"colour": "red"}, default_currency="EUR")
    data.org("beta", "Beta", slug="Beta_GmbH")
    data.org("gamma", "Gamma", status="SUSPENDED")
    data.role("acme-inc", "Admin", EVERY, system=True)
    data.role("acme-inc", "Member", [], system=True)
    data.role("acme-inc", "Support", ["user.onboard", "user.read", "coffee.make", "role.create"])
    data.role("acme-inc", "Broken", {"user.onboard": True})
    data.role("beta", "Owner", ["user.read"], system=True)
    data.user("ann", "acme-inc", roles=["Admin"], is_superuser=True, hashed_password=bcrypt.using(rounds=12).hash("ann's old password"),
              **mfa(OLDER))
    data.code("ann", "LU23-45ZX")
    data.code("ann", "ABCD-EFGH")
    data.code("ann", "UUUU-2222", used="2023-01-01 00:00:00+00")
    data.user("bob", "acme-inc", roles=["Member", "Support"], hashed_password=quick("bob's old password"))
    data.user("other-bob", "acme-inc", email="Bob@example.org", hashed_password=quick("the other bob's password"),
              created_at="2022-03-04 05:06:07+00")
    data.user("carol", "acme-inc", member=("acme-inc", "beta"), hashed_password=quick("carol's old password"), **mfa(OLDER))
    data.code("carol", "CARL-2345")
    data.user("dave", "acme-inc", status="SUSPENDED", hashed_password=quick("dave's old password"))
    data.user("erin", "acme-inc", status="INVITED", invitation="PENDING", hashed_password=quick("never told to anybody"))
    data.user("fred", "acme-inc", must_change_password=True, hashed_password=quick("fred's temporary password"))
    data.user("gina", "acme-inc", hashed_password=quick("gina's old password"), **mfa(OTHER))
    data.user("hank", "acme-inc", hashed_password=quick("x").replace("$05$", "$31$"))
    data.user("ivy", "acme-inc", is_active=False, hashed_password=quick("ivy's old password"))
    data.user("jack", "acme-inc", full_name="Jack \u202e\x1b[31m", created_at="infinity", last_active_at="0044-03-15 00:00:00+00 BC",
              hashed_password=quick("jack's old password"))
    data.user("kim", "acme-inc", roles=["Broken"], hashed_password="", mfa_enabled=True, mfa_method="sms")
    data.user("liz", "acme-inc", member=("beta",), hashed_password=quick("liz's old password"))
    data.user("moe", "acme-inc", member=(), hashed_password=quick("moe's old password"))
    data.user("nora", "acme-inc", email="no address", hashed_password="$pbkdf2-sha256$1000000000$c2FsdHNhbHRzYWx0$"
              + "A" * 43, full_name="N" * 5000)
    data.user("otto", "gamma", hashed_password=quick("otto's old password"))
    data.user("vera", "acme-inc", status="INVITED", invitation="REVOKED", hashed_password=quick("vera's old password"))
    data.add("user_permissions", user_id=ident("bob"), permission="user.delete", allowed=True)
    data.add("access_control_list", org_id="acme-inc", user_id=ident("bob"), rule="deny reports", allowed=False)
    data.add("user_mfa_devices", user_id=ident("ann"), token_hash="0" * 64)
    data.add("audit_logs", actor_id=ident("ann"), action="user.onboard", resource_type="user", resource_id=ident("bob"), summary="Added Bob")
    data.write("older.sql")


def later():
    data = Data()
    data.org("acme-inc", "Acme Inc.", require_two_factor=False, mfa_required_actions=[], remember_device_days=30)
    data.role("acme-inc", "Owner", EVERY, system=True)
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    data.user("ann", "acme-inc", roles=["Owner"], hashed_password=hasher.hash("ann's newer password"), **mfa(LATER))
    data.code("ann", "LU23-45ZX")
    data.user("bob", "acme-inc", hashed_password=pbkdf2_sha256.using(rounds=210_000).hash("bob's newer password"), **mfa(OLDER))
    data.user("carol", "acme-inc", hashed_password=bcrypt.using(rounds=5).hash("carol's old password"))
    data.write("later.sql")


older()
later()
