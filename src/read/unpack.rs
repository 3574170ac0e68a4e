//! [`Packed`]: a file's bytes as text will be read of them, unpacked on the way where the file is packed.
//!
//! Every reader unpacks anew and holds no more than its window (gzip and zip 32 KiB; zstd 128 MiB at most, and what
//! asks for more is refused). Checksums are checked where the format has them: at the end of the file, before which no
//! run uses a row. What unpacks to far too much is refused on the way.

use std::io::{self, BufReader, ErrorKind, Read};

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

use super::error::Unusable;
use super::formats::{self, Format, Kind};
use super::handle::Handle;
use super::source::OnDisk;
use super::zip_directory::{self, Member, Method};

/// Whatever unpacks to no more than this is read; a gigabyte of rows is a very large export.
const ALWAYS_READ: u64 = 1 << 30;
/// Beyond that, how many times its size on disk a file may become. Real exports become 5 to 30 times theirs.
const MOST_FOLD: u64 = 200;

/// A file, and how it is packed.
#[derive(Debug)]
pub(super) struct Packed {
    file: Handle,
    packing: Option<Packing>,
    limit: u64,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy)]
enum Packing {
    Gzip,
    Zstd,
    Zip(Member),
}

impl Packing {
    fn format(self) -> Format {
        match self {
            Self::Gzip => Format::Gzip,
            Self::Zstd => Format::Zstd,
            Self::Zip(_) => Format::Zip,
        }
    }
}

/// How many bytes a file of `length` bytes may become.
fn limit(length: u64) -> u64 {
    length.saturating_mul(MOST_FOLD).max(ALWAYS_READ)
}

impl Packed {
    /// Finds out how `file`, of `length` bytes, is packed. What is no export, or an archive that cannot be used, is an
    /// error with [`Unusable`] in it.
    pub(super) fn find(file: Handle, length: u64) -> io::Result<Self> {
        let mut prefix = Vec::new();
        file.rewound().take(formats::ENOUGH).read_to_end(&mut prefix)?;
        let packing = match formats::of(&prefix) {
            Kind::Text => None,
            Kind::Foreign(foreign) => return Err(Unusable::foreign(foreign)),
            Kind::Packed(Format::Gzip) => Some(Packing::Gzip),
            Kind::Packed(Format::Zstd) => Some(Packing::Zstd),
            Kind::Packed(Format::Zip) => Some(Packing::Zip(zip_directory::find(&file, length)?)),
        };
        Ok(Self { file, packing, limit: limit(length) })
    }

    /// How it is packed, if it is.
    pub(super) fn format(&self) -> Option<Format> {
        self.packing.map(Packing::format)
    }

    /// Its bytes, unpacked, from the beginning.
    pub(super) fn reader(&self) -> io::Result<Unpacked<Handle>> {
        Unpacked::new(self.file.rewound(), self.packing, self.limit)
    }

    /// The same over a hash of what is on disk.
    pub(super) fn hashed(&self) -> io::Result<Unpacked<OnDisk>> {
        Unpacked::new(OnDisk::new(self.file.rewound()), self.packing, self.limit)
    }
}

/// The bytes of a file, unpacked; `R` reads them as they are on disk.
pub(super) enum Unpacked<R> {
    /// It is not packed.
    Plain(R),
    /// It is.
    Packed(Box<Unpacking<R>>),
}

/// Bytes on their way out of an archive.
pub(super) struct Unpacking<R> {
    stream: Stream<R>,
    format: Format,
    /// Bytes that came out.
    unpacked: u64,
    limit: u64,
}

enum Stream<R> {
    Gzip(MultiGzDecoder<BufReader<R>>),
    Zstd(zstd::Decoder<'static, BufReader<R>>),
    Stored(io::Take<R>, Promise),
    Deflated(DeflateDecoder<BufReader<io::Take<R>>>, Promise),
}

/// What an archive's directory says of its file.
struct Promise {
    size: u64,
    crc: u32,
    so_far: Crc,
}

impl<R: Read> Unpacked<R> {
    /// `disk` stands at its beginning.
    fn new(mut disk: R, packing: Option<Packing>, limit: u64) -> io::Result<Self> {
        let Some(packing) = packing else { return Ok(Self::Plain(disk)) };
        let stream = match packing {
            Packing::Gzip => Stream::Gzip(MultiGzDecoder::new(BufReader::new(disk))),
            Packing::Zstd => Stream::Zstd(zstd::Decoder::new(disk)?),
            Packing::Zip(Member { start, packed, size, crc, method }) => {
                io::copy(&mut disk.by_ref().take(start), &mut io::sink())?;
                let promise = Promise { size, crc, so_far: Crc::new() };
                match method {
                    Method::Stored => Stream::Stored(disk.take(packed), promise),
                    Method::Deflated => {
                        Stream::Deflated(DeflateDecoder::new(BufReader::new(disk.take(packed))), promise)
                    }
                }
            }
        };
        Ok(Self::Packed(Box::new(Unpacking { stream, format: packing.format(), unpacked: 0, limit })))
    }

    /// What reads the disk.
    pub(super) fn disk(&self) -> &R {
        match self {
            Self::Plain(disk) => disk,
            Self::Packed(unpacking) => match &unpacking.stream {
                Stream::Gzip(stream) => stream.get_ref().get_ref(),
                Stream::Zstd(stream) => stream.get_ref().get_ref(),
                Stream::Stored(stream, _) => stream.get_ref(),
                Stream::Deflated(stream, _) => stream.get_ref().get_ref().get_ref(),
            },
        }
    }

    /// The same, for good. What it read ahead stays read.
    pub(super) fn into_disk(self) -> R {
        match self {
            Self::Plain(disk) => disk,
            Self::Packed(unpacking) => match unpacking.stream {
                Stream::Gzip(stream) => stream.into_inner().into_inner(),
                Stream::Zstd(stream) => stream.finish().into_inner(),
                Stream::Stored(stream, _) => stream.into_inner(),
                Stream::Deflated(stream, _) => stream.into_inner().into_inner().into_inner(),
            },
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(disk) => disk.read(out),
            Self::Packed(unpacking) => unpacking.read(out),
        }
    }
}

impl<R: Read> Read for Unpacking<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(out).map_err(|error| damage(self.format, error))?;
        self.unpacked += read as u64;
        if self.unpacked > self.limit {
            let what = format!(
                "it unpacks to more than {MOST_FOLD} times its size and 1 GiB, which no export does; if this one does, \
                 unpack it first"
            );
            return Err(Unusable::packed(self.format, what));
        }
        Ok(read)
    }
}

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(stream) => stream.read(out),
            Self::Zstd(stream) => stream.read(out),
            Self::Stored(stream, promise) => promise.keep(stream.read(out)?, out),
            Self::Deflated(stream, promise) => promise.keep(stream.read(out)?, out),
        }
    }
}

impl Promise {
    /// Takes note of the `read` bytes in `out`; at the end, they must be what was promised.
    fn keep(&mut self, read: usize, out: &[u8]) -> io::Result<usize> {
        self.so_far.update(&out[..read]);
        // The CRC counts its bytes by 32 bits alone.
        self.size =
            self.size.checked_sub(read as u64).ok_or_else(|| invalid("longer than its directory says"))?;
        if read == 0 && !out.is_empty() {
            if self.size > 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if self.so_far.sum() != self.crc {
                return Err(invalid("its checksum does not match"));
            }
        }
        Ok(read)
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// What an unpacker says, unless it is the system that says it.
fn damage(format: Format, error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() || error.kind() == ErrorKind::Interrupted {
        return error;
    }
    let what = match (error.kind(), error.to_string()) {
        (ErrorKind::UnexpectedEof, _) => "it is cut off; fetch it again when it is complete".to_owned(),
        // The text is zstd's own for a window over its limit.
        (_, text) if text.contains("too much memory") => {
            "it needs more than 128 MiB to unpack; pack it without --long or --ultra".to_owned()
        }
        (_, text) => format!("it is damaged ({text}); fetch or pack it again"),
    };
    Unusable::packed(format, what)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_becomes_far_too_much_is_refused_on_the_way() {
        assert_eq!(limit(1000), 1 << 30);
        assert_eq!(limit(1 << 30), 200 << 30);
        assert_eq!(limit(u64::MAX), u64::MAX);
        let zeros = vec![b'0'; 4 << 20];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&zeros).unwrap();
        let dir = tempfile::tempdir().unwrap();
        for bytes in [gzip.finish().unwrap(), zstd::encode_all(&zeros[..], 3).unwrap()] {
            let path = dir.path().join("x");
            std::fs::write(&path, &bytes).unwrap();
            let length = bytes.len() as u64;
            let mut packed = Packed::find(Handle::open(&path).unwrap(), length).unwrap();
            let read = |packed: &Packed| {
                let mut passed = 0;
                let mut reader = packed.reader().unwrap();
                let mut buffer = [0; 4096];
                loop {
                    match reader.read(&mut buffer) {
                        Ok(0) => return Ok(passed),
                        Ok(read) => passed += read,
                        Err(error) => return Err((passed, error.to_string())),
                    }
                }
            };
            assert_eq!(read(&packed), Ok(4 << 20));
            packed.limit = 1 << 20;
            let (passed, said) = read(&packed).unwrap_err();
            assert!(passed <= 1 << 20 && said.contains("more than 200 times its size and 1 GiB"), "{said}");
        }
    }

    #[test]
    fn a_window_that_needs_too_much_memory_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(28).unwrap();
        encoder.write_all(b"k\n1\n").unwrap();
        let bytes = encoder.finish().unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x"), &bytes).unwrap();
        let file = Handle::open(&dir.path().join("x")).unwrap();
        let packed = Packed::find(file, bytes.len() as u64).unwrap();
        let said = packed.reader().unwrap().read(&mut [0; 100]).unwrap_err().to_string();
        assert!(said.contains("needs more than 128 MiB"), "{said}");
    }
}
