//! The functions that are measured beside each other: how each is started, and what of it is shipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;
use crate::world::{AUDIENCE, ISSUER, PARAMETER, World};

/// A function.
pub struct Peer {
    pub name: &'static str,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    /// What is shipped of it; interpreters are Lambda's own.
    pub shipped: Vec<PathBuf>,
    /// Whether it looks at the token.
    pub verifies: bool,
    /// Whether it takes keys from an address without TLS: aws-jwt-verify does not.
    pub speaks_plain: bool,
}

/// Whether what is outside speaks TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Plain,
    Tls,
}

impl Transport {
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tls => "TLS",
        }
    }
}

/// All of them, as `benches/coldstart/run` leaves them in `built`.
pub fn all(built: &Path) -> Vec<Peer> {
    let of_rust = |name: &'static str, program: PathBuf, verifies| Peer {
        name,
        shipped: vec![program.clone()],
        program,
        arguments: Vec::new(),
        verifies,
        speaks_plain: true,
    };
    let (node, python) = (
        built.join("node/authorizer.mjs"),
        built.join("python/authorizer.py"),
    );
    vec![
        of_rust("tollgate", built.join("tollgate"), true),
        of_rust("empty function (Rust)", built.join("empty"), false),
        of_rust("a bare check (Rust)", built.join("check"), false),
        Peer {
            name: "aws-jwt-verify (Node.js)",
            program: "node".into(),
            shipped: vec![node.clone()],
            arguments: vec![node],
            verifies: true,
            speaks_plain: false,
        },
        Peer {
            name: "PyJWT, boto3 (Python)",
            program: built.join("venv/bin/python"),
            shipped: vec![built.join("python")],
            arguments: vec![python],
            verifies: true,
            speaks_plain: true,
        },
    ]
}

impl Peer {
    /// A command that starts it, in surroundings like Lambda's.
    pub fn command(
        &self,
        runtime: &str,
        world: &World,
        transport: Transport,
        folder: &Path,
    ) -> Result<Command, Failure> {
        let base = match transport {
            Transport::Plain => &world.plain,
            Transport::Tls => &world.tls,
        };
        let roots = roots(world, folder)?;
        let settings = folder.join("authorizer.yaml");
        fs::write(&settings, settings_text(base, &folder.join("ca.pem")))?;
        let policy = folder.join("policy");
        fs::create_dir_all(&policy)?;
        fs::write(
            policy.join("access.policy"),
            "route /pro/* requires role subscriber\n",
        )?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            // The SDK's word on the end of Node.js 20's support.
            .env("NODE_NO_WARNINGS", "1")
            .env("AWS_LAMBDA_RUNTIME_API", runtime)
            .env("AWS_LAMBDA_FUNCTION_NAME", "authorizer")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL_SSM", base)
            // The same store of roots for everybody: the machine's, and the one CA of ours.
            .env("SSL_CERT_FILE", &roots)
            .env("AWS_CA_BUNDLE", &roots)
            .env("NODE_EXTRA_CA_CERTS", folder.join("ca.pem"))
            .env("TOLLGATE_CONFIG", settings)
            .env("TOLLGATE_POLICY", policy)
            .env("KEY", world.public_key())
            .env("ISSUER", ISSUER)
            .env("AUDIENCE", AUDIENCE)
            .env("PARAMETER", PARAMETER)
            .env("JWKS_URI", format!("{base}/jwks.json"));
        Ok(command)
    }
}

/// The machine's CA roots and the world's, in one file.
fn roots(world: &World, folder: &Path) -> Result<PathBuf, Failure> {
    const OF_THE_MACHINE: &str = "/etc/ssl/certs/ca-certificates.crt";
    let machine = fs::read_to_string(OF_THE_MACHINE).map_err(|error| {
        format!("{OF_THE_MACHINE}: {error} (Debian: apt-get install ca-certificates)")
    })?;
    let file = folder.join("roots.pem");
    fs::write(folder.join("ca.pem"), &world.ca)?;
    fs::write(&file, machine + &world.ca)?;
    Ok(file)
}

fn settings_text(base: &str, ca: &Path) -> String {
    format!(
        "extra_roots: {}\nproviders:\n  - oidc:\n      issuer: {ISSUER}\n      audience: {AUDIENCE}\n      \
         algorithms: [ES256]\n      keys: {{ url: \"{base}/jwks.json\" }}\n      claims: {{ roles: roles }}\n\
         answers: {{ scope: request }}\nlogs: {{ user: hashed, salt: \"ssm:{PARAMETER}\"}}\n",
        ca.display()
    )
}
