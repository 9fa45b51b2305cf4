"""The same as ../typescript, in Python."""

import json

import pulumi
import pulumi_idp_kit as idp

account_id = pulumi.Config().require("accountId")
issuer = idp.IssuerArgs(profile="github")
admission = idp.AdmissionArgs(
    claims={
        "repository_id": idp.ConstraintArgs(equals=["74"]),
        "ref": idp.ConstraintArgs(equals=["refs/heads/main"]),
    }
)

provider = idp.AwsOidcProvider("github", issuer=issuer, account_id=account_id)
role = idp.AwsFederatedRole(
    "api-deploy",
    issuer=issuer,
    admission=admission,
    account_id=account_id,
    role_name="api-deploy",
    inline_policies={
        "assets": json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "s3:GetObject",
                        "Resource": "arn:aws:s3:::acme-api-assets/*",
                    }
                ],
            }
        )
    },
    opts=pulumi.ResourceOptions(depends_on=[provider]),
)

mount = idp.VaultJwtMount("github", issuer=issuer, path="jwt-github")
vault_role = idp.VaultJwtRole(
    "api-deploy",
    issuer=issuer,
    admission=admission,
    mount=mount.path,
    accessor=mount.accessor,
    grant=idp.VaultGrantArgs(read=["secret/api/*"], kv=2, ttl=600),
)

pulumi.export("roleArn", role.arn)
pulumi.export("vaultMount", mount.path)
pulumi.export("vaultRoleName", vault_role.role_name)
