//! The built function as a process of its own, and what the kernel says of it (proc(5)).

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running function; it ends when dropped.
pub struct Process(Child);

/// The function as it is deployed: what `benches/run` builds.
fn function() -> PathBuf {
    const BUILD: &str =
        "cargo build --release --package authorizer --target-dir target/coldstart/function";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let function = match std::env::var_os("TOLLGATE_FUNCTION") {
        Some(function) => function.into(),
        None => root.join("target/coldstart/function/release/authorizer"),
    };
    assert!(
        function.exists(),
        "{} is not there; run: {BUILD}",
        function.display()
    );
    function
}

impl Process {
    /// Starts it for so many events at once, with the policy and the `authorizer.yaml` of a folder.
    pub fn start(runtime_api: SocketAddr, concurrency: usize, folder: &Path) -> Self {
        let mut command = Command::new(function());
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "authorizer")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_MAX_CONCURRENCY", concurrency.to_string())
            .env("AWS_REGION", "eu-central-1")
            .env("TOLLGATE_POLICY", folder)
            .env("CLIENT_SECRET", "a secret")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Self(command.spawn().expect("a function that starts"))
    }

    /// Time on the processor so far.
    pub fn processor(&self) -> Duration {
        processor(self.0.id())
    }

    /// Memory that it holds, in bytes.
    pub fn resident(&self) -> f64 {
        let status = Path::new("/proc")
            .join(self.0.id().to_string())
            .join("status");
        let status = fs::read_to_string(status).expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        let kib: f64 = kib.and_then(|kib| kib.parse().ok()).expect("VmRSS");
        kib * 1024.0
    }
}

/// Time that all threads of a process have had of processors.
pub fn processor(process: u32) -> Duration {
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    let nanos = fs::read_dir(tasks).expect("a running process").map(|task| {
        let path = task.expect("a thread").path().join("schedstat");
        let text = fs::read_to_string(path).unwrap_or_default();
        let first = text.split(' ').next().and_then(|first| first.parse().ok());
        first.unwrap_or(0)
    });
    Duration::from_nanos(nanos.sum())
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
