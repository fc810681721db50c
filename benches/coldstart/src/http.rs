//! Just enough HTTP/1.1 for a server that measures: whole requests in, whole answers out, on
//! connections that stay open.

use std::io::{self, BufRead, BufReader, Read, Write};

/// Longest request, in bytes.
const MAX: usize = 1 << 20;

/// A request.
pub struct Request {
    /// Path and query.
    pub target: String,
    pub body: Vec<u8>,
    header: Vec<(String, String)>,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut header = self.header.iter();
        let (_, value) = header.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

/// A connection that requests come from.
pub struct Connection<S>(BufReader<S>);

impl<S: Read + Write> Connection<S> {
    pub fn new(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// The next request; `None` once the client has gone.
    pub fn next(&mut self) -> io::Result<Option<Request>> {
        let Some(line) = self.line()? else {
            return Ok(None);
        };
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut header = Vec::new();
        while let Some(line) = self.line()?.filter(|line| !line.is_empty()) {
            if let Some((name, value)) = line.split_once(':') {
                header.push((name.to_owned(), value.trim().to_owned()));
            }
        }
        let mut request = Request {
            target,
            body: Vec::new(),
            header,
        };
        request.body = self.body(&request)?;
        Ok(Some(request))
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        if self.0.by_ref().take(MAX as u64).read_line(&mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(line.trim_end().to_owned()))
    }

    fn body(&mut self, request: &Request) -> io::Result<Vec<u8>> {
        let chunked = request.header("transfer-encoding").is_some();
        let length = request
            .header("content-length")
            .and_then(|length| length.parse().ok());
        if !chunked {
            return self.bytes(length.unwrap_or(0));
        }
        let mut body = Vec::new();
        loop {
            let size = self.line()?.unwrap_or_default();
            let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
            body.extend(self.bytes(size)?);
            self.line()?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > MAX {
            return Err(io::Error::other("a body beyond all measure"));
        }
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Sends an answer in one piece.
    pub fn answer(&mut self, status: u16, header: &str, body: &[u8]) -> io::Result<()> {
        let length = body.len();
        let mut bytes = format!(
            "HTTP/1.1 {status} Measured\r\n{header}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        let stream = self.0.get_mut();
        stream.write_all(&bytes)?;
        stream.flush()
    }
}
