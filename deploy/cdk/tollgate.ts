// Tollgate in front of a REST, an HTTP and a WebSocket API: one authorizer function for all three, with
// the settings that make its answers safe. Copy this file, put your backend in the place of `backend`,
// and take out the APIs you do not have.
import { App, CfnOutput, Duration, Stack, StackProps } from "aws-cdk-lib";
import * as rest from "aws-cdk-lib/aws-apigateway";
import * as apis from "aws-cdk-lib/aws-apigatewayv2";
import { WebSocketLambdaAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration, WebSocketLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

interface TollgateProps extends StackProps {
  /** The folder (or zip) with the authorizer's `bootstrap`, built for arm64. */
  authorizer: string;
  /** The same of the function behind the APIs. */
  backend: string;
  /** The SSM parameter with the provider's API key: the name in policy/authorizer.yaml, with its slash. */
  apiKeyParameter: string;
  /** Which tiun verifies the users' tokens: `live` or `sandbox`. */
  tiunEnvironment: string;
  /** The origin of the web pages that may call the APIs, or `*`. */
  allowedOrigin: string;
}

class TollgateStack extends Stack {
  constructor(scope: Construct, id: string, props: TollgateProps) {
    super(scope, id, props);
    const authorizer = this.authorizerFunction(props);
    const backend = new lambda.Function(this, "Backend", {
      ...inLambda(props.backend),
      timeout: Duration.seconds(10),
      environment: { ALLOWED_ORIGIN: props.allowedOrigin },
    });
    const urls = {
      RestApiUrl: this.restApi(authorizer, backend, props.allowedOrigin).url,
      HttpApiUrl: this.httpApi(authorizer, backend, props.allowedOrigin).apiEndpoint,
      WebSocketApiUrl: this.webSocketApi(authorizer, backend).url,
    };
    for (const [name, value] of Object.entries(urls)) new CfnOutput(this, name, { value });
  }

  private authorizerFunction(props: TollgateProps): lambda.Function {
    const authorizer = new lambda.Function(this, "Authorizer", {
      ...inLambda(props.authorizer),
      description: "Verifies the caller's token and answers with an IAM allow or deny",
      // Memory buys processor time, and a cold start is all processor time.
      memorySize: 512,
      // API Gateway gives up after 10 s. Ending sooner keeps the log line on this side.
      timeout: Duration.seconds(8),
      environment: { TIUN_ENVIRONMENT: props.tiunEnvironment },
    });
    // `StringParameter.grantRead` would also allow to list the account's parameters.
    // A key encrypted with a KMS key of your own needs `kms:Decrypt` too: template.yaml has it.
    authorizer.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["ssm:GetParameters"],
        resources: [`arn:${this.partition}:ssm:${this.region}:${this.account}:parameter${props.apiKeyParameter}`],
      }),
    );
    return authorizer;
  }

  /** One catch-all route: paths are decided by the policy, and none can be added that forgets it. */
  private restApi(authorizer: lambda.Function, backend: lambda.Function, origin: string): rest.RestApi {
    const api = new rest.RestApi(this, "RestApi", {
      deployOptions: { stageName: "main" },
      endpointTypes: [rest.EndpointType.REGIONAL],
      cloudWatchRole: false,
      defaultMethodOptions: {
        authorizationType: rest.AuthorizationType.CUSTOM,
        // REQUEST sees method, path and headers; TOKEN sees the token alone.
        authorizer: new rest.RequestAuthorizer(this, "RestAuthorizer", {
          handler: authorizer,
          // Never cached: an answer is right for the one request it was asked about.
          resultsCacheTtl: Duration.seconds(0),
          // None, or callers without a token would be refused before a public route is looked up.
          identitySources: [],
        }),
      },
      // The preflight routes this makes have no authorizer: browsers send them without a token.
      defaultCorsPreflightOptions: {
        allowOrigins: [origin],
        allowHeaders: ["Authorization", "Content-Type"],
        allowMethods: ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
        maxAge: Duration.minutes(10),
      },
      // Without it the console's test button could call the backend past the authorizer.
      defaultIntegration: new rest.LambdaIntegration(backend, { allowTestInvoke: false }),
    });
    api.root.addMethod("ANY");
    api.root.addProxy();
    this.gatewayResponses(api, origin);
    return api;
  }

  /** What a refused caller is told. The authorizer makes its values safe for the quotes they stand in. */
  private gatewayResponses(api: rest.RestApi, origin: string): void {
    const readable = { "Access-Control-Allow-Origin": `'${origin}'` };
    const tell = (type: rest.ResponseType, body: string, statusCode?: string, headers: Record<string, string> = {}) =>
      api.addGatewayResponse(type.responseType, {
        type,
        statusCode,
        responseHeaders: { ...readable, ...headers },
        templates: { "application/json": body },
      });
    const unavailable = '{"message":"access could not be checked; try again"}';
    tell(rest.ResponseType.UNAUTHORIZED, '{"message":"sign in to call this","reason":"login_required"}', "401", {
      "WWW-Authenticate": "'Bearer'",
    });
    const told = ["reason", "required", "hint", "decision"].map((key) => `"${key}":"$context.authorizer.${key}"`);
    tell(rest.ResponseType.ACCESS_DENIED, `{"message":"you may not call this",${told.join(",")}}`, "403");
    tell(rest.ResponseType.AUTHORIZER_FAILURE, unavailable, "500");
    tell(rest.ResponseType.AUTHORIZER_CONFIGURATION_ERROR, unavailable, "500");
    // A status here would override those of all types that are not named.
    tell(rest.ResponseType.DEFAULT_4XX, '{"message":$context.error.messageString}');
    tell(rest.ResponseType.DEFAULT_5XX, '{"message":"the request could not be answered; try again"}');
  }

  private httpApi(authorizer: lambda.Function, backend: lambda.Function, origin: string): apis.HttpApi {
    const api = new apis.HttpApi(this, "HttpApi", {
      corsPreflight: {
        allowOrigins: [origin],
        allowHeaders: ["authorization", "content-type"],
        allowMethods: [
          apis.CorsHttpMethod.DELETE, apis.CorsHttpMethod.GET, apis.CorsHttpMethod.HEAD, apis.CorsHttpMethod.OPTIONS,
          apis.CorsHttpMethod.PATCH, apis.CorsHttpMethod.POST, apis.CorsHttpMethod.PUT,
        ],
        maxAge: Duration.minutes(10),
      },
    });
    // `HttpLambdaAuthorizer` sends the older event format, 1.0, where IAM answers are asked for.
    const attached = new apis.HttpAuthorizer(this, "HttpAuthorizer", {
      httpApi: api,
      type: apis.HttpAuthorizerType.LAMBDA,
      authorizerName: "Tollgate",
      authorizerUri: `arn:${this.partition}:apigateway:${this.region}:lambda:path/2015-03-31/functions/${authorizer.functionArn}/invocations`,
      payloadFormatVersion: apis.AuthorizerPayloadVersion.VERSION_2_0,
      enableSimpleResponses: false,
      resultsCacheTtl: Duration.seconds(0),
      identitySource: [],
    });
    authorizer.addPermission("HttpAuthorizerPermission", {
      principal: new iam.ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: this.formatArn({
        service: "execute-api", resource: api.apiId, resourceName: `authorizers/${attached.authorizerId}`,
      }),
    });
    const tollgate = apis.HttpAuthorizer.fromHttpAuthorizerAttributes(this, "Tollgate", {
      authorizerId: attached.authorizerId,
      authorizerType: "CUSTOM",
    });
    const integration = new HttpLambdaIntegration("HttpBackend", backend);
    new apis.HttpRoute(this, "HttpEverything", {
      httpApi: api, integration, routeKey: apis.HttpRouteKey.DEFAULT, authorizer: tollgate,
    });
    // `$default` would catch preflight requests too, which carry no token.
    for (const path of ["/", "/{proxy+}"]) {
      api.addRoutes({ path, methods: [apis.HttpMethod.OPTIONS], integration, authorizer: new apis.HttpNoneAuthorizer() });
    }
    return api;
  }

  /** The authorizer is asked once a connection, at `$connect`: the only route that can have one. */
  private webSocketApi(authorizer: lambda.Function, backend: lambda.Function): apis.WebSocketStage {
    const integration = () => new WebSocketLambdaIntegration("Backend", backend);
    const webSocketApi = new apis.WebSocketApi(this, "WebSocketApi", {
      connectRouteOptions: {
        integration: integration(),
        // No identity source: the token may be in the query or in the subprotocol, as
        // `token_from` in policy/authorizer.yaml says.
        authorizer: new WebSocketLambdaAuthorizer("WebSocketAuthorizer", authorizer, { identitySource: [] }),
      },
      disconnectRouteOptions: { integration: integration() },
      // Send what the backend answers back over the connection.
      defaultRouteOptions: { integration: integration(), returnResponse: true },
    });
    return new apis.WebSocketStage(this, "WebSocketStage", { webSocketApi, stageName: "main", autoDeploy: true });
  }
}

/** How both functions run. */
function inLambda(code: string) {
  return {
    code: lambda.Code.fromAsset(code),
    runtime: lambda.Runtime.PROVIDED_AL2023,
    architecture: lambda.Architecture.ARM_64,
    handler: "bootstrap",
    loggingFormat: lambda.LoggingFormat.JSON,
    // Never TRACE: the runtime would log whole events, tokens included.
    applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
  };
}

const app = new App();

/** A setting from cdk.json, or from `--context NAME=VALUE`. */
function setting(name: string): string {
  const value: unknown = app.node.tryGetContext(name);
  if (typeof value !== "string" || value === "") throw new Error(`set \`${name}\` in cdk.json or with --context ${name}=…`);
  return value;
}

new TollgateStack(app, "Tollgate", {
  authorizer: setting("authorizer"),
  backend: setting("backend"),
  apiKeyParameter: setting("apiKeyParameter"),
  tiunEnvironment: setting("tiunEnvironment"),
  allowedOrigin: setting("allowedOrigin"),
});
