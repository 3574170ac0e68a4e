//! [`Text`]: the bytes of a file, hashed as they come from the disk, as text that `rows` can cut.
//!
//! UTF-8 and the single-byte encodings pass through as they are; every other encoding is turned into UTF-8 on the
//! way. What cannot be decoded becomes [`UNDECODABLE`], which no UTF-8 text holds, so that the row is refused later.

use std::io::{self, Read};

use encoding_rs::DecoderResult;
use sha2::{Digest as _, Sha256};

use super::handle::Handle;
use super::unpack::Unpacked;

/// Stands for what cannot be decoded. Never valid in UTF-8.
pub(super) const UNDECODABLE: u8 = 0xFF;
const CHUNK: usize = 64 * 1024;

/// A file's bytes, counted and hashed.
pub(super) struct OnDisk {
    file: Handle,
    hash: Sha256,
    bytes: u64,
}

impl OnDisk {
    /// Reads on from where `file` stands.
    pub(super) fn new(file: Handle) -> Self {
        Self { file, hash: Sha256::new(), bytes: 0 }
    }

    /// How many bytes were read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads the rest for its hash alone; lower-case hexadecimal, and the number of bytes.
    pub(super) fn digest(mut self) -> io::Result<(String, u64)> {
        let mut rest = vec![0; CHUNK];
        while self.read(&mut rest)? > 0 {}
        let hex = self.hash.finalize().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Ok((hex.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect(), self.bytes))
    }
}

impl Read for OnDisk {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read(out) {
                Ok(n) => {
                    self.hash.update(&out[..n]);
                    self.bytes += n as u64;
                    return Ok(n);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Text to be cut into rows.
pub(super) enum Text {
    /// The bytes themselves.
    Plain(Unpacked<OnDisk>),
    /// UTF-8 made of something else.
    Transcoded(Box<Transcoder>),
}

impl Text {
    /// The text of `bytes`; `transcode` where its rows would not stay legible as bytes.
    pub(super) fn new(bytes: Unpacked<OnDisk>, transcode: Option<&'static encoding_rs::Encoding>) -> Self {
        match transcode {
            None => Self::Plain(bytes),
            Some(encoding) => Self::Transcoded(Box::new(Transcoder::new(bytes, encoding))),
        }
    }

    /// The bytes beneath.
    pub(super) fn disk(&self) -> &OnDisk {
        match self {
            Self::Plain(bytes) => bytes.disk(),
            Self::Transcoded(transcoder) => transcoder.bytes.disk(),
        }
    }

    /// The bytes beneath, for good.
    pub(super) fn into_disk(self) -> OnDisk {
        match self {
            Self::Plain(bytes) => bytes.into_disk(),
            Self::Transcoded(transcoder) => transcoder.bytes.into_disk(),
        }
    }
}

impl Read for Text {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(bytes) => bytes.read(out),
            Self::Transcoded(transcoder) => transcoder.read(out),
        }
    }
}

/// Turns another encoding into UTF-8.
pub(super) struct Transcoder {
    bytes: Unpacked<OnDisk>,
    decoder: encoding_rs::Decoder,
    input: Vec<u8>,
    /// What of `input` is not yet decoded.
    from: usize,
    to: usize,
    ended: Ended,
}

/// How far a transcoder is.
#[derive(PartialEq)]
enum Ended {
    /// More bytes may come.
    No,
    /// The file is read; the decoder may still hold half a character.
    File,
    /// All is said.
    All,
}

impl Transcoder {
    fn new(bytes: Unpacked<OnDisk>, encoding: &'static encoding_rs::Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { bytes, decoder, input: vec![0; CHUNK], from: 0, to: 0, ended: Ended::No }
    }

    /// Decodes into `out` once; the number of bytes written, which may be none before the end.
    fn step(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.from == self.to && self.ended == Ended::No {
            (self.from, self.to) = (0, self.bytes.read(&mut self.input)?);
            if self.to == 0 {
                self.ended = Ended::File;
            }
        }
        // One byte stays free for the mark of what cannot be decoded.
        let room = out.len().saturating_sub(1);
        let last = self.ended == Ended::File;
        let (result, read, mut written) = self.decoder.decode_to_utf8_without_replacement(
            &self.input[self.from..self.to],
            &mut out[..room],
            last,
        );
        self.from += read;
        match result {
            DecoderResult::Malformed(_, _) => {
                out[written] = UNDECODABLE;
                written += 1;
            }
            DecoderResult::InputEmpty if last => self.ended = Ended::All,
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
        }
        Ok(written)
    }
}

impl Read for Transcoder {
    /// `out` holds at least 16 bytes, as that of `rows` always does.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.ended != Ended::All {
            let written = self.step(out)?;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}
