//! Lambda's Runtime API ("Building a custom runtime", AWS Lambda developer guide) on loopback, with
//! the time of everything that happens there.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::http::Connection;

/// Longest a function may take for anything here.
const PATIENCE: Duration = Duration::from_secs(30);

/// One process's Runtime API.
pub struct RuntimeApi {
    /// `127.0.0.1:PORT`
    pub address: String,
    events: Sender<String>,
    happened: Receiver<Happened>,
}

/// What a function did, and when.
#[derive(Debug)]
enum Happened {
    /// It asked for an event.
    Polled(Instant),
    /// An event was handed to it.
    Handed(Instant),
    /// It answered, or failed.
    Answered(Instant, Result<String, String>),
}

impl RuntimeApi {
    pub fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?.to_string();
        let (events, waiting) = channel();
        let (told, happened) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = stream.set_nodelay(true);
                let (waiting, told) = (Arc::clone(&waiting), told.clone());
                thread::spawn(move || serve(stream, &waiting, &told));
            }
        });
        Ok(Self {
            address,
            events,
            happened,
        })
    }

    /// When the function first asked for an event.
    pub fn first_poll(&self) -> Result<Instant, Failure> {
        loop {
            if let Happened::Polled(at) = self.next()? {
                return Ok(at);
            }
        }
    }

    /// Hands an event out; how long until the answer, and the answer.
    pub fn invoke(&self, event: &str) -> Result<(Duration, String), Failure> {
        self.events
            .send(event.to_owned())
            .map_err(|_| "the Runtime API has stopped")?;
        let mut handed = None;
        loop {
            match self.next()? {
                Happened::Polled(_) => {}
                Happened::Handed(at) => handed = Some(at),
                Happened::Answered(at, answer) => {
                    let handed = handed.ok_or("an answer without an event")?;
                    return Ok((
                        at - handed,
                        answer.map_err(|error| format!("it failed: {error}"))?,
                    ));
                }
            }
        }
    }

    fn next(&self) -> Result<Happened, Failure> {
        let happened = self.happened.recv_timeout(PATIENCE);
        Ok(happened.map_err(|_| "nothing happened for half a minute; did the process start?")?)
    }
}

fn serve(
    stream: TcpStream,
    waiting: &Mutex<Receiver<String>>,
    told: &Sender<Happened>,
) -> Option<()> {
    const HEADER: &str = "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
        Lambda-Runtime-Deadline-Ms: 99999999999999\r\n\
        Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:f\r\n";
    let mut connection = Connection::new(stream);
    while let Ok(Some(request)) = connection.next() {
        let now = Instant::now();
        if request.target.ends_with("/next") {
            told.send(Happened::Polled(now)).ok()?;
            let event = waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .recv()
                .ok()?;
            told.send(Happened::Handed(Instant::now())).ok()?;
            connection.answer(200, HEADER, event.as_bytes()).ok()?;
        } else {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let answer = if request.target.ends_with("/response") {
                Ok(body)
            } else {
                Err(body)
            };
            told.send(Happened::Answered(now, answer)).ok()?;
            connection.answer(202, "", b"{}").ok()?;
        }
    }
    Some(())
}
