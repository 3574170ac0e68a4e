//! The socket that can misbehave: a TCP stream with a switch that the request's handler holds.
//!
//! HTTP itself never breaks a promise here, so faults are played below it: the handler throws the switch, answers
//! whatever it likes, and the stream cuts, closes or resets instead of sending it. `server.rs` accepts the
//! connections.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The switch of one connection.
#[derive(Default)]
pub(crate) struct Line {
    state: Mutex<State>,
    requests: AtomicU64,
}

#[derive(Default)]
struct State {
    mode: Mode,
    reader: Option<Waker>,
}

/// What the stream does with bytes.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Carries them.
    #[default]
    Carry,
    /// Carries a response's head and then this many bytes.
    Cut { head: Head, left: usize },
    /// Ends the connection in order.
    Close,
    /// Ends it with a reset.
    Reset,
}

/// How much of the blank line that ends a head has passed.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
struct Head {
    matched: usize,
}

/// How a switched connection ends, for who carries the answer by other means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Before the answer.
    Now,
    /// After so many bytes of the answer's body.
    After(usize),
}

const BLANK_LINE: &[u8; 4] = b"\r\n\r\n";

impl Line {
    /// The next response loses its body after `keep` bytes, and the connection ends.
    pub(crate) fn cut(&self, keep: usize) {
        self.switch(Mode::Cut { head: Head::default(), left: keep });
    }

    /// The connection ends in order, now.
    pub(crate) fn close(&self) {
        self.switch(Mode::Close);
    }

    /// The connection ends with a reset, now.
    pub(crate) fn reset(&self) {
        self.switch(Mode::Reset);
    }

    /// Counts a request; true for the connection's first.
    pub(crate) fn first_request(&self) -> bool {
        self.requests.fetch_add(1, Ordering::Relaxed) == 0
    }

    /// How the connection is to end; `None` while it goes on.
    pub(crate) fn end(&self) -> Option<End> {
        match self.state().mode {
            Mode::Carry => None,
            Mode::Cut { left, .. } => Some(End::After(left)),
            Mode::Close | Mode::Reset => Some(End::Now),
        }
    }

    fn switch(&self, mode: Mode) {
        let mut state = self.state();
        state.mode = mode;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many of the bytes may be sent. In [`Mode::Cut`] the head always may.
    fn allowance(&self, bytes: &[u8]) -> usize {
        let Mode::Cut { mut head, left } = self.state().mode else { return bytes.len() };
        if head.over() {
            return left.min(bytes.len());
        }
        let last = bytes.iter().position(|byte| head.passes(*byte));
        last.map_or(bytes.len(), |last| bytes.len().min((last + 1).saturating_add(left)))
    }

    /// Notes that these bytes were sent.
    fn sent(&self, bytes: &[u8]) {
        if let Mode::Cut { head, left } = &mut self.state().mode {
            for byte in bytes {
                if head.over() {
                    *left = left.saturating_sub(1);
                } else {
                    head.passes(*byte);
                }
            }
        }
    }
}

impl Head {
    /// Takes a byte; true where it is the head's last.
    fn passes(&mut self, byte: u8) -> bool {
        if self.over() {
            return false;
        }
        self.matched = match byte {
            _ if BLANK_LINE[self.matched] == byte => self.matched + 1,
            b'\r' => 1,
            _ => 0,
        };
        self.over()
    }

    fn over(self) -> bool {
        self.matched == BLANK_LINE.len()
    }
}

/// The stream itself.
pub(crate) struct Wire {
    stream: TcpStream,
    line: Arc<Line>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, line: Arc::default() }
    }

    pub(crate) fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// The error that ends the connection, if the switch says so. A reset is a close without lingering.
    fn broken(&self) -> Option<io::Error> {
        match self.line.state().mode {
            Mode::Carry | Mode::Cut { .. } => None,
            Mode::Close => Some(io::ErrorKind::BrokenPipe.into()),
            Mode::Reset => {
                // Where lingering cannot be set the connection still ends, in order.
                let _ = self.stream.set_zero_linger();
                Some(io::ErrorKind::ConnectionReset.into())
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Registered before the look, so that a switch thrown in between still wakes.
        this.line.state().reader = Some(cx.waker().clone());
        match this.broken() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut this.stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(error) = this.broken() {
            return Poll::Ready(Err(error));
        }
        let allowed = this.line.allowance(bytes);
        if allowed == 0 && !bytes.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let written = std::task::ready!(Pin::new(&mut this.stream).poll_write(cx, &bytes[..allowed]))?;
        this.line.sent(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.broken() {
            // A FIN now would overtake the reset.
            Some(error) if error.kind() == io::ErrorKind::ConnectionReset => Poll::Ready(Err(error)),
            _ => Pin::new(&mut this.stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What passes of these writes when the body is cut after `keep` bytes.
    fn passed(writes: &[&str], keep: usize) -> String {
        let line = Line::default();
        line.cut(keep);
        let mut text = String::new();
        for write in writes {
            let allowed = line.allowance(write.as_bytes());
            line.sent(&write.as_bytes()[..allowed]);
            text.push_str(&write[..allowed]);
        }
        text
    }

    #[test]
    fn a_cut_spares_the_head_however_it_is_written() {
        for (writes, keep, expected) in [
            (&["HTTP\r\na: b\r\n\r\nbody"][..], 2, "HTTP\r\na: b\r\n\r\nbo"),
            (&["HTTP\r\na: b\r\n\r\n", "body"], 2, "HTTP\r\na: b\r\n\r\nbo"),
            (&["HTTP\r\na: b\r\n\r", "\nbo", "dy"], 3, "HTTP\r\na: b\r\n\r\nbod"),
            (&["HTTP\r\n\r\nbody"], 0, "HTTP\r\n\r\n"),
            (&["HTTP\r\n\r\nbo\r\n\r\ndy"], 3, "HTTP\r\n\r\nbo\r"),
            (&["HTTP\r\r\n\r\nbody"], 1, "HTTP\r\r\n\r\nb"),
        ] {
            assert_eq!(passed(writes, keep), expected, "{writes:?} {keep}");
        }
    }

    #[test]
    fn an_untouched_line_carries_everything() {
        let line = Line::default();
        assert_eq!(line.allowance(b"anything"), 8);
        assert!(line.first_request());
        assert!(!line.first_request());
    }
}
