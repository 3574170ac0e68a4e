//! [`Kind`]: what a file is, by its first bytes and never by its name.
//!
//! Exports are text, perhaps packed. What people send instead by mistake is named, so that they know what to do;
//! anything else is taken for text, and `records` says what is wrong with it.

/// As many bytes as it takes to tell.
pub(super) const ENOUGH: u64 = 512;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What can be unpacked.
    Packed(Format),
    /// What no export is.
    Foreign(Foreign),
    /// Presumably text.
    Text,
}

/// How text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Gzip,
    Zstd,
    Zip,
}

impl Format {
    /// As it stands in `summary.json` and in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
        }
    }
}

/// Something else than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    /// With its article.
    pub(super) what: &'static str,
    /// What a person can do.
    pub(super) remedy: &'static str,
}

const AS_CSV: &str = "export it as CSV";
const AS_GZIP: &str = "unpack it first, or pack it with gzip, zstd or zip";
const FROM_DMS: &str = "let the DMS export CSV or text instead";

/// A spreadsheet in a zip archive; `zip_directory` tells it from other archives.
pub(super) const SPREADSHEET: Foreign = Foreign { what: "a spreadsheet (xlsx)", remedy: AS_CSV };
/// Another spreadsheet, likewise.
pub(super) const OPEN_DOCUMENT: Foreign =
    Foreign { what: "an OpenDocument spreadsheet or text", remedy: AS_CSV };
/// Another document, likewise.
pub(super) const OFFICE: Foreign = Foreign { what: "an Office document", remedy: FROM_DMS };

/// Bytes that begin a file of some kind.
const MAGIC: [(&[u8], Foreign); 8] = [
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        Foreign { what: "an old or password-protected spreadsheet (xls)", remedy: AS_CSV },
    ),
    (b"%PDF-", Foreign { what: "a PDF document", remedy: FROM_DMS }),
    (b"{\\rtf", Foreign { what: "a word processor's document (rtf)", remedy: FROM_DMS }),
    (b"\xFD7zXZ\0", Foreign { what: "packed with xz", remedy: AS_GZIP }),
    (b"7z\xBC\xAF\x27\x1C", Foreign { what: "packed with 7-Zip", remedy: AS_GZIP }),
    (b"Rar!\x1A\x07", Foreign { what: "packed with RAR", remedy: AS_GZIP }),
    (b"\x1F\x9D", Foreign { what: "packed with compress", remedy: AS_GZIP }),
    (b"-----BEGIN PGP MESSAGE", Foreign { what: "encrypted with PGP", remedy: "decrypt it first" }),
];

/// What begins, in any case, a file of markup.
const MARKUP: [(&[u8], Foreign); 3] = [
    (b"<!doctype html", HTML),
    (b"<html", HTML),
    (b"<?xml", Foreign { what: "an XML document", remedy: AS_CSV }),
];
const HTML: Foreign = Foreign {
    what: "a web page (html)",
    remedy: "look at it in a browser: it may say why there is no export, or be a report to be saved as CSV",
};

/// What the file is that begins with `prefix`, which has [`ENOUGH`] bytes, or the whole file.
pub(super) fn of(prefix: &[u8]) -> Kind {
    match prefix {
        [0x1F, 0x8B, ..] => return Kind::Packed(Format::Gzip),
        // A frame, or one of those that a reader skips: parallel packers begin with such.
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => {
            return Kind::Packed(Format::Zstd);
        }
        // A file; an archive without one; a part of a split one.
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => {
            return Kind::Packed(Format::Zip);
        }
        // Followed by the first block's mark, or that of an empty file: `BZh9` alone might be text.
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => {
            return Kind::Foreign(Foreign { what: "packed with bzip2", remedy: AS_GZIP });
        }
        _ => {}
    }
    if prefix.get(257..262) == Some(b"ustar") {
        return Kind::Foreign(Foreign {
            what: "a tar archive",
            remedy: "unpack it, and name the file in it",
        });
    }
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix).trim_ascii_start();
    let marked = |mark: &[u8]| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    let magic = MAGIC.iter().find(|(magic, _)| prefix.starts_with(magic));
    let found = magic.or_else(|| MARKUP.iter().find(|(mark, _)| marked(mark)));
    found.map_or(Kind::Text, |(_, foreign)| Kind::Foreign(*foreign))
}
