"""SAM in, plain CloudFormation out: what AWS would really deploy.

Most mistakes cannot be seen in SAM's shorthand, only in what it stands for. The translator is the
one AWS runs; nothing here asks the network.
"""

import copy
import json
import logging

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

# The translator warns about a configuration file that exists only inside AWS.
logging.getLogger("samtranslator").setLevel(logging.ERROR)


class CannotExpand(Exception):
    """SAM refuses the template; the message is SAM's own."""


def parse(text: str) -> dict:
    """The template as written, intrinsics in their long form and YAML aliases made copies."""
    return json.loads(json.dumps(yaml_parse(text)))


def expand(source: dict) -> dict:
    """The CloudFormation that `source` stands for, with the parameters' defaults."""
    template = copy.deepcopy(source)
    # The translator runs after packaging, when code is in S3. Any address will do.
    template.setdefault("Globals", {}).setdefault("Function", {})["CodeUri"] = "s3://bucket/key"
    for resource in template.get("Resources", {}).values():
        resource.get("Properties", {}).pop("CodeUri", None)
    try:
        return json.loads(json.dumps(transform(template, {}, NoManagedPolicies())))
    except InvalidDocumentException as refused:
        raise CannotExpand("; ".join([refused.message, *(cause.message for cause in refused.causes)])) from refused


class NoManagedPolicies:
    """SAM asks AWS for the list of managed policies when a template names one by name only."""

    def load(self) -> dict:
        raise CannotExpand("a managed policy is named without its ARN; write the statement out instead")
