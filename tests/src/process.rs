//! Child processes that end with the test, with their output at hand.

use std::io::Read;
use std::net::TcpListener;
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long a process may take to get ready.
pub const READY: Duration = Duration::from_mins(1);

/// A running child; killed when dropped.
pub struct Process {
    child: Child,
    output: Arc<Mutex<Vec<u8>>>,
}

impl Process {
    /// Starts a command and collects what it prints on both streams.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!(
                "{} does not start: {error}",
                command.get_program().display()
            )
        });
        let output = Arc::new(Mutex::new(Vec::new()));
        collect(child.stdout.take(), &output);
        collect(child.stderr.take(), &output);
        Self { child, output }
    }

    /// What it has printed so far.
    pub fn output(&self) -> String {
        let bytes = self
            .output
            .lock()
            .map(|bytes| bytes.clone())
            .unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until it has printed a text.
    ///
    /// # Panics
    /// If it ends or takes longer than `within`; with what it printed.
    pub fn wait_for(&mut self, text: &str, within: Duration) -> String {
        let start = Instant::now();
        loop {
            let output = self.output();
            if output.contains(text) {
                return output;
            }
            let ended = self.child.try_wait().ok().flatten();
            assert!(
                ended.is_none(),
                "ended ({ended:?}) before it printed `{text}`:\n{}",
                self.output()
            );
            assert!(
                start.elapsed() < within,
                "did not print `{text}` in {within:?}:\n{output}"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until it accepts connections on a port of this machine.
    ///
    /// # Panics
    /// If it ends or takes longer than [`READY`]; with what it printed.
    pub fn wait_for_port(&mut self, port: u16) {
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = self.child.try_wait().ok().flatten();
            assert!(ended.is_none(), "ended ({ended:?}):\n{}", self.output());
            assert!(
                start.elapsed() < READY,
                "port {port} stays closed:\n{}",
                self.output()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(stream: Option<impl Read + Send + 'static>, into: &Arc<Mutex<Vec<u8>>>) {
    let Some(mut stream) = stream else { return };
    let into = Arc::clone(into);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            if let Ok(mut bytes) = into.lock() {
                bytes.extend(buffer.iter().take(read));
            }
        }
    });
}

/// Ports that no system gives to outgoing connections or to listeners that take any: one that is free
/// stays so until whoever asked for it listens.
const PORTS: Range<u16> = 12_000..32_000;

/// A port that is free, and that nobody else in this process gets.
///
/// # Panics
/// If the machine has none.
pub fn free_port() -> u16 {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    // Test processes beside each other begin in different places.
    let start = std::process::id() as usize * 97;
    let next = || start + TAKEN.fetch_add(1, Ordering::Relaxed);
    let port = || PORTS.clone().nth(next() % PORTS.len());
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    PORTS
        .filter_map(|_| port())
        .find(free)
        .unwrap_or_else(|| panic!("no free port in {PORTS:?}"))
}
