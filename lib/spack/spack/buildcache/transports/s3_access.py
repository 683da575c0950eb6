"""The key for a bucket and the region of it: what the mirror says, then boto3 if it is there, then
the variables and files of the user that other programs for S3 read, too.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping

from spack.buildcache.transports.s3_signing import AccessKey, KeySource
from spack.config.settings.place_settings import Connection
from spack.errors import ConfigurationError
from spack.type_names import Any

#: The region of a service that does not say which it is in.
DEFAULT_REGION = "us-east-1"


def key_source(connection: Connection, variables: Mapping[str, str]) -> KeySource:
    """The keys for one direction of a mirror; none for a bucket that everybody may read.

    Raises ConfigurationError for a profile that does not exist.
    """
    own = _configured(connection, variables)
    if own is not None:
        return lambda: own
    found = _keys_of_boto3(connection.profile)
    if found is not None:
        return found
    given = variables.get("AWS_ACCESS_KEY_ID"), variables.get("AWS_SECRET_ACCESS_KEY")
    if connection.profile is None and given[0] and given[1]:
        key = AccessKey(given[0], given[1], variables.get("AWS_SESSION_TOKEN", ""))
        return lambda: key
    kept = _kept_key(connection, variables)
    return lambda: kept


def region_of(connection: Connection, variables: Mapping[str, str]) -> str:
    """The region that the user has chosen; "" for none."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if variables.get(name):
            return variables[name]
    profile = _profile(connection, variables)
    section = profile if profile == "default" else f"profile {profile}"
    return _user_file(variables, "AWS_CONFIG_FILE", "config").get(section, "region", fallback="")


def _configured(connection: Connection, variables: Mapping[str, str]) -> AccessKey | None:
    """The key that the entry of the mirror names."""
    id = connection.id or variables.get(connection.id_variable or "", "")
    secret = variables.get(connection.secret_variable or "", "")
    token = variables.get(connection.access_token_variable or "", "")
    return AccessKey(id, secret, token) if id and secret else None


def _keys_of_boto3(profile: str | None) -> KeySource | None:
    """Keys that the library of the service finds, such as a role; None without the library."""
    try:
        import boto3
        import botocore.exceptions
    except ImportError:
        return None
    try:
        credentials = boto3.Session(profile_name=profile).get_credentials()
    except botocore.exceptions.BotoCoreError as error:
        raise ConfigurationError(f"the profile for S3 cannot be used: {error}") from error
    if credentials is None:
        return lambda: None

    def key() -> AccessKey:
        frozen: Any = credentials.get_frozen_credentials()
        return AccessKey(frozen.access_key, frozen.secret_key, frozen.token or "")

    return key


def _profile(connection: Connection, variables: Mapping[str, str]) -> str:
    return connection.profile or variables.get("AWS_PROFILE") or "default"


def _kept_key(connection: Connection, variables: Mapping[str, str]) -> AccessKey | None:
    """The key of a profile in the files of the user."""
    name = _profile(connection, variables)
    known = _user_file(variables, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
    if not known.has_section(name):
        if connection.profile is None:
            return None
        raise ConfigurationError(
            f"there is no profile '{name}' in the access data of S3",
            hint="add it to ~/.aws/credentials, or change it with spack mirror set --s3-profile",
        )
    id = known.get(name, "aws_access_key_id", fallback="")
    secret = known.get(name, "aws_secret_access_key", fallback="")
    token = known.get(name, "aws_session_token", fallback="")
    return AccessKey(id, secret, token) if id and secret else None


def _user_file(
    variables: Mapping[str, str], variable: str, name: str
) -> configparser.RawConfigParser:
    """A file of access data; an empty one where there is none. Raises ConfigurationError."""
    home = variables.get("HOME") or os.path.expanduser("~")
    path = variables.get(variable) or os.path.join(home, ".aws", name)
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    return parser
