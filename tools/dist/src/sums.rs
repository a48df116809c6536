//! Checksums, as `sha256sum --check` reads them.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

const FILE: &str = "SHA256SUMS";

/// Writes those of `made` beside them.
///
/// # Errors
/// Something cannot be read or written.
pub fn write(made: &[Utf8PathBuf], out: &Utf8Path) -> Result<()> {
    let mut lines = String::new();
    for path in made {
        let bytes = fs::read(path).with_context(|| format!("read {path}"))?;
        lines.push_str(&format!("{}  {}\n", hex(&bytes), path.file_name().unwrap_or_default()));
    }
    fs::write(out.join(FILE), lines).with_context(|| format!("write {FILE}"))
}

fn hex(bytes: &[u8]) -> String {
    sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
