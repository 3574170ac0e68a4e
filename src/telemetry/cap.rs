//! What other crates may say, whatever is asked for: the HTTP and TLS crates print headers, addresses and bodies at
//! debug and trace, and those hold credentials and customers.

use tracing::{Level, Metadata};

/// Crates that see requests and answers in the clear.
const WIRE: [&str; 12] = [
    "hyper",
    "hyper_util",
    "hyper_rustls",
    "h2",
    "reqwest",
    "rustls",
    "tokio_rustls",
    "tower",
    "tower_http",
    "axum",
    "axum_core",
    "rustls_platform_verifier",
];

/// Whether a line or a span may be written at all.
pub(super) fn allows(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || !is_wire(metadata.target())
}

/// Whether `target` is one of those crates, or a module of one.
fn is_wire(target: &str) -> bool {
    let root = target.split("::").next().unwrap_or(target);
    WIRE.contains(&root)
}

/// The filter of verbosity -1 (quiet) to 3: how much we say. Other crates warn, whatever it is.
pub(super) fn directives(verbosity: i8) -> &'static str {
    match verbosity {
        ..=-1 => "error",
        0 => "warn,dms_sync=info",
        1 => "warn,dms_sync=debug",
        2.. => "warn,dms_sync=trace",
    }
}
