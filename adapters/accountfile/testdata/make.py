"""Writes the files of this folder, with hashes made by the implementations that the other systems use.

    apt-get install python3-passlib python3-django python3-bcrypt python3-argon2
    npm install firebase-scrypt bcryptjs
    /usr/bin/python3 make.py

The password of each account is: <part of its address before the @> rides 7 bikes
"""

import base64, csv, hashlib, json, os, subprocess
from datetime import datetime, timezone

import argon2.low_level as argon2
import bcrypt
import django
from django.conf import settings
from passlib import hash as passlib

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"])
django.setup()

from django.contrib.auth import hashers
from django.contrib.auth.models import Permission, User
from django.core import serializers


def password(name):
    return f"{name} rides 7 bikes"


def b64(data):
    return base64.b64encode(data).decode()


def node(script, *arguments):
    return subprocess.run(["node", "-e", script, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def bcryptjs(name, rounds=5):
    return node("console.log(require('bcryptjs').hashSync(process.argv[1], +process.argv[2]).replace('$2b$', '$2a$'))", password(name), str(rounds))


def save(name, text):
    with open(name, "w", encoding="utf-8", newline="") as file:
        file.write(text)


# Keycloak: as kc.sh export writes a realm into one file.


def keycloak_password(name, algorithm, iterations, size=0):
    salt = os.urandom(16)
    additional = {}
    if algorithm == "argon2":
        key = argon2.hash_secret_raw(password(name).encode(), salt, iterations, 7168, 1, 32, argon2.Type.ID)
        additional = {"hashLength": ["32"], "memory": ["7168"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}
    else:
        digest = {"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}[algorithm]
        key = hashlib.pbkdf2_hmac(digest, password(name).encode(), salt, iterations, size)
    return {
        "id": "0c2fdd3d-9ee9-4b6c-9d21-1d1b7f9d1f00", "type": "password", "createdDate": 1700000001000,
        "secretData": json.dumps({"value": b64(key), "salt": b64(salt), "additionalParameters": {}}, separators=(",", ":")),
        "credentialData": json.dumps({"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": additional}, separators=(",", ":")),
    }


def keycloak_otp(secret, **changes):
    data = {"subType": "totp", "digits": 6, "counter": 0, "period": 30, "algorithm": "HmacSHA1", **changes}
    return {
        "id": "34389672-9356-4154-9ed6-6c212b869010", "type": "otp", "userLabel": "Telephone", "createdDate": 1700000002000,
        "secretData": json.dumps({"value": secret}, separators=(",", ":")), "credentialData": json.dumps(data, separators=(",", ":")),
    }


def keycloak_user(name, credentials, **members):
    return {
        "id": hashlib.md5(name.encode()).hexdigest(), "username": name, "firstName": name.capitalize(), "lastName": "Example",
        "email": f"{name}@keycloak.example", "emailVerified": True, "createdTimestamp": 1700000000000, "enabled": True, "totp": False,
        "credentials": credentials, "disableableCredentialTypes": [], "requiredActions": [],
        "realmRoles": ["offline_access", "default-roles-shop"], "clientRoles": {"account": ["view-profile"]}, "notBefore": 0, "groups": [],
        **members,
    }


old_salt = os.urandom(16)
old = {
    "type": "password", "salt": b64(old_salt), "hashIterations": 20000, "counter": 0, "algorithm": "pbkdf2-sha256", "digits": 0, "period": 0,
    "hashedSaltedValue": b64(hashlib.pbkdf2_hmac("sha256", password("old").encode(), old_salt, 20000, 64)), "createdDate": 1500000000000, "config": {},
}
old_otp = {
    "type": "totp", "hashedSaltedValue": "Quohp7t2mrLMUwft3g90", "hashIterations": 0, "counter": 0, "algorithm": "HmacSHA1", "digits": 6, "period": 30,
    "createdDate": 1500000000000, "config": {},
}
save("keycloak.json", json.dumps({
    "id": "shop", "realm": "shop", "enabled": True, "roles": {"realm": [{"name": "editor"}], "client": {"account": []}},
    "users": [
        keycloak_user("sha1", [keycloak_password("sha1", "pbkdf2", 20000, 64)]),
        keycloak_user("sha256", [keycloak_password("sha256", "pbkdf2-sha256", 27500, 64)], realmRoles=["editor"], clientRoles={"cms": ["author"]}),
        keycloak_user("sha512", [keycloak_password("sha512", "pbkdf2-sha512", 30000, 64)], groups=["/staff"]),
        keycloak_user("argon2", [keycloak_password("argon2", "argon2", 5), keycloak_otp("a3Kd9sLq0ZxPw7TnYvB2")], totp=True),
        keycloak_user("base32", [keycloak_password("base32", "pbkdf2-sha256", 27500, 32), keycloak_otp("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", secretEncoding="BASE32")]),
        keycloak_user("old", [old, old_otp]),
        keycloak_user("change", [keycloak_password("change", "pbkdf2-sha256", 27500, 32)], requiredActions=["UPDATE_PASSWORD", "CONFIGURE_TOTP"]),
        keycloak_user("disabled", [keycloak_password("disabled", "pbkdf2-sha256", 27500, 32)], enabled=False, emailVerified=False),
        keycloak_user("passkey", [keycloak_password("passkey", "pbkdf2-sha256", 27500, 32), {"type": "webauthn", "secretData": "{}", "credentialData": "{}"},
                                  {"type": "recovery-authn-codes", "secretData": "{}", "credentialData": "{}"}]),
        keycloak_user("federated", [], federatedIdentities=[{"identityProvider": "google", "userId": "1", "userName": "f"}]),
        keycloak_user("directory", [], federationLink="6d1c9a52"),
        keycloak_user("hotp", [keycloak_password("hotp", "pbkdf2-sha256", 27500, 32), keycloak_otp("a3Kd9sLq0ZxPw7TnYvB2", subType="hotp", period=0)]),
        keycloak_user("eight", [keycloak_password("eight", "pbkdf2-sha256", 27500, 32), keycloak_otp("a3Kd9sLq0ZxPw7TnYvB2", digits=8)]),
        keycloak_user("costly", [keycloak_password("costly", "pbkdf2-sha256", 3000, 32) | {
            "credentialData": '{"hashIterations":1000000000,"algorithm":"pbkdf2-sha256","additionalParameters":{}}'}]),
        keycloak_user("nobody", [], email=""),
        keycloak_user("service-account-cms", [], email="", serviceAccountClientId="cms"),
    ],
    "clients": [{"clientId": "account", "redirectUris": ["/realms/shop/account/*"], "attributes": {}}], "keycloakVersion": "26.0.0",
}, indent=2))


# Auth0: a file of hashes as exported on request, and a file for a bulk import.


def auth0_user(name, **members):
    return {"email": f"{name}@auth0.example", "email_verified": True, "name": f"{name.capitalize()} Example", **members}


def custom(algorithm, value, encoding="utf8", **members):
    return {"custom_password_hash": {"algorithm": algorithm, "hash": {"value": value, "encoding": encoding}, **members}}


def phc(data):
    return b64(data).rstrip("=")


def auth0_pbkdf2(name, digest):
    salt = os.urandom(8)
    return f"$pbkdf2-{digest}$i=20000,l=64${phc(salt)}${phc(hashlib.pbkdf2_hmac(digest, password(name).encode(), salt, 20000, 64))}"


auth0_scrypt = node("console.log(require('crypto').scryptSync(process.argv[1], 'abc123', 32, {N: 4096, r: 8, p: 1}).toString('hex'))", password("scrypt"))
auth0_bcrypt = bcryptjs("bcrypt").replace("$2a$", "$2b$")
save("auth0.ndjson", "".join(json.dumps(user) + "\n" for user in [
    {"_id": {"$oid": "60425dc43519d90068f82973"}, "email_verified": True, "email": "bcrypt@auth0.example", "passwordHash": auth0_bcrypt,
     "created_at": {"$date": "2021-03-05T16:34:12.115Z"}, "tenant": "shop", "connection": "Username-Password-Authentication"},
    auth0_user("profile", password_hash=bcryptjs("profile"), given_name="Pro", family_name="File", created_at="2022-04-05T06:07:08.123Z",
               last_login="2023-04-05T06:07:08.123Z", identities=[{"provider": "auth0"}, {"provider": "google-oauth2"}],
               app_metadata={"roles": ["admin"]}, mfa_factors=[{"totp": {"secret": "JBSWY3DPEHPK3PXP"}}, {"phone": {"value": "+15551112233"}}]),
]))
save("auth0.json", json.dumps([
    auth0_user("argon2", **custom("argon2", argon2.hash_secret(password("argon2").encode(), os.urandom(16), 2, 8192, 1, 32, argon2.Type.ID).decode())),
    auth0_user("custom", **custom("bcrypt", bcryptjs("custom"))),
    auth0_user("pbkdf2", **custom("pbkdf2", auth0_pbkdf2("pbkdf2", "sha512"))),
    auth0_user("scrypt", **custom("scrypt", auth0_scrypt, "hex", salt={"value": "abc123", "encoding": "utf8"}, keylen=32, cost=4096)),
    auth0_user("prefix", **custom("sha256", hashlib.sha256(("abc123" + password("prefix")).encode()).hexdigest(), "hex", salt={"value": "abc123", "position": "prefix"})),
    auth0_user("suffix", **custom("sha512", b64(hashlib.sha512((password("suffix") + "abc123").encode()).digest()), "base64",
                                  salt={"value": b64(b"abc123"), "encoding": "base64", "position": "suffix"})),
    auth0_user("ldap", **custom("ldap", passlib.ldap_salted_sha512.hash(password("ldap")))),
    auth0_user("md5", **custom("md5", hashlib.md5(password("md5").encode()).hexdigest(), "hex")),
    auth0_user("hmac", **{"custom_password_hash": {"algorithm": "hmac", "hash": {
        "value": "cg7f42jH39/2EaAU4wNd4s2lKIk=", "encoding": "base64", "digest": "sha1", "key": {"value": "736868", "encoding": "hex"}}}}),
    auth0_user("blocked", password_hash=bcryptjs("blocked"), blocked=True, email_verified=False),
    auth0_user("factor", password_hash=bcryptjs("factor"), mfa_factors=[{"totp": {"secret": "not base32!"}}]),
], indent=2))


# Firebase: the project and the first account are those of the documentation of Firebase.

project = {
    "memCost": 14, "rounds": 8, "saltSeparator": "Bw==",
    "signerKey": "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
}
save("firebase-parameters.txt", "hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: " + project["signerKey"] +
     ",\n  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n")


def firebase_user(name, **members):
    salt = b64(os.urandom(10))
    key = node("const {FirebaseScrypt} = require('firebase-scrypt'); new FirebaseScrypt(JSON.parse(process.argv[1]))"
               ".hash(process.argv[2], process.argv[3]).then(console.log)", json.dumps(project), password(name), salt)
    return {"localId": hashlib.sha1(name.encode()).hexdigest()[:28], "email": f"{name}@firebase.example", "emailVerified": True, "passwordHash": key,
            "salt": salt, "displayName": f"{name.capitalize()} Example", "lastSignedInAt": "1508893926000", "createdAt": "1508893925000",
            "disabled": False, "providerUserInfo": [], **members}


urlsafe = firebase_user("urlsafe")
urlsafe["passwordHash"] = urlsafe["passwordHash"].replace("+", "-").replace("/", "_")
save("firebase.json", json.dumps({"users": [
    {"localId": "kYi4EvWQlQTKSfnJ3dRSP6IH3ed2", "email": "user1@test.com", "emailVerified": False,
     "passwordHash": "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==", "salt": "42xEC+ixf3L2lw==",
     "displayName": "Test User 1", "lastSignedInAt": "1508893925000", "createdAt": "1508893925000", "disabled": False, "providerUserInfo": []},
    firebase_user("lena"), urlsafe, firebase_user("off", disabled=True, customAttributes='{"admin":true}'),
    {"localId": "g1", "email": "google@firebase.example", "emailVerified": True, "displayName": "Google Example", "createdAt": "1508893925000",
     "disabled": False, "providerUserInfo": [{"providerId": "google.com", "rawId": "1", "email": "google@firebase.example"}]},
    {"localId": "p1", "emailVerified": False, "phoneNumber": "+15551112233", "createdAt": "1508893925000", "disabled": False, "providerUserInfo": []},
    firebase_user("short", passwordHash="c2hvcnQ="),
]}, indent=2))
lines = []
for user in [firebase_user("comma", displayName="Comma, Example"), firebase_user("claims", disabled=True)]:
    fields = [user["localId"], user["email"], "true", user["passwordHash"], user["salt"],
              f'"{user["displayName"]}"' if "," in user["displayName"] else user["displayName"], ""] + [""] * 16
    fields += [user["createdAt"], user["lastSignedInAt"], "", "true" if user["disabled"] else "false"]
    if user["disabled"]:
        fields.append('"{""admin"":true}"')
    lines.append(",".join(fields) + ",\n")
save("firebase.csv", "".join(lines))


# Supabase: as psql writes the table auth.users with \copy ... CSV HEADER.

fbscrypt = firebase_user("firebase")
with open("supabase.csv", "w", encoding="utf-8", newline="") as file:
    table = csv.writer(file)
    table.writerow("id,aud,email,encrypted_password,email_confirmed_at,last_sign_in_at,raw_app_meta_data,raw_user_meta_data,created_at,banned_until,deleted_at,is_sso_user,is_anonymous,totp_secret".split(","))
    meta = '{"provider": "email", "providers": ["email"]}'

    def supabase_row(name, hashed, banned="", deleted="", anonymous="f", secret="", apps=meta):
        table.writerow(["5bf249a2-b2b0-400e-83e8-dca97d132125", "authenticated", f"{name}@supabase.example" if name else "", hashed, "2023-01-02 03:04:05.123456+00",
                        "2024-01-02 03:04:05.123456+00", apps, json.dumps({"full_name": f"{name.capitalize()} \"Ex\" Ample", "sub": "x"}),
                        "2023-01-02 03:04:05.123456+00", banned, deleted, "f", anonymous, secret])

    supabase_row("bcrypt", bcryptjs("bcrypt"))
    supabase_row("argon2", argon2.hash_secret(password("argon2").encode(), os.urandom(16), 2, 8192, 1, 32, argon2.Type.I).decode())
    supabase_row("firebase", f"$fbscrypt$v=1,n=14,r=8,p=1,ss={project['saltSeparator']},sk={project['signerKey']}${fbscrypt['salt']}${fbscrypt['passwordHash']}")
    supabase_row("totp", bcryptjs("totp"), secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    supabase_row("banned", bcryptjs("banned"), banned="2090-01-02 03:04:05+00")
    supabase_row("past", bcryptjs("past"), banned="2020-01-02 03:04:05+00")
    supabase_row("social", "", apps='{"provider": "google", "providers": ["google"]}')
    supabase_row("deleted", bcryptjs("deleted"), deleted="2024-01-02 03:04:05+00")
    supabase_row("", "", anonymous="t")


# Django: as manage.py dumpdata writes it.


def cheap(hasher, **changes):
    return type("Cheap", (hasher,), changes)()


def django_scrypt(name):  # as Django 4.0 and later write it
    salt = hashers.get_random_string(22)
    return f"scrypt$16384${salt}$8$1${b64(hashlib.scrypt(password(name).encode(), salt=salt.encode(), n=16384, r=8, p=1, dklen=64))}"


def encoded(hasher, name):
    return hasher.encode(password(name), hasher.salt())


def django_user(pk, name, hashed, **members):
    return User(pk=pk, username=name, email=f"{name}@django.example" if members.get("is_active", True) is not None else "", first_name=name.capitalize(),
                last_name="Example", password=hashed, date_joined=datetime(2020, 2, 3, 4, 5, 6, 789000, timezone.utc),
                last_login=datetime(2021, 2, 3, 4, 5, 6, tzinfo=timezone.utc), **members)


users = [
    django_user(1, "pbkdf2", encoded(cheap(hashers.PBKDF2PasswordHasher, iterations=26000), "pbkdf2")),
    django_user(2, "pbkdf2sha1", encoded(cheap(hashers.PBKDF2SHA1PasswordHasher, iterations=26000), "pbkdf2sha1")),
    django_user(3, "argon2", encoded(cheap(hashers.Argon2PasswordHasher, time_cost=2, memory_cost=8192, parallelism=2), "argon2")),
    django_user(4, "bcrypt", encoded(cheap(hashers.BCryptPasswordHasher, rounds=5), "bcrypt")),
    django_user(5, "bcryptsha256", encoded(cheap(hashers.BCryptSHA256PasswordHasher, rounds=5), "bcryptsha256")),
    django_user(6, "scrypt", django_scrypt("scrypt"), is_staff=True, is_superuser=True),
    django_user(7, "unusable", hashers.make_password(None)),
    django_user(8, "inactive", encoded(cheap(hashers.PBKDF2PasswordHasher, iterations=26000), "inactive"), is_active=False),
    django_user(9, "sha1", encoded(hashers.SHA1PasswordHasher(), "sha1")),
    django_user(10, "md5", encoded(hashers.MD5PasswordHasher(), "md5")),
]


class Plain(serializers.get_serializer("json")):
    def handle_m2m_field(self, obj, field):
        self._current[field.name] = []


dumped = json.loads(Plain().serialize(users))
dumped[0]["fields"]["groups"] = [["editors"]]
permission = {"model": "auth.permission", "pk": 1, "fields": {"name": "Can add log entry", "content_type": 1, "codename": "add_logentry"}}
save("django.json", json.dumps([permission, *dumped], indent=2) + "\n")
columns = "id,password,last_login,is_superuser,username,first_name,last_name,email,is_staff,is_active,date_joined".split(",")
with open("django.csv", "w", encoding="utf-8", newline="") as file:
    table = csv.writer(file)
    table.writerow(columns)
    for user in users[:1]:
        user.email = "row@django.example"
        user.password = encoded(cheap(hashers.PBKDF2PasswordHasher, iterations=26000), "row")
        table.writerow([user.pk, user.password, "2021-02-03 04:05:06+00", "f", "row", "Row", "Example", user.email, "f", "t", "2020-02-03 04:05:06.789+00"])


# Passlib

hashes = {
    "pbkdf2": passlib.pbkdf2_sha1.using(rounds=26000), "pbkdf2sha256": passlib.pbkdf2_sha256.using(rounds=26000),
    "pbkdf2sha512": passlib.pbkdf2_sha512.using(rounds=26000), "bcrypt": passlib.bcrypt.using(rounds=5),
    "bcryptv1": passlib.bcrypt_sha256.using(rounds=5, version=1), "bcryptv2": passlib.bcrypt_sha256.using(rounds=5, version=2),
    "scrypt": passlib.scrypt.using(rounds=12), "argon2": passlib.argon2.using(rounds=2, memory_cost=8192, parallelism=2),
    "sha256crypt": passlib.sha256_crypt.using(rounds=5000), "sha512crypt": passlib.sha512_crypt.using(rounds=6000),
    "ssha": passlib.ldap_salted_sha1, "ssha256": passlib.ldap_salted_sha256, "ssha512": passlib.ldap_salted_sha512,
    "ldappbkdf2": passlib.ldap_pbkdf2_sha256.using(rounds=26000), "ldapcrypt": passlib.ldap_sha512_crypt.using(rounds=5000),
    "djangopbkdf2": passlib.django_pbkdf2_sha256.using(rounds=26000), "md5crypt": passlib.md5_crypt,
}
with open("passlib.csv", "w", encoding="utf-8", newline="") as file:
    table = csv.writer(file)
    table.writerow(["email", "full_name", "hash", "roles"])
    for name, scheme in hashes.items():
        table.writerow([f"{name}@passlib.example", f"{name.capitalize()} Example", scheme.hash(password(name)), "auditor" if name == "argon2" else ""])
