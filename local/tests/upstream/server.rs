//! A server that records the bytes it gets and answers with bytes from a script.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What a connection does once it has a request's head.
#[derive(Clone)]
pub enum Script {
    /// Reads the body as far as its length says, sends this, and goes on to the next request.
    Answer(String),
    /// Sends this at once and closes.
    Close(String),
    /// Nothing comes back.
    Hang,
    /// Sends what comes from here, piece by piece, then closes.
    Pieces(Arc<tokio::sync::Mutex<mpsc::Receiver<String>>>),
}

pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, connections) = (Arc::default(), Arc::new(Mutex::new(0)));
        let server = Self {
            url,
            requests: Arc::clone(&requests),
            connections: Arc::clone(&connections),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *connections.lock().unwrap() += 1;
                tokio::spawn(serve(stream, script.clone(), Arc::clone(&requests)));
            }
        });
        server
    }

    /// A server that answers so.
    pub async fn answering(body: &str) -> Self {
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self::start(Script::Answer(answer)).await
    }

    /// What it was sent, each request with its body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn last(&self) -> String {
        self.requests().pop().unwrap()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

/// The values of a header of a request.
pub fn values(request: &str, name: &str) -> Vec<String> {
    let head = request.split("\r\n\r\n").next().unwrap();
    let lines = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    lines
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
        .collect()
}

async fn serve(mut stream: TcpStream, script: Script, requests: Arc<Mutex<Vec<String>>>) {
    let mut bytes = Vec::new();
    loop {
        let Some(length) = whole(&bytes, matches!(script, Script::Answer(_))) else {
            match stream.read_buf(&mut bytes).await {
                Ok(read) if read > 0 => continue,
                _ => return,
            }
        };
        let rest = bytes.split_off(length);
        let request = String::from_utf8_lossy(&bytes).into_owned();
        bytes = rest;
        requests.lock().unwrap().push(request);
        match &script {
            Script::Answer(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
            Script::Close(answer) => {
                stream.write_all(answer.as_bytes()).await.unwrap();
                return;
            }
            Script::Hang => std::future::pending().await,
            Script::Pieces(pieces) => {
                let mut pieces = pieces.lock().await;
                while let Some(piece) = pieces.recv().await {
                    if stream.write_all(piece.as_bytes()).await.is_err() {
                        pieces.close();
                    }
                }
                return;
            }
        }
    }
}

/// How long the first request is; `None` while it is not all there.
fn whole(bytes: &[u8], with_body: bool) -> Option<usize> {
    let text = String::from_utf8_lossy(bytes);
    let head = text.find("\r\n\r\n")? + 4;
    if !with_body {
        return Some(bytes.len());
    }
    let body = bytes.get(head..)?;
    if !values(&text, "transfer-encoding").is_empty() {
        return body.ends_with(b"0\r\n\r\n").then_some(bytes.len());
    }
    let length = values(&text, "content-length").pop();
    let length = length.map_or(0, |length| length.parse().unwrap());
    (body.len() >= length).then_some(head + length)
}
