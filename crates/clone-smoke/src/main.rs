//! `clone-smoke`: the program as it is installed, which is `cargo xtask` under a name of its own.

use std::process::ExitCode;

use smoke_core::name::{self, Installed};

/// With the commit and its date, which `cargo xtask dist` sets for its build.
const VERSION: &str = match option_env!("CLONE_SMOKE_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

fn main() -> ExitCode {
    name::install(Installed {
        name: "clone-smoke",
        gateway: "clone-smoke-gateway",
        version: VERSION,
    });
    xtask::main()
}
