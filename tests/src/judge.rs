//! The outside judge: npm `@cloud-copilot/iam-simulate`, an IAM evaluator that owes nothing to ours,
//! in a process of its own (`tests/counterparts/judge.mjs`).

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_local::iam::{Call, Verdict};

use crate::build;

/// The longest a question may take on a busy machine. Its patterns are regular expressions, and many
/// stars in one can take very long.
const ANSWER: Duration = Duration::from_mins(1);

/// The running judge; ended when dropped.
pub struct Judge {
    process: Child,
    line: Mutex<Line>,
}

/// One question at a time.
struct Line {
    questions: ChildStdin,
    answers: Receiver<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Verdicts(Vec<Word>),
    Error(String),
}

/// The judge's own words.
#[derive(Debug, Clone, Copy, Deserialize)]
enum Word {
    Allowed,
    ExplicitlyDenied,
    ImplicitlyDenied,
}

impl Judge {
    /// Starts it; installs it if need be.
    ///
    /// # Panics
    /// If it does not start; `tests/tools/packages tests/counterparts` says what is missing.
    pub fn start() -> Self {
        let spawned = Command::new("node")
            .arg(build::counterparts().join("judge.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = spawned.unwrap_or_else(|error| panic!("no judge: {error}"));
        let (Some(questions), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            panic!("the judge has no pipes");
        };
        let (send, answers) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).lines();
            // Until the judge ends, or nobody listens.
            let _ = lines
                .map_while(Result::ok)
                .try_for_each(|line| send.send(line));
        });
        let line = Mutex::new(Line { questions, answers });
        Self { process, line }
    }

    /// What a document says about each of these calls.
    ///
    /// # Errors
    /// What the judge finds wrong with the document.
    ///
    /// # Panics
    /// If it ends or does not answer.
    pub fn verdicts(&self, document: &Value, calls: &[Call<'_>]) -> Result<Vec<Verdict>, String> {
        let calls: Vec<Value> = calls
            .iter()
            .map(|call| json!({"arn": call.arn, "unixMillis": call.unix_millis, "ip": call.ip}))
            .collect();
        // It takes wildcards only behind the API. What is denied everywhere is denied there too.
        let everywhere = format!("arn:aws:execute-api:{EVERYWHERE}");
        let document = match calls.first().and_then(here) {
            Some(here) => {
                let text = document.to_string().replace(&everywhere, &here);
                serde_json::from_str(&text).unwrap_or_default()
            }
            None => document.clone(),
        };
        let question = json!({"document": document, "calls": calls});
        let answer = self.ask(&question);
        match serde_json::from_str(&answer) {
            Ok(Answer::Verdicts(words)) if words.len() == calls.len() => {
                Ok(words.into_iter().map(Word::verdict).collect())
            }
            Ok(Answer::Error(why)) => Err(why),
            _ => panic!("no answer to {question}: {answer}"),
        }
    }

    fn ask(&self, question: &Value) -> String {
        // A test that failed with the line in its hand says so itself.
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = writeln!(line.questions, "{question}");
        asked.unwrap_or_else(|error| panic!("the judge has ended: {error}"));
        let answer = line.answers.recv_timeout(ANSWER);
        answer.unwrap_or_else(|error| panic!("no answer to {question}: {error}"))
    }
}

/// Every stage of every API, as an ARN has it after the service.
const EVERYWHERE: &str = "*:*:*/*/";

/// The start of a call's ARN, up to its stage.
fn here(call: &Value) -> Option<String> {
    let arn = call.get("arn")?.as_str()?;
    let mut slashes = arn.match_indices('/').skip(1);
    let (end, _) = slashes.next()?;
    arn.get(..=end).map(str::to_owned)
}

impl Word {
    fn verdict(self) -> Verdict {
        match self {
            Self::Allowed => Verdict::Allowed,
            Self::ExplicitlyDenied => Verdict::ExplicitlyDenied,
            Self::ImplicitlyDenied => Verdict::ImplicitlyDenied,
        }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
