"""A stand-in for Terraform's AWS provider, enough to validate and plan `deploy/terraform` without the
registry, an account or the network.

It knows the real provider's attributes (`aws-schema.json`), so Terraform itself refuses what is
misspelled, missing or of the wrong type. It does not know which values AWS takes. What AWS would
compute it invents at once, so that a plan holds every value and no "known after apply".
"""

import itertools
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import msgpack

from deployment import ACCOUNT, PARTITION, REGION, execution_arn, function_arn

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))
messages, services = grpc.protos_and_services("tfplugin5.proto")

SCHEMA = json.loads((HERE / "aws-schema.json").read_text())
SOURCE = "registry.terraform.io/hashicorp/aws"
SERVERS = []  # a server ends when nobody holds it
HERE_AND_NOW = {"partition": PARTITION, "region": REGION, "account_id": ACCOUNT}


class Provider(services.ProviderServicer):
    def __init__(self):
        self.numbers = itertools.count(1)

    def GetSchema(self, request, context):
        settings = {"attributes": {"region": {"type": "string", "optional": True}}, "block_types": {}}
        return messages.GetProviderSchema.Response(
            provider=schema({"version": 0, "block": settings}),
            resource_schemas={name: schema(one) for name, one in SCHEMA["resource_schemas"].items()},
            data_source_schemas={name: schema(one) for name, one in SCHEMA["data_source_schemas"].items()})

    def PrepareProviderConfig(self, request, context):
        return messages.PrepareProviderConfig.Response(prepared_config=request.config)

    def ValidateResourceTypeConfig(self, request, context):
        return messages.ValidateConfig.Response()

    def ValidateDataSourceConfig(self, request, context):
        return messages.ValidateConfig.Response()

    def Configure(self, request, context):
        return messages.Configure.Response()

    def PlanResourceChange(self, request, context):
        values = msgpack.unpackb(request.proposed_new_state.msgpack)
        if values is not None:
            self.invent(SCHEMA["resource_schemas"][request.type_name], request.type_name, values)
        return messages.PlanResourceChange.Response(
            planned_state=packed(values),
            legacy_type_system=True)  # as with the real one, nobody compares plan and configuration

    def ReadDataSource(self, request, context):
        values = msgpack.unpackb(request.config.msgpack)
        values |= {name: value for name, value in HERE_AND_NOW.items() if name in values}
        return messages.ReadDataSource.Response(state=packed(values))

    def Stop(self, request, context):
        return messages.Stop.Response()

    def invent(self, known: dict, kind: str, values: dict) -> None:
        if values["id"] is None:
            values["id"] = f"{kind.removeprefix('aws_').replace('_', '-')}-{next(self.numbers)}"
        if "region" in values:
            values["region"] = REGION
        if kind == "aws_lambda_function":
            values["arn"] = function_arn(values["function_name"])
            values["invoke_arn"] = (f"arn:{PARTITION}:apigateway:{REGION}:lambda:path/2015-03-31/functions/"
                                    f"{values['arn']}/invocations")
        for name, attribute in known["block"]["attributes"].items():
            if attribute.get("computed") and attribute["type"] == "string" and values[name] is None:
                values[name] = execution_arn(values["id"]) if name == "execution_arn" else f"{name} of {values['id']}"


def serve() -> dict:
    """Start the provider, for as long as this process lasts; the variables make Terraform use it and
    no other."""
    server = grpc.server(ThreadPoolExecutor(4))
    services.add_ProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    attach = {SOURCE: {"Protocol": "grpc", "ProtocolVersion": 5, "Pid": os.getpid(), "Test": True,
                       "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"}}}
    SERVERS.append(server)
    return {"TF_REATTACH_PROVIDERS": json.dumps(attach)}


def packed(values: dict | None):
    return messages.DynamicValue(msgpack=msgpack.packb(values))


def schema(known: dict):
    return messages.Schema(version=known["version"], block=block(known["block"]))


def block(known: dict):
    attributes = [messages.Schema.Attribute(name=name, type=json.dumps(one["type"]).encode(),
                                            required=one.get("required", False), optional=one.get("optional", False),
                                            computed=one.get("computed", False))
                  for name, one in known["attributes"].items()]
    nested = [messages.Schema.NestedBlock(type_name=name, nesting=one["nesting_mode"].upper(),
                                          block=block(one["block"]), min_items=one["min_items"],
                                          max_items=one["max_items"])
              for name, one in known["block_types"].items()]
    return messages.Schema.Block(attributes=attributes, block_types=nested)
