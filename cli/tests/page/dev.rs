//! `tollgate dev` on free ports, and raw requests to its page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take; only a failing test waits for so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The policy the command starts with.
pub const POLICY: &str = "\
route GET /health is public

route /account/*     requires user
route /pro/*         requires product p-live-pro or p-live-light
route /pro/reports/* requires product p-live-pro
";

const SETTINGS: &str = "\
providers:
  - tiun:
      environment: live
      api_key: env:TIUN_API_KEY
answers:
  scope: request
";

/// A running command; it ends when dropped.
pub struct Dev {
    child: Child,
    folder: TempDir,
    pub port: u16,
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// What it says is wrong.
    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap().to_owned()
    }
}

impl Dev {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these flags more.
    pub fn start_with(flags: &[&str]) -> Self {
        let (mut dev, lines) = Self::run("--page-port 0", flags);
        dev.port = loop {
            let line = lines.recv_timeout(PATIENCE).unwrap();
            if let Some(url) = line.strip_prefix("page  ") {
                break url.rsplit(':').next().unwrap().trim().parse().unwrap();
            }
        };
        dev
    }

    /// What the command says at first, with these flags.
    pub fn greeting_of(flags: &[&str]) -> String {
        let (_dev, lines) = Self::run("", flags);
        let mut greeting = String::new();
        while !greeting.contains("Ctrl-C ends it") {
            greeting += &lines.recv_timeout(PATIENCE).unwrap();
            greeting.push('\n');
        }
        greeting
    }

    /// The command, on free ports, and the lines that it writes.
    fn run(more: &str, flags: &[&str]) -> (Self, mpsc::Receiver<String>) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("policy")).unwrap();
        fs::write(folder.path().join("policy/access.policy"), POLICY).unwrap();
        fs::write(folder.path().join("policy/authorizer.yaml"), SETTINGS).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(
                "dev --port 0 --tiun-port 0"
                    .split(' ')
                    .chain(more.split_whitespace()),
            )
            .args(flags)
            .current_dir(folder.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = mpsc::channel();
        // Read to the end, so that the command can go on writing.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        let port = 0;
        (
            Self {
                child,
                folder,
                port,
            },
            lines,
        )
    }

    /// A path in the folder of the policy.
    pub fn policy(&self, name: &str) -> PathBuf {
        self.folder.path().join("policy").join(name)
    }

    pub fn saved(&self) -> String {
        fs::read_to_string(self.policy("access.policy")).unwrap()
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Exactly these bytes.
    pub fn raw(&self, request: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // Who is refused early does not read all.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        reply(&answer)
    }

    /// With these header lines, and a length if there is a body.
    pub fn send(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Reply {
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for header in headers {
            write!(request, "{header}\r\n").unwrap();
        }
        if !body.is_empty() {
            write!(request, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        request.push_str("\r\n");
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        self.raw(&request)
    }

    /// The header lines of a script of the page itself.
    pub fn own(&self) -> Vec<String> {
        vec![
            format!("Host: {}", self.host()),
            format!("Origin: http://{}", self.host()),
            "Sec-Fetch-Site: same-origin".to_owned(),
            "Sec-Fetch-Mode: cors".to_owned(),
            "Content-Type: application/json".to_owned(),
            "X-Tollgate-Page: 1".to_owned(),
        ]
    }

    /// As a script of the page asks.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Reply {
        let own = self.own();
        let headers: Vec<&str> = own.iter().map(String::as_str).collect();
        let body = match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        };
        self.send(method, path, &headers, &body)
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &Value::Null)
    }

    /// What is answered, if it could be done.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        let reply = self.ask("POST", path, body);
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply.json()
    }
}

fn reply(bytes: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    let status = status.split(' ').nth(1).unwrap_or("0").parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    Reply {
        status,
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}
