//! Messages on a byte stream: `Content-Length` headers and JSON, with a bound on both.

use std::fmt;
use std::io::{self, BufRead, Read as _};

use lsp_server::Message;

/// Bytes of one message: the largest policy file, written with JSON's longest escapes.
pub const MESSAGE_BYTES: usize = 6 * tollgate_grammar::limits::FILE_BYTES + 64 * 1024;

/// Bytes of one header line.
const HEADER_BYTES: u64 = 1024;

/// Header lines of one message.
const HEADERS: usize = 16;

/// What stands on the stream is not a message, or the stream broke.
#[derive(Debug)]
pub enum WireError {
    /// The stream itself.
    Stream(io::Error),
    /// What came is no message of the protocol.
    Malformed(String),
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(error) => write!(f, "{error}"),
            Self::Malformed(problem) => write!(
                f,
                "{problem}: an editor starts this command and talks the language server protocol to it"
            ),
        }
    }
}

impl std::error::Error for WireError {}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        Self::Stream(error)
    }
}

/// Reads one message; `None` at the end of the stream.
///
/// # Errors
/// A header or JSON that is none, a message that is too long, a stream that ends within one.
pub fn read(input: &mut impl BufRead) -> Result<Option<Message>, WireError> {
    let Some(length) = content_length(input)? else {
        return Ok(None);
    };
    let mut bytes = vec![0; length];
    input
        .read_exact(&mut bytes)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => malformed("the input ends within a message"),
            _ => WireError::Stream(error),
        })?;
    message(&bytes).map(Some)
}

/// One message without its headers.
///
/// # Errors
/// JSON that is no message.
pub fn message(bytes: &[u8]) -> Result<Message, WireError> {
    // A JSON array would be taken for a message without names.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(malformed("a message is not one of JSON-RPC (no object)"));
    }
    serde_json::from_slice(bytes)
        .map_err(|error| malformed(&format!("a message is not one of JSON-RPC ({error})")))
}

/// The length the headers give; `None` if the stream ends before them.
fn content_length(input: &mut impl BufRead) -> Result<Option<usize>, WireError> {
    let mut length = None;
    for number in 0..HEADERS {
        let mut line = Vec::new();
        input
            .by_ref()
            .take(HEADER_BYTES)
            .read_until(b'\n', &mut line)?;
        if line.is_empty() && number == 0 {
            return Ok(None);
        }
        if !line.ends_with(b"\n") {
            return Err(malformed("the input does not hold a header line"));
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_ascii();
        if line.is_empty() {
            return match length {
                Some(length) => Ok(Some(length)),
                None => Err(malformed("a message has no `Content-Length` header")),
            };
        }
        let Some((name, value)) = line.split_once(':') else {
            return Err(malformed("a header line has no `:`"));
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(bounded(value.trim_ascii())?);
        }
    }
    Err(malformed("a message has too many header lines"))
}

fn bounded(value: &str) -> Result<usize, WireError> {
    match value.parse::<usize>() {
        Ok(length) if length <= MESSAGE_BYTES => Ok(length),
        Ok(length) => Err(malformed(&format!(
            "a message of {length} bytes is longer than {MESSAGE_BYTES}"
        ))),
        Err(_) => Err(malformed("`Content-Length` is not a number")),
    }
}

fn malformed(problem: &str) -> WireError {
    WireError::Malformed(problem.to_owned())
}
