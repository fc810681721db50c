"""What must stay true of the template, each with the harm that follows if it doesn't: all that must be
true of any deployment (`tests/deploy/safety.py`), and what concerns SAM and the settings beside it.

`faults.yaml` plants a fault for each of them.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cloudformation
import safety
from deployment import Deployment
from safety import Assertion

PARAMETER_ARN = {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${ApiKeyParameter}"}
# Another name than the default: what doesn't follow the parameter is seen.
ANOTHER_PARAMETER = "/another/name"


@dataclass(frozen=True)
class Template:
    """The template as written, as deployed, and the settings that must agree with it."""

    source: dict
    deployed: dict
    settings: dict  # policy/authorizer.yaml
    root: Path  # of the workspace

    @cached_property
    def deployment(self) -> Deployment:
        return cloudformation.read(self.deployed, "AuthorizerFunction", ANOTHER_PARAMETER,
                                   {"ApiKeyParameter": ANOTHER_PARAMETER})

    def resources(self, kind: str) -> dict:
        return {name: resource["Properties"] for name, resource in self.deployed["Resources"].items()
                if resource["Type"] == kind}

    def function(self, name: str) -> dict:
        return self.resources("AWS::Lambda::Function")[name]

    def key_parameter(self) -> str:
        return self.source["Parameters"]["ApiKeyParameter"]["Default"]

    def settings_that_start(self, prefix: str) -> set[str]:
        return {value.removeprefix(prefix) for value in strings(self.settings) if value.startswith(prefix)}


def of_the_deployment(assertion: Assertion) -> Assertion:
    return Assertion(assertion.name, assertion.harm, lambda template: assertion.check(template.deployment))


ASSERTIONS: list[Assertion] = [of_the_deployment(assertion) for assertion in safety.ASSERTIONS]
otherwise = safety.register(ASSERTIONS)


# --- the functions ---

@otherwise("the function may decrypt what other people keep under the same key, or nothing at all")
def decryption_is_for_that_parameter(template: Template) -> Iterator[str]:
    if template.deployed["Conditions"]["HasOwnKmsKey"] != {"Fn::Not": [{"Fn::Equals": [{"Ref": "ApiKeyKmsKeyArn"}, ""]}]}:
        yield "the condition is not `a key was given`"
    role = template.resources("AWS::IAM::Role")[template.function("AuthorizerFunction")["Role"]["Fn::GetAtt"][0]]
    conditional = [statement["Fn::If"] for policy in role["Policies"]
                   for statement in policy["PolicyDocument"]["Statement"] if "Fn::If" in statement]
    if len(conditional) != 1:
        yield f"expected one conditional statement, found {len(conditional)}"
    for condition, given, absent in conditional:
        if condition != "HasOwnKmsKey" or absent != {"Ref": "AWS::NoValue"}:
            yield f"it depends on `{condition}`, and is otherwise {json.dumps(absent)}"
        if given["Effect"] != "Allow" or given["Action"] != "kms:Decrypt" or given["Resource"] != {"Ref": "ApiKeyKmsKeyArn"}:
            yield f"it is {json.dumps(given)}"
        equals = given.get("Condition", {}).get("StringEquals", {})
        if equals.get("kms:EncryptionContext:PARAMETER_ARN") != PARAMETER_ARN or "kms:ViaService" not in equals:
            yield f"it is not bound to the parameter and to SSM: {json.dumps(given.get('Condition'))}"


@otherwise("the functions do not build, or build and do not start")
def functions_build_and_start(template: Template) -> Iterator[str]:
    packages = {tomllib.loads(manifest.read_text())["package"]["name"]
                for manifest in template.root.glob("functions/*/Cargo.toml")}
    built = {}
    for name, function in template.resources("AWS::Lambda::Function").items():
        for member, wanted in {"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": ["arm64"]}.items():
            if function.get(member) != wanted:
                yield f"{name}: {member} is `{function.get(member)}`, expected `{wanted}`"
        metadata = template.deployed["Resources"][name].get("Metadata", {})
        if metadata.get("BuildMethod") != "rust-cargolambda":
            yield f"{name}: BuildMethod is `{metadata.get('BuildMethod')}`, expected `rust-cargolambda`"
        built[name] = metadata.get("BuildProperties", {}).get("Binary")
        if built[name] not in packages:
            yield f"{name}: there is no function `{built[name]}` in the workspace, only {sorted(packages)}"
        code = template.source["Resources"][name]["Properties"].get("CodeUri", template.source["Globals"]["Function"].get("CodeUri"))
        if code != ".":
            yield f"{name}: CodeUri is `{code}`, expected `.`, the workspace"
    if built.get("AuthorizerFunction") != "authorizer":
        yield f"AuthorizerFunction runs `{built.get('AuthorizerFunction')}`"


# --- the settings beside it ---

@otherwise("the authorizer asks for a parameter that it may not read, and does not start")
def settings_name_the_same_parameter(template: Template) -> Iterator[str]:
    named = template.settings_that_start("ssm:")
    if named != {template.key_parameter()}:
        yield f"policy/authorizer.yaml names {sorted(named)}, the template `{template.key_parameter()}`"
    pattern = template.source["Parameters"]["ApiKeyParameter"]["AllowedPattern"]
    for name in (template.key_parameter(), "/a", "/a/b.c-d_e"):
        if not re.fullmatch(pattern, name):
            yield f"the template refuses the name `{name}`"
    for name in ("", "a", "a/b", "/", "/*", "/a/*", "/a?", "/a/${b}", "/a//b", "/a/"):
        if re.search(pattern, name):
            yield f"the template accepts the name `{name}`"


@otherwise("the authorizer looks for a variable that nobody sets, and does not start")
def variables_are_set(template: Template) -> Iterator[str]:
    variables = template.function("AuthorizerFunction").get("Environment", {}).get("Variables", {})
    if variables.get("TIUN_ENVIRONMENT") != {"Ref": "TiunEnvironment"}:
        yield f"TIUN_ENVIRONMENT is {json.dumps(variables.get('TIUN_ENVIRONMENT'))}"
    for name in sorted(template.settings_that_start("env:") - variables.keys()):
        yield f"policy/authorizer.yaml reads `{name}`, the template does not set it"


@otherwise("a choice made at deployment has no effect: sandbox is chosen, live is asked")
def variables_are_read(template: Template) -> Iterator[str]:
    variables = template.function("AuthorizerFunction").get("Environment", {}).get("Variables", {})
    # Those the function reads by itself begin with TOLLGATE_.
    for name in sorted(variables.keys() - template.settings_that_start("env:")):
        if not name.startswith(("TOLLGATE_", "AWS_")):
            yield f"the template sets `{name}`, policy/authorizer.yaml has no `env:{name}`"


@otherwise("the function is pointed at an environment the provider doesn't have")
def environments_are_those_of_tiun(template: Template) -> Iterator[str]:
    values = template.source["Parameters"]["TiunEnvironment"].get("AllowedValues")
    if sorted(values) != ["live", "sandbox"]:
        yield f"the values are {values}"


def strings(value) -> list[str]:
    """Every string inside a JSON value, keys left out."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for member in value.values() for text in strings(member)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return []
