"""Verifies ID tokens with PyJWT: a question as JSON on standard input, one answer for each token on standard output."""

import json
import ssl
import sys
import urllib.request

import jwt


def main() -> None:
    asked = json.load(sys.stdin)
    context = ssl.create_default_context(cadata=asked["ca"])
    with urllib.request.urlopen(asked["issuer"] + "/.well-known/openid-configuration", context=context) as reply:
        discovery = json.load(reply)
    keys = jwt.PyJWKClient(discovery["jwks_uri"], ssl_context=context)

    def answer(token: str) -> str:
        try:
            key = keys.get_signing_key_from_jwt(token)
            rules = {"algorithms": [asked["algorithm"]], "audience": asked["audience"], "issuer": asked["issuer"]}
            jwt.decode(token, key, **rules, options={"require": ["exp", "iat", "iss", "aud", "sub"]})
        except jwt.PyJWTError as error:
            return str(error)
        return "accepted"

    json.dump({name: answer(token) for name, token in asked["tokens"].items()}, sys.stdout)


main()
