//! The machine that is packed for, in the words of each kind of package.

use std::env::consts::{ARCH, OS};

use anyhow::{Result, bail};

/// A machine's system and processor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Platform {
    /// As Rust has it.
    pub triple: &'static str,
    /// The system, as Node has it.
    pub node_os: &'static str,
    /// The processor, as Node has it.
    pub node_cpu: &'static str,
    /// The end of a wheel's tag, as Python has it. On Linux, that of the C library comes before it.
    pub wheel: &'static str,
}

const KNOWN: [(&str, &str, Platform); 4] = [
    ("linux", "x86_64", of("x86_64-unknown-linux-gnu", "linux", "x64", "x86_64")),
    ("linux", "aarch64", of("aarch64-unknown-linux-gnu", "linux", "arm64", "aarch64")),
    ("macos", "x86_64", of("x86_64-apple-darwin", "darwin", "x64", "macosx_10_12_x86_64")),
    ("macos", "aarch64", of("aarch64-apple-darwin", "darwin", "arm64", "macosx_11_0_arm64")),
];

const fn of(
    triple: &'static str,
    node_os: &'static str,
    node_cpu: &'static str,
    wheel: &'static str,
) -> Platform {
    Platform { triple, node_os, node_cpu, wheel }
}

impl Platform {
    /// This machine's.
    ///
    /// # Errors
    /// Nothing can be packed for it.
    pub fn here() -> Result<Self> {
        let known = KNOWN.iter().find(|(os, arch, _)| (*os, *arch) == (OS, ARCH));
        match known {
            Some((.., platform)) => Ok(*platform),
            None => bail!(
                "nothing is packed for {OS} on {ARCH}; Linux and macOS on x86_64 and aarch64 are known"
            ),
        }
    }

    /// As it is called in the names of npm packages.
    pub fn of_npm(&self) -> String {
        format!("{}-{}", self.node_os, self.node_cpu)
    }
}
