//! How a connection ends: close codes and reasons (RFC 6455, section 7.4.1), and who ended it.

use std::borrow::Cow;

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// The end of a connection, as `$disconnect` is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub code: u16,
    pub reason: Cow<'static, str>,
    by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Client,
    Gateway,
    /// It broke, without a close frame.
    Nobody,
}

impl End {
    /// Too long without a frame, too old, or the gateway ends.
    pub(super) const GOING_AWAY: Self = Self::by_gateway(1001, "Going away");
    /// By the management API.
    pub(super) const DELETED: Self = Self::by_gateway(1000, "Connection Closed Normally");
    /// API Gateway takes none ("Working with binary media types for WebSocket APIs").
    pub(super) const BINARY: Self = Self::by_gateway(1003, "Binary frames are not supported");
    /// The connection broke, or the client stopped reading.
    pub(super) const LOST: Self = Self {
        code: 1006,
        reason: Cow::Borrowed("Connection closed abnormally"),
        by: By::Nobody,
    };

    const fn by_gateway(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason: Cow::Borrowed(reason),
            by: By::Gateway,
        }
    }

    /// The client's close frame.
    pub(super) fn by_client(frame: Option<CloseFrame>) -> Self {
        let (code, reason) = match frame {
            Some(frame) => (frame.code.into(), frame.reason.to_string().into()),
            None => (1005, "Client-side close frame status not set".into()),
        };
        Self {
            code,
            reason,
            by: By::Client,
        }
    }

    /// What an error of the protocol leads to.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Capacity(_) => Self::by_gateway(1009, "Message too big"),
            Error::Utf8(_) => Self::by_gateway(1007, "Text is not UTF-8"),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::LOST,
            Error::Protocol(_) => Self::by_gateway(1002, "Protocol error"),
            _ => Self::LOST,
        }
    }

    /// The close frame to send.
    pub(super) fn frame(&self) -> Option<CloseFrame> {
        (self.by == By::Gateway).then(|| CloseFrame {
            code: self.code.into(),
            reason: self.reason.as_ref().into(),
        })
    }

    /// Why, in the gateway's own words: what a client writes there is not for a log.
    pub(super) fn logged(&self) -> &str {
        match self.by {
            By::Client => "",
            By::Gateway | By::Nobody => &self.reason,
        }
    }
}
