//! The `dms-sync` program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    dms_sync::cli::main()
}
