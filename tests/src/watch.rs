//! A built function under `cargo lambda watch`, which serves Lambda's APIs and builds nothing here.

use std::process::Command;

use tempfile::TempDir;

use crate::build;
use crate::process::{Process, free_port};

/// A running function; it ends when dropped.
pub struct Watched {
    // The function first: without its Runtime API it would end by itself, with a complaint.
    _function: Process,
    _watch: Process,
    url: String,
    _folder: TempDir,
}

impl Watched {
    /// Starts the authorizer with these environment variables and nothing of the caller's; the folder,
    /// which they point to, is removed with it.
    ///
    /// # Panics
    /// If it does not start.
    pub fn authorizer(variables: &[(&str, &str)], folder: TempDir) -> Self {
        let port = free_port();
        let mut watch = Command::new(build::tool("cargo-lambda"));
        watch
            .args(["lambda", "watch", "--only-lambda-apis"])
            .args(["-A", "127.0.0.1", "-P", &port.to_string()])
            .current_dir(build::root());
        let mut watch = Process::start(&mut watch);
        watch.wait_for_port(port);
        let api = format!("http://127.0.0.1:{port}");
        let mut function = Command::new(build::binary("authorizer"));
        function
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", format!("{api}/.rt/authorizer"))
            .env("AWS_LAMBDA_FUNCTION_NAME", "authorizer")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .envs(variables.iter().copied());
        Self {
            _function: Process::start(&mut function),
            _watch: watch,
            url: api,
            _folder: folder,
        }
    }

    /// What `tollgate dev --function` is told.
    pub fn url(&self) -> &str {
        &self.url
    }
}
