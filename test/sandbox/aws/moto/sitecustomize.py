"""What moto's KMS lacks, put right. Python imports this by itself when its folder is on PYTHONPATH.

moto 5.2.5 ignores `MessageType` in Sign and hashes a digest a second time, so that no verifier takes the signature.
"""

import base64
import json
import sys

try:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from moto.kms.exceptions import ValidationException
    from moto.kms.responses import KmsResponse
except ImportError:  # the interpreter of something else
    KmsResponse = None

DIGEST_ALGORITHMS = {
    "RSASSA_PKCS1_V1_5_SHA_256": lambda sha256: (padding.PKCS1v15(), sha256),
    "ECDSA_SHA_256": lambda sha256: (ec.ECDSA(sha256),),
}


def patched(sign):
    def of_digest(self):
        message = self._get_param("Message")
        if self._get_param("MessageType") != "DIGEST":
            if len(message) > 4096:
                raise ValidationException("1 validation error detected: Value at 'message' failed to satisfy constraint")
            return sign(self)
        key_id = self._get_param("KeyId")
        algorithm = self._get_param("SigningAlgorithm")
        self._validate_key_id(key_id)
        if len(message) != 32:
            raise ValidationException(f"Digest is invalid length for algorithm {algorithm}.")
        key = self.kms_backend.describe_key(key_id)
        arguments = DIGEST_ALGORITHMS[algorithm](Prehashed(hashes.SHA256()))
        signature = key.private_key.private_key.sign(message, *arguments)
        answer = {"KeyId": key.arn, "Signature": base64.b64encode(signature).decode(), "SigningAlgorithm": algorithm}
        return json.dumps(answer)

    return of_digest


if KmsResponse is not None:
    KmsResponse.sign = patched(KmsResponse.sign)
    # Whoever started it looks for this.
    print("moto's KMS is put right", file=sys.stderr, flush=True)
